import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathSafe } from '../engine';
import { type AttemptIdentity, folderName, type TaskLogger } from './context';

/** A killed worker loses at most this much of its log. */
const flushEveryMs = 1_000;

type Level = 'debug' | 'info' | 'warn' | 'error';

/** Where the log of an attempt is, relative to the folder of logs. */
export function attemptLogPath(identity: AttemptIdentity): string {
  const { dagId, runId, tryNumber, attempt } = identity;
  return join(dagId, pathSafe(runId), folderName(identity), `${tryNumber}.${attempt}.jsonl`);
}

/**
 * The log of one attempt: JSON lines, appended at least every second and at its end. Logging never
 * fails a task: a line that cannot be written (disk full) is dropped, and the worker's own log says so.
 */
export class AttemptLog implements TaskLogger {
  private lines: string[] = [];
  private timer: NodeJS.Timeout | null = null;
  private isFolderMade = false;
  private readonly path: string;

  constructor(
    folder: string,
    private readonly identity: AttemptIdentity,
    /** Takes secrets out of a line. */
    private readonly clean: (text: string) => string = (text) => text,
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
  close(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.flush();
  }

  private add(level: Level, fields: { readonly [key: string]: unknown }, message: string): void {
    const { taskId, mapIndex, tryNumber, attempt } = this.identity;
    const of = mapIndex === undefined ? { task_id: taskId } : { task_id: taskId, map_index: mapIndex };
    const line = { at: new Date().toISOString(), level, message, ...of, try: tryNumber, attempt, ...fields };
    const text = JSON.stringify(line, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
    this.lines.push(`${this.clean(text)}\n`);
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.flush();
    }, flushEveryMs);
  }

  /** Synchronous, because a few hundred bytes are written sooner than a promise comes back from the thread pool. */
  private flush(): void {
    if (this.lines.length === 0) return;
    const text = this.lines.join('');
    this.lines = [];
    try {
      if (!this.isFolderMade) makeFolder(dirname(this.path));
      this.isFolderMade = true;
      appendFileSync(this.path, text);
    } catch (error) {
      warnOnce(error);
    }
  }
}

/** One level when the run's folder is there already, as it is for all but its first task. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') mkdirSync(folder, { recursive: true });
    else if (code !== 'EEXIST') throw error;
  }
}

let warned = false;

function warnOnce(error: unknown): void {
  if (warned) return;
  warned = true;
  process.stderr.write(`task logs cannot be written: ${String(error)}\n`);
}
