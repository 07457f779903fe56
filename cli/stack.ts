import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TidemillClient } from '../client';
import { OutsideUnavailable } from '../engine/errors';
import type { GuardedProcess } from '../server';
import { connectTo, type Place, shownPath } from './connect';
import { load } from './load';
import { announceServer, withdrawServer } from './server-file';
import type { Steps } from './steps';
import { uiHome } from './ui-url';

export interface StackWish {
  readonly home: string;
  readonly warehouse: string;
  readonly dagFolders: readonly string[];
  readonly taskQueue?: string | undefined;
  readonly namespace?: string | undefined;
  /** Homes in which commands of other terminals look for this server. */
  readonly announceIn: readonly string[];
  readonly steps: Steps;
}

/** Temporal and a worker, running. */
export interface Stack {
  readonly place: Place;
  readonly client: TidemillClient;
  readonly workerLog: string;
}

const workerReadyWithinMs = 60_000;
const lookEveryMs = 100;
const stopWorkerWithinMs = 15_000;

/**
 * Finds or starts Temporal, starts a worker as a process of its own, and connects. All that was
 * started ends with this process; a worker that dies is started again.
 */
export async function startStack(wish: StackWish): Promise<Stack> {
  const { onShutdown } = load.server();
  mkdirSync(wish.home, { recursive: true });
  wish.steps.begin('temporal', 'finding and starting a server');
  const { address, uiUrl, description } = await findTemporal(wish);
  wish.steps.done('temporal', description);
  const place: Place = {
    address,
    uiUrl,
    namespace: wish.namespace ?? 'default',
    taskQueue: wish.taskQueue ?? 'tidemill',
    warehouse: wish.warehouse,
    home: wish.home,
  };
  const client = await connectTo(place);
  await client.setUp();
  const workerLog = join(wish.home, 'worker.log');
  wish.steps.done('ui', uiHome(place));
  wish.steps.begin('worker', 'starting');
  await keepWorker(place, { dagFolders: wish.dagFolders, logFile: workerLog, say: wish.steps.note });
  wish.steps.done('worker', `polls queue ${place.taskQueue}, log ${shownPath(workerLog)}`);
  for (const home of wish.announceIn) {
    if (announceServer(home, { ...place, pid: process.pid })) {
      onShutdown('the announcement', () => withdrawServer(home));
    }
  }
  return { place, client, workerLog };
}

async function findTemporal(
  wish: StackWish,
): Promise<{ readonly address: string; readonly uiUrl: string | null; readonly description: string }> {
  const { findTemporalServer, startTemporalServer, tidemillHome } = load.server();
  const found = await findTemporalServer({ home: cacheHome(wish.home, tidemillHome()), report: wish.steps.note });
  if (found.kind === 'running') {
    return { address: found.address, uiUrl: null, description: `${found.address} (TEMPORAL_ADDRESS)` };
  }
  const folder = join(wish.home, 'temporal');
  const server = await startTemporalServer({
    executable: found.path,
    folder,
    database: 'file',
    ui: true,
    ...namespaceOf(wish),
  });
  void server.exited.then(() => reportServerEnd(server.logFile));
  const description = `${found.serverVersion} at ${server.address}`;
  return { address: server.address, uiUrl: server.uiUrl, description };
}

function namespaceOf({ namespace }: StackWish): { readonly namespace?: string } {
  return namespace === undefined ? {} : { namespace };
}

async function reportServerEnd(logFile: string): Promise<void> {
  const { isShuttingDown } = load.server();
  if (isShuttingDown() || isEnding) return;
  process.stderr.write(`Temporal's server has ended by itself; its log: ${shownPath(logFile)}\n`);
}

/** A program that is installed already, under this home (or the one that the demo's lies in) or the usual one, is not installed again. */
function cacheHome(home: string, usualHome: string): string {
  const hasProgram = (one: string): boolean => {
    const folder = join(one, 'cache', 'bin');
    return existsSync(folder) && readdirSync(folder).some((name) => name.startsWith('temporal'));
  };
  return [home, dirname(home), usualHome].find(hasProgram) ?? usualHome;
}

interface WorkerWish {
  readonly dagFolders: readonly string[];
  readonly logFile: string;
  readonly say: (line: string) => void;
}

/** A worker dies of something in its work; the pause keeps one that dies at once from taking the machine. */
const restartPausesMs = [200, 1_000, 5_000] as const;
const livesWellAfterMs = 60_000;

let isEnding = false;

/** Starts a worker, waits until it polls, and from then on starts it again whenever it dies. */
async function keepWorker(place: Place, wish: WorkerWish): Promise<void> {
  const { onShutdown } = load.server();
  let worker = await spawnWorker(place, wish);
  onShutdown('the worker', async () => {
    isEnding = true;
    await worker.stop(stopWorkerWithinMs);
  });
  await untilReady(worker, place, wish);
  const watch = async (): Promise<void> => {
    for (let deaths = 0; !isEnding; ) {
      const startedAt = Date.now();
      const { code, signal } = await worker.exited;
      if (isEnding) return;
      deaths = Date.now() - startedAt > livesWellAfterMs ? 0 : deaths + 1;
      wish.say(
        `The worker ended (${signal ?? `exit code ${code}`}) and is started again; its log: ${shownPath(wish.logFile)}`,
      );
      await pause(restartPausesMs[Math.min(deaths, restartPausesMs.length) - 1] ?? 200);
      worker = await spawnWorker(place, wish);
    }
  };
  void watch();
}

function readyFile(place: Place): string {
  return join(place.home, `worker-${process.pid}.ready`);
}

async function spawnWorker(place: Place, { dagFolders, logFile }: WorkerWish): Promise<GuardedProcess> {
  const { spawnGuarded } = load.server();
  const { installationFolder } = load.runner();
  rmSync(readyFile(place), { force: true });
  const args = [
    join(installationFolder, 'bin', 'tidemill.cjs'),
    'worker',
    ...['--address', place.address, '--namespace', place.namespace, '--task-queue', place.taskQueue],
    ...['--warehouse', place.warehouse, '--home', place.home, '--ready-file', readyFile(place)],
    ...dagFolders.flatMap((folder) => ['--dags', folder]),
  ];
  return await spawnGuarded(process.execPath, args, { output: { file: logFile } });
}

async function untilReady(worker: GuardedProcess, place: Place, { logFile }: WorkerWish): Promise<void> {
  let ended: string | null = null;
  void worker.exited.then(({ code, signal }) => {
    ended = signal ?? `exit code ${code}`;
  });
  const deadline = performance.now() + workerReadyWithinMs;
  while (!existsSync(readyFile(place))) {
    const late = performance.now() > deadline ? `it was not ready within ${workerReadyWithinMs / 1_000} s` : null;
    const why = ended === null ? late : `it ended with ${ended}`;
    if (why !== null) throw workerFailed(why, logFile);
    await pause(lookEveryMs);
  }
}

function workerFailed(why: string, logFile: string): OutsideUnavailable {
  const tail = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-8).join('\n');
  return new OutsideUnavailable({
    code: 'worker_start_failed',
    message: `The worker did not start: ${why}. Its log ends:\n${tail}\nThe whole log: ${shownPath(logFile)}`,
    details: { why, log_file: logFile },
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
