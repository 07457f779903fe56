import { join } from 'node:path';
import { type TransferListItem, Worker } from 'node:worker_threads';
import { OutsideUnavailable, TaskError } from '../../engine/errors';
import type { ThreadReply, ThreadRequest } from './messages';
import { reviveError } from './portable-error';

export interface ThreadPoolOptions {
  /** Calls that run at once; more wait their turn in the order in which they came. */
  readonly size: number;
  /** How long an idle thread is kept warm. It never keeps the process alive. */
  readonly idleMs: number;
  /** JavaScript heap of one thread; typed arrays lie outside it. Beyond it the call fails, not the process. */
  readonly heapMb: number;
}

export interface PoolCall extends ThreadRequest {
  readonly signal?: AbortSignal | undefined;
  readonly transfer?: readonly TransferListItem[] | undefined;
}

/** A call that waits for its turn. */
interface WaitingCall {
  readonly request: ThreadRequest;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  idleTimer: NodeJS.Timeout | null;
}

/**
 * Threads that call functions of our modules, one call each at a time.
 *
 * A thread is kept for the next call, because starting one and loading a chart or model library costs
 * 0.2 s. An aborted call ends its thread: nothing else can stop a function that computes.
 */
export class ThreadPool {
  readonly #options: ThreadPoolOptions;
  readonly #idle: Thread[] = [];
  readonly #all = new Set<Thread>();
  readonly #waiting: WaitingCall[] = [];
  #running = 0;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
  }

  /** Calls `name` of `module` with a clone of `input`; rejects with the signal's reason when it aborts. */
  async run(call: PoolCall): Promise<unknown> {
    call.signal?.throwIfAborted();
    // No await while there is room: a call is under way once run() has returned its promise.
    if (this.#running < this.#options.size) this.#running += 1;
    else await this.#turn(call);
    try {
      call.signal?.throwIfAborted();
      return await this.#callOn(this.#takeThread(), call);
    } finally {
      this.#passOn();
    }
  }

  /** Threads that live now, idle ones included. */
  get threadCount(): number {
    return this.#all.size;
  }

  /** Ends every thread; calls that run or wait fail with `thread_ended`. The pool can be used again. */
  async close(): Promise<void> {
    for (const { request, reject } of this.#waiting.splice(0)) reject(threadEnded(request, 'the pool was closed'));
    await Promise.all([...this.#all].map((thread) => this.#end(thread)));
  }

  /** Resolves when a call that ends hands its place over. */
  #turn({ signal, ...request }: PoolCall): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const abandon = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal?.reason);
      };
      const settle = (outcome: () => void) => {
        signal?.removeEventListener('abort', abandon);
        outcome();
      };
      const waiting: WaitingCall = {
        request,
        resolve: () => settle(resolve),
        reject: (error) => settle(() => reject(error)),
      };
      signal?.addEventListener('abort', abandon, { once: true });
      this.#waiting.push(waiting);
    });
  }

  #passOn(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next.resolve();
  }

  #takeThread(): Thread {
    const kept = this.#idle.pop();
    if (kept === undefined) return this.#startThread();
    if (kept.idleTimer !== null) clearTimeout(kept.idleTimer);
    kept.idleTimer = null;
    kept.worker.ref();
    return kept;
  }

  #startThread(): Thread {
    const worker = new Worker(join(__dirname, 'thread-bootstrap.cjs'), {
      name: 'tidemill-thread',
      // Flags such as --require are meant for the process; the bootstrap loads what a thread needs.
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: this.#options.heapMb },
    });
    const thread: Thread = { worker, idleTimer: null };
    this.#all.add(thread);
    worker.once('exit', () => this.#forget(thread));
    // An idle thread has no call that could be told; it is replaced by the next one.
    worker.on('error', () => this.#forget(thread));
    return thread;
  }

  #callOn(thread: Thread, { signal, transfer, ...request }: PoolCall): Promise<unknown> {
    const { worker } = thread;
    return new Promise<unknown>((resolve, reject) => {
      const settle = (outcome: () => void) => {
        worker.off('message', onReply).off('error', onError).off('exit', onExit);
        signal?.removeEventListener('abort', onAbort);
        outcome();
      };
      const onReply = (reply: ThreadReply) =>
        settle(() => {
          this.#keep(thread);
          if (reply.kind === 'returned') resolve(reply.value);
          else reject(reviveError(reply.error));
        });
      const onError = (error: Error) => settle(() => reject(threadDied(request, error)));
      const onExit = (code: number) => settle(() => reject(threadEnded(request, `exit code ${code}`)));
      const onAbort = () => settle(() => void this.#end(thread).then(() => reject(signal?.reason)));
      worker.on('message', onReply).on('error', onError).on('exit', onExit);
      signal?.addEventListener('abort', onAbort, { once: true });
      try {
        worker.postMessage(request, transfer ?? []);
      } catch (error) {
        settle(() => {
          this.#keep(thread);
          reject(error);
        });
      }
    });
  }

  #keep(thread: Thread): void {
    if (!this.#all.has(thread)) return;
    thread.worker.unref();
    thread.idleTimer = setTimeout(() => void this.#end(thread), this.#options.idleMs).unref();
    this.#idle.push(thread);
  }

  async #end(thread: Thread): Promise<void> {
    this.#forget(thread);
    await thread.worker.terminate();
  }

  #forget(thread: Thread): void {
    if (thread.idleTimer !== null) clearTimeout(thread.idleTimer);
    this.#all.delete(thread);
    const position = this.#idle.indexOf(thread);
    if (position >= 0) this.#idle.splice(position, 1);
  }
}

function threadDied({ module, name }: ThreadRequest, error: Error): Error {
  if ((error as { readonly code?: unknown }).code !== 'ERR_WORKER_OUT_OF_MEMORY') return error;
  return new TaskError({
    code: 'thread_out_of_memory',
    message: `${name} needed more memory than a thread may use; give it less data at once`,
    details: { module, name },
    cause: error,
  });
}

function threadEnded({ module, name }: ThreadRequest, why: string): Error {
  return new OutsideUnavailable({
    code: 'thread_ended',
    message: `The thread of ${name} ended before it answered (${why})`,
    details: { module, name, why },
  });
}
