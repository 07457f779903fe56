import { type Isolation, portableError, reviveError, type TaskContext } from '../../activities';
import { type IsolationPolicy, type Json, OutsideUnavailable, TaskError, type TaskOrder } from '../../engine';
import type { FromHandler, IsolatedJob } from './messages';
import { type Place, type PlaceEnd, startProcess, startThread } from './places';

/** What a handler gets to end by itself, after its signal; then its place is ended. */
const graceMs = 1_000;

/** Runs handlers in threads and processes of their own, which load the run's version from the warehouse. */
export function createIsolation(needs: Pick<IsolatedJob, 'warehouse' | 'folders'>): Isolation {
  return { run: (order, context) => runAt(order.isolation as IsolationPolicy, order, context, needs) };
}

function runAt(
  { kind, memoryMb }: IsolationPolicy,
  order: TaskOrder,
  context: TaskContext,
  { warehouse, folders }: Pick<IsolatedJob, 'warehouse' | 'folders'>,
): Promise<unknown> {
  const { identity, attemptName } = context;
  // DuckDB takes some 0.4 GB above its bound, so it gets half of what the process has.
  const memoryLimit = memoryMb === null ? null : `${Math.ceil(memoryMb / 2)}MB`;
  return new Promise((resolve, reject) => {
    const start = kind === 'thread' ? startThread : startProcess;
    const place = start(memoryMb, {
      onMessage: (message) => {
        if (message.kind === 'ready')
          place.send({ kind: 'start', job: { order, identity, attemptName, warehouse, folders, memoryLimit } });
        else if (message.kind === 'returned') resolve(message.output);
        else if (message.kind === 'threw') reject(reviveError(message.error));
        else void relay(place, context, message);
        if (message.kind === 'returned' || message.kind === 'threw') place.end();
      },
      onEnd: (end) => reject(endedEarly(order, end)),
    });
    const abort = (): void => {
      place.send({ kind: 'abort' });
      setTimeout(() => place.end(), graceMs).unref();
    };
    if (context.signal.aborted) abort();
    else context.signal.addEventListener('abort', abort, { once: true });
  });
}

type Told = Extract<FromHandler, { kind: 'log' | 'heartbeat' | 'call' }>;

/** What the handler says and asks, brought to the context that it belongs to. */
async function relay(place: Place, context: TaskContext, message: Told): Promise<void> {
  switch (message.kind) {
    case 'log':
      return context.log[message.level](message.fields as { [key: string]: unknown }, message.message);
    case 'heartbeat':
      return context.heartbeat(message.progress as Json);
    case 'call': {
      const { call, name, input } = message;
      try {
        place.send({ kind: 'answer', call, value: await context[name](input as never) });
      } catch (error) {
        place.send({ kind: 'refusal', call, error: portableError(error) });
      }
    }
  }
}

function endedEarly({ taskId, isolation }: TaskOrder, { outOfMemory, how }: PlaceEnd): Error {
  const { kind, memoryMb } = isolation as IsolationPolicy;
  if (outOfMemory) {
    const bound = memoryMb === null ? 'what Node gives' : `its bound of ${memoryMb} MB`;
    return new TaskError({
      code: 'memory_exceeded',
      message: `The ${kind} of ${taskId} needed more memory than ${bound} and was ended. Raise memory, or work on less at once.`,
      details: { task: taskId, isolation: kind, memory_mb: memoryMb },
    });
  }
  return new OutsideUnavailable({
    code: 'isolated_task_died',
    message: `The ${kind} of ${taskId} ended before its handler did (${how}). See the log of the worker.`,
    details: { task: taskId, isolation: kind, how },
  });
}
