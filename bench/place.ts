import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TidemillClient } from '../client';
import { OutsideUnavailable, RequestError } from '../engine';
import { installationFolder, loadProject } from '../runner';
import {
  findTemporalServer,
  type GuardedProcess,
  spawnGuarded,
  startTemporalServer,
  type TemporalServer,
  tidemillHome,
} from '../server';

/** A Temporal server of a bench's own, on a fresh SQLite file, with a folder for everything else. */
export interface Place {
  readonly address: string;
  readonly serverPid: number;
  /** Temporary; gone after a bench that did not break, kept with its logs after one that did. */
  readonly folder: string;
  /** Caches and logs; shared by the workers of one bench, so that only the first one bundles. */
  readonly home: string;
}

/** A worker in a process of its own. */
export interface WorkerProcess {
  readonly pid: number;
  stop(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
}

/** Tidemill's DAG folders, by what they are for. */
export const dagFolders = {
  bench: join(installationFolder, 'bench', 'dags'),
  retail: join(installationFolder, 'dags'),
} as const;

const readyWithinMs = 120_000;
const lookEveryMs = 50;

/** Runs a body on a server of its own, which is gone afterwards. */
export async function withPlace<Result>(body: (place: Place) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-bench-'));
  const server = await startServer(join(folder, 'temporal'));
  const home = join(folder, 'home');
  mkdirSync(home);
  try {
    const result = await body({ address: server.address, serverPid: server.pid, folder, home });
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
    return result;
  } catch (error) {
    process.stderr.write(`The bench broke; its logs and warehouses are kept in ${folder}\n`);
    throw error;
  } finally {
    await server.stop();
  }
}

/** A server that is there already may have other settings and other work: no figure of ours could be trusted. */
async function startServer(folder: string): Promise<TemporalServer> {
  const { TEMPORAL_ADDRESS: foreign, ...env } = process.env;
  const found = await findTemporalServer({ env, home: tidemillHome(process.env, installationFolder) });
  if (found.kind === 'running') {
    throw new RequestError({
      code: 'bench_needs_own_server',
      message: `The benches start a server of their own and cannot use the one at ${found.address}. Unset TEMPORAL_ADDRESS.`,
      details: { address: foreign ?? found.address },
    });
  }
  return await startTemporalServer({ executable: found.path, folder, database: 'file', ui: false });
}

export interface WorkerRequest {
  readonly taskQueue: string;
  readonly dags: readonly string[];
  readonly warehouse: string;
  readonly memoryLimit?: string;
  /** The command of an installation elsewhere; of this checkout when left out. */
  readonly command?: string;
}

/** Starts `tidemill worker`, as anybody would, and waits until it polls. */
export async function startTidemillWorker(place: Place, request: WorkerRequest): Promise<WorkerProcess> {
  const readyFile = join(place.folder, `${request.taskQueue}.ready`);
  rmSync(readyFile, { force: true });
  const options = {
    address: place.address,
    namespace: 'default',
    'task-queue': request.taskQueue,
    warehouse: request.warehouse,
    home: place.home,
    'ready-file': readyFile,
    ...(request.memoryLimit === undefined ? {} : { 'memory-limit': request.memoryLimit }),
  };
  const args = [
    request.command ?? join(installationFolder, 'bin', 'tidemill.cjs'),
    'worker',
    ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
    ...request.dags.flatMap((folder) => ['--dags', folder]),
  ];
  return await startWorkerProcess(place, request.taskQueue, args, readyFile);
}

/** Starts a worker with our options that serves the baseline workflows and nothing of ours. */
export async function startBareWorker(place: Place, taskQueue: string): Promise<WorkerProcess> {
  const [dags, warehouse] = [join(place.folder, 'no-dags'), join(place.folder, 'bare-warehouse')];
  mkdirSync(dags, { recursive: true });
  const readyFile = join(place.folder, `${taskQueue}.ready`);
  const args = [
    ...typescript('bench/processes/bare-worker.ts'),
    ...[place.address, taskQueue, warehouse, place.home, dags, readyFile],
  ];
  return await startWorkerProcess(place, taskQueue, args, readyFile);
}

/** Node's arguments for a TypeScript file of this installation. */
export function typescript(file: string): readonly string[] {
  return [join(installationFolder, 'tools', 'run-typescript.cjs'), join(installationFolder, file)];
}

async function startWorkerProcess(
  place: Place,
  name: string,
  args: readonly string[],
  readyFile: string,
): Promise<WorkerProcess> {
  const log = join(place.folder, `${name}.log`);
  const child = await spawnGuarded(process.execPath, args, { output: { file: log } });
  await waitUntilReady(child, name, log, readyFile);
  return {
    pid: child.pid,
    stop: async () => void (await child.stop(20_000)),
    kill: async () => {
      process.kill(child.pid, 'SIGKILL');
      await child.exited;
    },
  };
}

async function waitUntilReady(child: GuardedProcess, name: string, log: string, readyFile: string): Promise<void> {
  let ended = false;
  void child.exited.then(() => {
    ended = true;
  });
  const deadline = performance.now() + readyWithinMs;
  while (!existsSync(readyFile)) {
    if (ended || performance.now() > deadline) {
      await child.stop(0);
      const why = ended ? 'ended' : `was not ready within ${readyWithinMs / 1_000} s`;
      throw new OutsideUnavailable({
        code: 'bench_worker_failed',
        message: `The worker ${name} ${why}. Its log: ${readFileSync(log, 'utf8').slice(-2_000)}`,
        details: { worker: name },
      });
    }
    await sleep(lookEveryMs);
  }
}

/** Runs a body with a client on a task queue; the client is closed whatever happens. */
export async function withClient<Result>(
  place: Place,
  taskQueue: string,
  body: (client: TidemillClient) => Promise<Result>,
): Promise<Result> {
  const client = await TidemillClient.connect({ address: place.address, taskQueue, user: 'bench' });
  try {
    return await body(client);
  } finally {
    await client.close();
  }
}

/** Deploys the named DAGs of a folder, paused: nothing runs but what a bench asks for. */
export async function deploy(client: TidemillClient, folder: string, dagIds: readonly string[]): Promise<void> {
  const project = await loadProject([folder]);
  const broken = project.broken[0];
  if (broken !== undefined) throw broken.error;
  const dags = project.dags.filter(({ dagId }) => dagIds.includes(dagId));
  await client.applyDeploy(dags, await client.planDeploy(dags, []), { startPaused: true });
}
