import type { Expansion, InstanceOrder, Json, MapInput, TaskOrder } from '../../engine';
import { isJsonObject } from '../../engine/json';
import type { ObjectStore } from '../../warehouse';
import type { TaskContext, TaskHandler } from '../context';
import type { HandlerRegistry } from '../registry';
import { expand } from './expand';
import { instanceInput } from './instance-input';
import { stored, withLists } from './pages';

type Handlers = Pick<HandlerRegistry, 'find'>;

/** What an order comes to, once its items and lists are at hand. */
export interface Prepared {
  readonly work: TaskHandler<unknown, unknown>;
  readonly input: unknown;
  /** The input as it is logged, and as it goes to another process: its lists are still to be read. */
  readonly shown: Json;
  /** What the template of a mapped task calls this instance. */
  readonly label: string | null;
}

/**
 * Finds the function of an order and its input, at once where nothing has to be read. A mapped task as a
 * whole finds out what it is mapped over.
 */
export function prepare(
  order: TaskOrder,
  { registry, store }: { readonly registry: Handlers; readonly store: ObjectStore },
): Prepared | Promise<Prepared> {
  if (order.kind === 'map') return expansion(order, registry, store);
  const work = registry.find(order);
  if (order.instance !== null) return instanceTask(order, work, store);
  return work instanceof Promise ? work.then((found) => plainTask(order, found, store)) : plainTask(order, work, store);
}

async function instanceTask(
  { taskId, instance }: TaskOrder,
  work: ReturnType<Handlers['find']>,
  store: ObjectStore,
): Promise<Prepared> {
  const { input, label } = await instanceInput(store, taskId, instance as InstanceOrder);
  return { work: await work, input: withLists(store, input), shown: input, label };
}

/** A task that is no part of a mapping; its input holds lists where it comes after one. */
function plainTask({ input }: TaskOrder, work: Prepared['work'], store: ObjectStore): Prepared {
  return { work, input: withLists(store, input), shown: input, label: null };
}

function expansion(order: TaskOrder, registry: Handlers, store: ObjectStore): Prepared {
  const { maxLength, over } = order.input as unknown as MapInput;
  const work = async (context: TaskContext): Promise<Expansion> => {
    const functionOf = async (name: string) => {
      const fn = await registry.find({ ...order, taskId: name, kind: 'task' });
      return (item: Json) => fn(context, item) as Promise<Json>;
    };
    return await expand({ store, order, functionOf, maxLength }, context.identity.attempt);
  };
  return { work, input: order.input, shown: { over: over.kind }, label: null };
}

/** An output as the run keeps it: those of instances are many, so larger ones stay in the warehouse. */
export async function keptOutput(store: ObjectStore, order: TaskOrder, attempt: number, output: Json): Promise<Json> {
  const { instance, taskId, tryNumber } = order;
  if (instance === null || !(isJsonObject(output) || Array.isArray(output) || typeof output === 'string'))
    return output;
  return await stored(
    store,
    `${instance.folder}/outputs/${taskId}.${instance.index}.${tryNumber}.${attempt}.json`,
    output,
  );
}
