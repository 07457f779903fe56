import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FromHandler, ToHandler } from './messages';

/** How a place ended before its handler answered. */
export interface PlaceEnd {
  readonly outOfMemory: boolean;
  readonly how: string;
}

/** Where one handler runs. */
export interface Place {
  send(message: ToHandler): void;
  /** Ends it at once, whatever runs in it. Fine for one that has ended. */
  end(): void;
}

export interface PlaceEvents {
  readonly onMessage: (message: FromHandler) => void;
  readonly onEnd: (end: PlaceEnd) => void;
}

const entry = join(__dirname, 'entry.cjs');

/** A thread: shares the process's memory and its fate, has a heap and an event loop of its own. */
export function startThread(memoryMb: number | null, { onMessage, onEnd }: PlaceEvents): Place {
  const resourceLimits = memoryMb === null ? {} : { maxOldGenerationSizeMb: memoryMb };
  const worker = new Worker(entry, { name: 'tidemill-task', execArgv: [], resourceLimits });
  worker.on('message', onMessage);
  worker.on('error', (error) => {
    const outOfMemory = (error as { code?: unknown }).code === 'ERR_WORKER_OUT_OF_MEMORY';
    onEnd({ outOfMemory, how: error.message });
  });
  worker.on('exit', (code) => onEnd({ outOfMemory: false, how: `exit code ${code}` }));
  return { send: (message) => worker.postMessage(message), end: () => void worker.terminate() };
}

const alive = new Set<() => void>();

/** How often the memory of a process is looked at. What grows faster ends by its heap's own bound. */
const lookEveryMs = 100;

/** Enough of what a process said last to know that its heap was full. */
const maxTail = 4_000;

/** A process: memory of its own, seen from outside. It ends with this one, however that ends. */
export function startProcess(memoryMb: number | null, { onMessage, onEnd }: PlaceEvents): Place {
  const execArgv = memoryMb === null ? [] : [`--max-old-space-size=${memoryMb}`];
  const child = fork(entry, [], { execArgv, serialization: 'advanced', stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
  const end = (): void => void child.kill('SIGKILL');
  let [tail, isTooLarge] = ['', false];
  const watch = setInterval(() => {
    if (memoryMb === null || residentMb(child.pid) <= memoryMb) return;
    isTooLarge = true;
    end();
  }, lookEveryMs);
  const ended = (how: string): void => {
    clearInterval(watch);
    alive.delete(end);
    onEnd({ outOfMemory: isTooLarge || tail.includes('heap out of memory'), how });
  };
  endWithThisProcess(end);
  child.stderr?.on('data', (chunk: Buffer) => {
    tail = (tail + chunk.toString('utf8')).slice(-maxTail);
    process.stderr.write(chunk);
  });
  child.on('message', (message) => onMessage(message as FromHandler));
  child.on('error', (error) => ended(error.message));
  child.on('close', (code, signal) => ended(signal === null ? `exit code ${code}` : `signal ${signal}`));
  // A process that is just ending takes no message, and says so by its end.
  return { send: (message) => void child.send(message, () => undefined), end };
}

function endWithThisProcess(end: () => void): void {
  if (alive.size === 0) process.once('exit', () => alive.forEach((one) => void one()));
  alive.add(end);
}

/** Memory that a process holds; 0 where the system does not tell by a file. */
function residentMb(pid: number | undefined): number {
  try {
    const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return Number(match?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
}
