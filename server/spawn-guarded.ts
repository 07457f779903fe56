import { type SpawnOptions, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Duplex, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { OutsideUnavailable } from '../engine/errors';

/** Long enough for a server to close its files, short enough for all to be gone within 5 s of a kill -9. */
const graceMs = 2000;

export interface GuardedOptions {
  readonly cwd?: string;
  /** The child's whole environment; this process's own when left out. */
  readonly env?: NodeJS.ProcessEnv;
  /** Where the child's output goes: this process's, a pipe to read from, or the end of a file. */
  readonly output?: 'inherit' | 'pipe' | 'ignore' | { readonly file: string };
}

/** How a child ended. `guardLost` says that its guard was killed, and that the child was killed for that. */
export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly guardLost: boolean;
}

export interface GuardedProcess {
  /** The child's process id, not its guard's. */
  readonly pid: number;
  readonly guardPid: number;
  /** With `output: 'pipe'`, else null. */
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** Settles when the child is gone; never rejects. */
  readonly exited: Promise<ExitStatus>;
  /** SIGTERM, and SIGKILL after the grace; settles when the child is gone. May be called more than once. */
  stop(withinMs?: number): Promise<ExitStatus>;
  /** Sends a signal to the child and to what it has started. */
  kill(signal: NodeJS.Signals): void;
}

/**
 * Starts a child that cannot outlive this process: not after Ctrl-C, not after kill -9, because a small guard
 * process stands over it and ends it, with all that it has started, when this process is gone.
 *
 * The child has no standard input and is no part of the terminal's group: a Ctrl-C reaches this process alone,
 * which stops its children in the order that it wants. Rejects with `process_not_started`.
 */
export async function spawnGuarded(
  command: string,
  args: readonly string[],
  options: GuardedOptions = {},
): Promise<GuardedProcess> {
  const guard = spawnGuard(command, args, options);
  const life = guard.stdio[3] as Duplex;
  const state: GuardState = { pid: null, exit: null, error: null };
  life.on('error', () => {}); // The guard's end is noticed by its exit.

  const started = new Promise<number>((resolve, reject) => {
    readLines(life, (line) => {
      Object.assign(state, JSON.parse(line));
      if (state.pid !== null) resolve(state.pid);
    });
    guard.on('error', (error) => reject(notStarted(command, error.message)));
    guard.on('close', () => reject(notStarted(command, state.error?.message ?? 'its guard ended first')));
  });
  const exited = new Promise<ExitStatus>((resolve) => {
    guard.on('close', () => resolve(statusOf(state)));
    guard.on('error', () => resolve(statusOf(state)));
  });

  const pid = await started;
  const tell = (message: object) => {
    if (life.writable) life.write(`${JSON.stringify(message)}\n`);
  };
  return {
    pid,
    guardPid: guard.pid ?? 0,
    stdout: guard.stdout,
    stderr: guard.stderr,
    exited,
    stop: (withinMs = graceMs) => {
      tell({ stop: withinMs });
      return exited;
    },
    kill: (signal) => tell({ signal }),
  };
}

interface GuardState {
  pid: number | null;
  exit: { readonly code: number | null; readonly signal: NodeJS.Signals | null } | null;
  error: { readonly message: string } | null;
}

function spawnGuard(command: string, args: readonly string[], { cwd, env, output = 'inherit' }: GuardedOptions) {
  const guardFile = fileURLToPath(new URL('./guard.cjs', import.meta.url));
  const file = typeof output === 'object' ? openSync(output.file, 'a') : null;
  const channel = file ?? (typeof output === 'object' ? 'ignore' : output);
  const options: SpawnOptions = {
    stdio: ['ignore', channel, channel, 'pipe'],
    detached: true,
    ...(cwd === undefined ? {} : { cwd }),
    env: withoutLoaderOptions(env ?? process.env),
  };
  const facts = JSON.stringify({ command, args, grace_ms: graceMs });
  try {
    return spawn(process.execPath, [guardFile, facts], options);
  } finally {
    if (file !== null) closeSync(file);
  }
}

/** A debugger that this process was started with would open its port a second time and stop the child. */
function withoutLoaderOptions(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const options = env.NODE_OPTIONS?.split(/\s+/).filter((option) => !option.startsWith('--inspect'));
  return options === undefined ? { ...env } : { ...env, NODE_OPTIONS: options.join(' ') };
}

/** The guard tells how the child ended. When it could not, it was killed, and the child is ended here. */
function statusOf(state: GuardState): ExitStatus {
  if (state.exit !== null) return { ...state.exit, guardLost: false };
  if (state.pid !== null) killGroup(state.pid);
  return { code: null, signal: 'SIGKILL', guardLost: true };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

function notStarted(command: string, reason: string): OutsideUnavailable {
  return new OutsideUnavailable({
    code: 'process_not_started',
    message: `${command} could not be started: ${reason}. Check that the file exists and may be executed.`,
    details: { command, reason },
  });
}

function readLines(stream: Duplex, onLine: (line: string) => void): void {
  let unread = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (unread + chunk).split('\n');
    unread = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
}
