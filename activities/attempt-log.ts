import { appendFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathSafe } from '../engine';
import type { AttemptIdentity, TaskLogger } from './context';

/** A killed worker loses at most this much of its log. */
const flushEveryMs = 1_000;

type Level = 'debug' | 'info' | 'warn' | 'error';

/** Where the log of an attempt is, relative to the folder of logs. */
export function attemptLogPath({ dagId, runId, taskId, tryNumber, attempt }: AttemptIdentity): string {
  return join(dagId, pathSafe(runId), taskId, `${tryNumber}.${attempt}.jsonl`);
}

/**
 * The log of one attempt: JSON lines, appended at least every second and at its end. Logging never
 * fails a task: a line that cannot be written (disk full) is dropped, and the worker's own log says so.
 */
export class AttemptLog implements TaskLogger {
  private lines: string[] = [];
  private writing: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | null = null;
  private readonly path: string;

  constructor(
    folder: string,
    private readonly identity: AttemptIdentity,
  ) {
    this.path = join(folder, attemptLogPath(identity));
  }

  debug(fields: { readonly [key: string]: unknown }, message: string): void {
    this.add('debug', fields, message);
  }

  info(fields: { readonly [key: string]: unknown }, message: string): void {
    this.add('info', fields, message);
  }

  warn(fields: { readonly [key: string]: unknown }, message: string): void {
    this.add('warn', fields, message);
  }

  error(fields: { readonly [key: string]: unknown }, message: string): void {
    this.add('error', fields, message);
  }

  /** Writes what is left. */
  async close(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.flush();
    await this.writing;
  }

  private add(level: Level, fields: { readonly [key: string]: unknown }, message: string): void {
    const { taskId, tryNumber, attempt } = this.identity;
    const line = { at: new Date().toISOString(), level, message, task_id: taskId, try: tryNumber, attempt, ...fields };
    this.lines.push(
      `${JSON.stringify(line, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))}\n`,
    );
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.flush();
    }, flushEveryMs);
  }

  private flush(): void {
    if (this.lines.length === 0) return;
    const text = this.lines.join('');
    this.lines = [];
    this.writing = this.writing.then(() => this.append(text));
  }

  private async append(text: string): Promise<void> {
    try {
      await appendFile(this.path, text);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return warnOnce(error);
      await mkdir(dirname(this.path), { recursive: true });
      await appendFile(this.path, text).catch(warnOnce);
    }
  }
}

let warned = false;

function warnOnce(error: unknown): void {
  if (warned) return;
  warned = true;
  process.stderr.write(`task logs cannot be written: ${String(error)}\n`);
}
