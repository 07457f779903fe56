import {
  type Expansion,
  type Json,
  type ListSpec,
  listRefOf,
  type MapInput,
  type OverSpec,
  pathSafe,
  shardSize,
  TaskError,
  type TaskOrder,
} from '../../engine';
import { isJsonObject } from '../../engine/json';
import type { ObjectStore } from '../../warehouse';
import { lazyList } from './pages';

/** A function of one of the DAG's lists, by its name. */
export type ListFunction = (name: string) => Promise<(item: Json) => Promise<Json>>;

interface Job {
  readonly store: ObjectStore;
  readonly order: TaskOrder;
  readonly functionOf: ListFunction;
  readonly maxLength: number;
}

/**
 * Finds out what a mapped task is mapped over: writes the items, in pages of one shard each, and what
 * all instances share. Lengths are looked at before any combination is made.
 */
export async function expand(job: Job, attempt: number): Promise<Expansion> {
  const { store, order } = job;
  const { over, inputs, indexTemplate } = order.input as unknown as MapInput;
  const { dagId, runId, execution, taskId, tryNumber } = order;
  const folder = `maps/${dagId}/${pathSafe(runId)}/${execution}/${taskId}/${tryNumber}.${attempt}`;
  await store.putIfAbsent(
    `${folder}/common.json`,
    JSON.stringify({ inputs, indexTemplate, spread: over.kind === 'kwargs' }),
  );
  let length = 0;
  let page: Json[] = [];
  const flush = async (): Promise<void> => {
    await store.putIfAbsent(itemsKey(folder, length - 1), JSON.stringify(page));
    page = [];
  };
  for await (const item of itemsOf(job, over)) {
    page.push(item);
    length += 1;
    if (page.length === shardSize) await flush();
  }
  if (page.length > 0) await flush();
  return { length, folder };
}

/** The page that holds the item of an index. */
export function itemsKey(folder: string, index: number): string {
  return `${folder}/items/${String(Math.floor(index / shardSize)).padStart(6, '0')}.json`;
}

async function* itemsOf(job: Job, over: OverSpec): AsyncGenerator<Json> {
  if (over.kind === 'kwargs') {
    const items = await listOf(job, over.list);
    checkLength(job, [items.length]);
    for (const [index, item] of items.entries()) yield asInput(job, item, index);
    return;
  }
  const lists: (readonly Json[])[] = [];
  for (const [, list] of over.axes) lists.push(await listOf(job, list));
  const total = checkLength(
    job,
    lists.map((list) => list.length),
  );
  for (let index = 0; index < total; index += 1) yield combination(over.axes, lists, index);
}

/** The combination of an index: the last list varies fastest, as in nested loops. */
function combination(
  axes: readonly (readonly [name: string, list: ListSpec])[],
  lists: readonly (readonly Json[])[],
  index: number,
): Json {
  const item: Record<string, Json> = {};
  let rest = index;
  for (let at = axes.length - 1; at >= 0; at -= 1) {
    const list = lists[at] ?? [];
    item[axes[at]?.[0] ?? ''] = list[rest % list.length] ?? null;
    rest = Math.floor(rest / list.length);
  }
  return item;
}

async function listOf(job: Job, spec: ListSpec): Promise<readonly Json[]> {
  switch (spec.kind) {
    case 'list':
      return await readItems(job, spec.value);
    case 'map': {
      const fn = await job.functionOf(spec.fn);
      const items: Json[] = [];
      for (const item of await listOf(job, spec.of)) items.push(plain((await fn(item)) ?? null));
      return items;
    }
    case 'zip':
      return zipped(await Promise.all(spec.of.map((one) => listOf(job, one))), spec.fill);
  }
}

function zipped(lists: readonly (readonly Json[])[], fill: Json | undefined): readonly Json[] {
  const lengths = lists.map((list) => list.length);
  const length = fill === undefined ? Math.min(...lengths) : Math.max(...lengths);
  return Array.from({ length }, (_, index) => lists.map((list) => list[index] ?? fill ?? null));
}

/** As if it had travelled: a function must not smuggle a Date or an instance of a class to one instance. */
function plain(value: Json): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

async function readItems(job: Job, value: Json): Promise<readonly Json[]> {
  if (Array.isArray(value)) return value as readonly Json[];
  const list = listRefOf(value);
  if (list === null) throw noList(job.order, value);
  if (list.length > job.maxLength) checkLength(job, [list.length]);
  return await lazyList(job.store, list).toArray();
}

function noList({ taskId }: TaskOrder, value: Json): TaskError {
  const what = isJsonObject(value) ? 'an object' : JSON.stringify(value).slice(0, 80);
  return new TaskError({
    code: 'mapped_over_no_list',
    message: `Task ${taskId} is mapped over ${what}, which is no list. Let the task before it return a list (Object.entries makes one of an object).`,
    details: { task: taskId },
  });
}

function asInput({ order }: Job, item: Json, index: number): Json {
  if (isJsonObject(item)) return item;
  throw new TaskError({
    code: 'bad_mapped_item',
    message: `Item ${index} of the list that ${order.taskId} expands is ${JSON.stringify(item).slice(0, 80)}; expandKwargs takes objects, each of them one input. For a list of values use expand({ name: list }).`,
    details: { task: order.taskId, index },
  });
}

function checkLength({ order, maxLength }: Job, lengths: readonly number[]): number {
  const length = lengths.reduce((product, one) => product * one, 1);
  if (length <= maxLength) return length;
  const product = lengths.length === 1 ? '' : ` (${lengths.join(' × ')})`;
  throw new TaskError({
    code: 'map_too_long',
    message: `Task ${order.taskId} is mapped over ${length} items${product}; its maxMapLength is ${maxLength}. Map over fewer, larger items (days instead of rows), or raise maxMapLength.`,
    details: { task: order.taskId, length, max_map_length: maxLength },
  });
}
