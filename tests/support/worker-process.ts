import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type GuardedProcess, spawnGuarded } from '../../server';
import { until } from './until';

const command = resolve(__dirname, '../../bin/tidemill.cjs');
/** Long enough for a start on a machine that is busy with other tests. */
const readyWithinMs = 60_000;

export interface WorkerProcessOptions {
  readonly address: string;
  readonly namespace: string;
  readonly dags: readonly string[];
  readonly warehouse: string;
  readonly home: string;
  /** Where its output and its mark of readiness go. */
  readonly folder: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** `tidemill worker` as a process of its own: the real thing, to be killed. */
export interface WorkerProcess {
  readonly pid: number;
  /** What it has printed so far. */
  output(): string;
  /** kill -9; settles when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; settles with its exit code. Fine for one that is gone. */
  stop(): Promise<number | null>;
}

let count = 0;

/** Starts a worker and waits until it polls. */
export async function startWorkerProcess(options: WorkerProcessOptions): Promise<WorkerProcess> {
  count += 1;
  const readyFile = join(options.folder, `worker-${count}.ready`);
  const logFile = join(options.folder, `worker-${count}.log`);
  const { address, namespace, warehouse, home, dags } = options;
  const places = ['--address', address, '--namespace', namespace, '--warehouse', warehouse, '--home', home];
  const folders = dags.flatMap((folder) => ['--dags', folder]);
  const args = [command, 'worker', ...places, ...folders, '--ready-file', readyFile];
  const env = { ...process.env, ...options.env };
  const child = await spawnGuarded(process.execPath, args, { output: { file: logFile }, env });
  const output = (): string => (existsSync(logFile) ? readFileSync(logFile, 'utf8') : '');
  await untilReady(child, readyFile, output);
  return {
    pid: child.pid,
    output,
    kill: async () => {
      process.kill(child.pid, 'SIGKILL');
      await child.exited;
      rmSync(readyFile, { force: true });
    },
    stop: async () => (await child.stop(20_000)).code,
  };
}

async function untilReady(child: GuardedProcess, readyFile: string, output: () => string): Promise<void> {
  let hasEnded = false;
  void child.exited.then(() => {
    hasEnded = true;
  });
  await until(() => hasEnded || existsSync(readyFile), readyWithinMs);
  if (hasEnded) throw new Error(`The worker ended at its start:\n${output()}`);
}
