import { availableParallelism } from 'node:os';
import type { TransferListItem } from 'node:worker_threads';
import { ThreadPool } from './thread-pool';

/** A module of this repository that is loaded in threads, with the types of what it exports. */
export interface ThreadModule<Exports> {
  readonly path: string;
  /** Never set: carries the type. */
  readonly exports?: Exports;
}

/** One argument in, one value out, both cloneable: plain data, typed arrays, Map and Set; no functions. */
type ThreadFunction = (input: never) => unknown;

/** Names of a module's functions that can be called in a thread. */
export type ThreadFunctionName<Exports> = {
  [Name in keyof Exports]: Exports[Name] extends ThreadFunction ? Name : never;
}[keyof Exports] &
  string;

type InputOf<F> = F extends (input: infer Input) => unknown ? Input : never;
type OutputOf<F> = F extends (input: never) => infer Output ? Awaited<Output> : never;

export interface ThreadCall<Exports, Name extends ThreadFunctionName<Exports>> {
  readonly module: ThreadModule<Exports>;
  readonly name: Name;
  readonly input: InputOf<Exports[Name]>;
  /** The task's signal: its abort ends the computation at once. */
  readonly signal?: AbortSignal;
  /** Buffers of the input that are handed over and not copied; the caller may not touch them again. */
  readonly transfer?: readonly TransferListItem[];
}

/** As many computations at once as there are cores; kept warm for as long as a run of small fits may pause. */
const pool = new ThreadPool({ size: availableParallelism(), idleMs: 20_000, heapMb: 512 });

/** Names a module for {@link runInThread}: `threadModule<typeof import('../../reports')>(absolutePath)`. */
export function threadModule<Exports>(path: string): ThreadModule<Exports> {
  return { path };
}

/**
 * Calls an exported function in a worker thread, for computing that would block the event loop and
 * with it the worker's sign of life.
 *
 * Input and output are cloned. An error keeps its name, code, stack and whether it may be retried; an
 * aborted call ends its thread and rejects with the signal's reason. The thread may be used again for
 * other calls, so the function must not keep state.
 */
export async function runInThread<Exports, Name extends ThreadFunctionName<Exports>>(
  call: ThreadCall<Exports, Name>,
): Promise<OutputOf<Exports[Name]>> {
  const { module, name, input, signal, transfer } = call;
  const value = await pool.run({ module: module.path, name, input, signal, transfer });
  return value as OutputOf<Exports[Name]>;
}

/** Ends all threads that are kept warm; for the end of a process or of a test file. */
export async function closeThreads(): Promise<void> {
  await pool.close();
}
