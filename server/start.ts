import { execFile } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { OutsideUnavailable } from '../engine/errors';
import { claimFolder } from './claim';
import { freePort } from './free-port';
import { onShutdown } from './shutdown';
import { type ExitStatus, type GuardedProcess, spawnGuarded } from './spawn-guarded';

const usualPort = 7233;
const usualUiPort = 8233;
const readyWithinMs = 30_000;
const lookEveryMs = 100;
/** Another program may take a port between our look and the server's: ask for new ones, but not for ever. */
const portTries = 4;
/** Thirty days, so that the runs of a warehouse that is kept can still be looked at. The server's own is one. */
const retention = '720h';

/** Settings of our own servers (design.md §6). Without the first three a chain of tasks takes four times as long. */
const dynamicConfig: { readonly [key: string]: number | boolean } = {
  'history.transferProcessorMaxPollRPS': 5000,
  'history.timerProcessorMaxPollRPS': 5000,
  'system.enableActivityEagerExecution': true,
  'history.maximumBufferedEventsBatch': 10_000,
};

export interface StartOptions {
  /** The `temporal` program. */
  readonly executable: string;
  /** Holds the server's database and log; made when missing. One server at a time. */
  readonly folder: string;
  /** A database file in the folder that outlives the server, or one in memory. */
  readonly database?: 'file' | 'memory';
  /** Serves Temporal's UI too. */
  readonly ui?: boolean;
  readonly namespace?: string;
  /** The ports to take when they are free; 7233 and 8233 when left out. */
  readonly port?: number;
  readonly uiPort?: number;
  readonly env?: NodeJS.ProcessEnv;
}

export interface TemporalServer {
  /** host:port for clients and workers. */
  readonly address: string;
  readonly uiUrl: string | null;
  readonly namespace: string;
  readonly pid: number;
  readonly logFile: string;
  /** Settles when the server is gone, whoever ended it. */
  readonly exited: Promise<ExitStatus>;
  stop(): Promise<void>;
}

/**
 * Starts Temporal's dev server on 127.0.0.1 and resolves when it serves the namespace. It cannot outlive this
 * process. Ports that are taken are not an error: free ones are used. Rejects with `temporal_start_failed` (with the
 * end of the log) or `temporal_folder_in_use`.
 */
export async function startTemporalServer(options: StartOptions): Promise<TemporalServer> {
  mkdirSync(options.folder, { recursive: true });
  const claim = await claimFolder(options.folder);
  try {
    for (let attempt = 1; ; attempt += 1) {
      const started = await startOnce(options, attempt === 1);
      if (!('taken' in started)) {
        claim.handOver(started.pid, started.address);
        void started.exited.then(() => claim.release());
        return started;
      }
      if (attempt === portTries) throw startFailed(options, `ports were taken ${portTries} times`, started.log);
    }
  } catch (error) {
    claim.release();
    throw error;
  }
}

async function startOnce(options: StartOptions, preferUsual: boolean): Promise<TemporalServer | PortTaken> {
  const { executable, folder, namespace = 'default', env } = options;
  const port = await freePort(preferUsual ? (options.port ?? usualPort) : undefined);
  const uiPort = options.ui === true ? await freePort(preferUsual ? (options.uiPort ?? usualUiPort) : undefined) : null;
  const logFile = join(folder, 'temporal-server.log');
  const logStart = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  const args = serverArguments(options, port, uiPort);
  const child = await spawnGuarded(executable, args, { output: { file: logFile }, ...(env ? { env } : {}) });
  const forget = onShutdown("Temporal's server", async () => void (await child.stop()));
  void child.exited.then(forget);

  const address = `127.0.0.1:${port}`;
  const failure = await whyNotReady({ child, executable, address, namespace });
  if (failure !== null) {
    await child.stop(0);
    const log = readTail(logFile, logStart);
    if (/address already in use|bind: |can't set port/i.test(log)) return { taken: true, log };
    throw startFailed(options, failure, log);
  }
  const stop = async () => void (await child.stop());
  const uiUrl = uiPort === null ? null : `http://127.0.0.1:${uiPort}`;
  return { address, uiUrl, namespace, pid: child.pid, logFile, exited: child.exited, stop };
}

interface PortTaken {
  readonly taken: true;
  readonly log: string;
}

function serverArguments(options: StartOptions, port: number, uiPort: number | null): string[] {
  const { folder, database = 'file', namespace = 'default' } = options;
  const settings = Object.entries(dynamicConfig).flatMap(([key, value]) => [
    '--dynamic-config-value',
    `${key}=${value}`,
  ]);
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--namespace', namespace],
    ...(uiPort === null ? ['--headless'] : ['--ui-ip', '127.0.0.1', '--ui-port', String(uiPort)]),
    ...(database === 'file' ? ['--db-filename', join(folder, 'temporal.db')] : []),
    ...['--log-format', 'json', '--log-level', 'warn'],
    ...settings,
  ];
}

interface ReadyQuestion {
  readonly child: GuardedProcess;
  readonly executable: string;
  readonly address: string;
  readonly namespace: string;
}

/** Null when the server serves and the namespace keeps its runs; else why not. */
async function whyNotReady({ child, executable, address, namespace }: ReadyQuestion): Promise<string | null> {
  const deadline = performance.now() + readyWithinMs;
  let ended: ExitStatus | null = null;
  void child.exited.then((status) => {
    ended = status;
  });
  // Succeeds only when the server is up and knows the namespace: the question and the setting in one.
  const update = ['operator', 'namespace', 'update', '-n', namespace, '--retention', retention, '--address', address];
  let last = 'it did not listen';
  while (performance.now() < deadline) {
    if (ended !== null) return `it ended by itself (${describeExit(ended)})`;
    if (await listens(address)) {
      const answer = await run(executable, [...update, '--command-timeout', '5s']);
      if (answer === null) return null;
      last = answer;
    }
    await delay(lookEveryMs);
  }
  return `it was not ready within ${readyWithinMs / 1000} s: ${last}`;
}

function listens(address: string): Promise<boolean> {
  const [host = '', port] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port) });
    const finish = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}

function run(command: string, args: readonly string[]): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: 10_000, killSignal: 'SIGKILL' }, (error, _stdout, stderr) => {
      resolve(error === null ? null : stderr.trim().slice(0, 300) || error.message);
    });
  });
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function describeExit({ code, signal }: ExitStatus): string {
  return signal ?? `exit code ${code}`;
}

function readTail(file: string, from: number): string {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const start = Math.max(from, size - 4000);
  if (size <= start) return '';
  const buffer = Buffer.alloc(size - start);
  const handle = openSync(file, 'r');
  try {
    readSync(handle, buffer, 0, buffer.length, start);
  } finally {
    closeSync(handle);
  }
  return buffer.toString('utf8').trim();
}

function startFailed({ executable, folder }: StartOptions, reason: string, log: string): OutsideUnavailable {
  const logFile = join(folder, 'temporal-server.log');
  const tail = log === '' ? 'The log is empty.' : `The log ends:\n${log.split('\n').slice(-8).join('\n')}`;
  return new OutsideUnavailable({
    code: 'temporal_start_failed',
    message: `Temporal's server (${executable}) did not start: ${reason}. ${tail}\nThe whole log: ${logFile}`,
    details: { executable, reason, log_file: logFile },
  });
}
