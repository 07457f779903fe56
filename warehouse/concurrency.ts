/** Lets at most `limit` bodies run at a time; the others wait in order, or leave when their signal aborts. */
export interface Gate {
  enter<Result>(body: () => Promise<Result>, signal?: AbortSignal): Promise<Result>;
}

export function createGate(limit: number): Gate {
  const waiting: (() => void)[] = [];
  let free = limit;

  const acquire = async (signal: AbortSignal | undefined): Promise<void> => {
    signal?.throwIfAborted();
    if (free > 0) {
      free -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const admit = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        waiting.splice(waiting.indexOf(admit), 1);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', leave, { once: true });
      waiting.push(admit);
    });
  };
  const release = () => {
    const next = waiting.shift();
    // A place is handed over, not freed, so that a newcomer cannot overtake who waits.
    if (next === undefined) free += 1;
    else next();
  };

  return {
    enter: async (body, signal) => {
      await acquire(signal);
      try {
        return await body();
      } finally {
        release();
      }
    },
  };
}

/**
 * Shares runs of an idempotent job between its callers: each caller gets a run that began after it
 * asked, and at most one runs while at most one waits, however many ask.
 */
export function coalesce(job: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;

  const start = (): Promise<void> => {
    const run = job().finally(() => {
      if (running === run) running = null;
    });
    running = run;
    return run;
  };
  return () => {
    if (running === null) return start();
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = null;
        return start();
      });
    return next;
  };
}

/** A map that forgets what was used longest ago beyond `limit` entries. */
export class RecentlyUsed<Value> {
  readonly #entries = new Map<string, Value>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string): Value | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: string, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#limit && oldest !== undefined) this.#entries.delete(oldest);
  }
}
