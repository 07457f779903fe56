/** How often a look is taken while tasks run: small beside what is to be noticed, and still nothing to pay for. */
const lookEveryMs = 100;

/** Beyond this, signs of life and cancellations of every task of the process come late. */
const noticedFromMs = 1_000;

/**
 * Notices when the event loop of a worker stands still while tasks run, and says which: one of them
 * computes without a pause, and holds up all others.
 */
export class LoopWatch {
  private readonly running = new Map<symbol, string>();
  private timer: NodeJS.Timeout | null = null;
  private lookedAt = 0;

  constructor(private readonly warn: (message: string) => void) {}

  /** A task begins; the function returned is called at its end. */
  enter(task: string): () => void {
    const key = Symbol(task);
    if (this.timer === null) {
      this.lookedAt = performance.now();
      this.timer = setInterval(() => this.look(), lookEveryMs);
    }
    this.running.set(key, task);
    return () => this.leave(key);
  }

  /** A task that never pauses ends before a timer can fire, so its end is a look too. */
  private leave(key: symbol): void {
    this.look();
    this.running.delete(key);
    if (this.running.size > 0 || this.timer === null) return;
    clearInterval(this.timer);
    this.timer = null;
  }

  private look(): void {
    const now = performance.now();
    const lateMs = now - this.lookedAt - lookEveryMs;
    this.lookedAt = now;
    if (lateMs < noticedFromMs) return;
    const tasks = [...this.running.values()];
    const who = tasks.length === 1 ? tasks[0] : `one of ${tasks.sort().join(', ')}`;
    this.warn(
      `event loop blocked for ${(lateMs / 1_000).toFixed(1)} s while ${who} ran: every task of this worker stood still. Give the task isolation: 'thread', or let it pause.`,
    );
  }
}
