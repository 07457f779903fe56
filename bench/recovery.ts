import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineBug } from '../engine';
import { type Bench, type Figure, repeat } from './harness';
import {
  dagFolders,
  deploy,
  type Place,
  startTidemillWorker,
  type WorkerProcess,
  withClient,
  withPlace,
} from './place';
import { waitForRun } from './runs';

const taskQueue = 'bench-recovery';
const workerRequest = { taskQueue, dags: [dagFolders.bench] };

const cases = [
  { dagId: 'bench_slow_default', name: 'default heartbeat (10 s)', atMostMedian: 12, atMostAny: 15 },
  { dagId: 'bench_slow_heartbeat_2', name: 'heartbeat of 2 s', atMostMedian: 5, atMostAny: null },
] as const;

/** How long a killed worker's task lies still. */
export const recovery: Bench = {
  name: 'recovery',
  title: 'kill -9 of the worker in the middle of a task',
  method:
    'One run with one task of 2 s. A second after its attempt has started the worker is killed with SIGKILL and another one started at once. Measured: from the kill to the start of the next attempt, both written down by the processes themselves. The run has to end well with no try used up.',
  measure: async (options) =>
    await withPlace(async (place) => {
      const figures: Figure[] = [];
      const restarts: number[] = [];
      for (const one of cases) {
        options.progress(one.name);
        const killings = await repeat(options, (round) => killOnce(place, one.dagId, round));
        restarts.push(...killings.map(({ readySeconds }) => readySeconds));
        figures.push(figureOf(one, killings));
      }
      figures.push({ name: 'new worker polls, after the kill', unit: 's', ours: restarts });
      return {
        figures,
        notes: ['Airflow 3, after kill -9 of its scheduler: the next task started 304 s later.', ...slowest(figures)],
      };
    }),
};

interface Killing {
  /** From the kill to the start of the next attempt. */
  readonly seconds: number;
  /** From the kill until the new worker polled. */
  readonly readySeconds: number;
}

function figureOf({ name, atMostMedian }: (typeof cases)[number], killings: readonly Killing[]): Figure {
  const ours = killings.map(({ seconds }) => seconds);
  return { name: `next attempt, ${name}`, unit: 's', ours, targets: [{ of: 'ours', atMost: atMostMedian }] };
}

function slowest(figures: readonly Figure[]): readonly string[] {
  return cases.flatMap(({ name, atMostAny }, index) => {
    const samples = figures[index]?.ours ?? [];
    if (atMostAny === null || samples.length === 0) return [];
    const most = Math.max(...samples);
    return [
      `slowest, ${name}: ${most.toFixed(1)} s (none above ${atMostAny} s: ${most <= atMostAny ? 'met' : 'MISSED'})`,
    ];
  });
}

async function killOnce(place: Place, dagId: string, round: number): Promise<Killing> {
  const warehouse = join(place.folder, 'warehouse');
  const journal = join(place.folder, `${dagId}-${round}.jsonl`);
  let worker = await startTidemillWorker(place, { ...workerRequest, warehouse });
  try {
    return await withClient(place, taskQueue, async (client) => {
      await deploy(client, dagFolders.bench, [dagId]);
      const [runId = ''] = await client.trigger({ dagId, params: { journal } });
      await attemptOf(journal, 1, worker);
      await sleep(1_000);
      const killedAt = Date.now();
      await worker.kill();
      worker = await startTidemillWorker(place, { ...workerRequest, warehouse });
      const readySeconds = (Date.now() - killedAt) / 1_000;
      const next = await attemptOf(journal, 2, worker);
      if (next.try !== 1) throw new EngineBug(`A killed worker used up a try: the next attempt is of try ${next.try}`);
      await waitForRun(client, dagId, runId);
      return { seconds: (next.at - killedAt) / 1_000, readySeconds };
    });
  } finally {
    await worker.stop();
  }
}

interface JournalLine {
  readonly attempt: number;
  readonly try: number;
  readonly at: number;
}

const attemptWithinMs = 60_000;

/** Waits until the task has written down that its n-th attempt started. */
async function attemptOf(journal: string, attempt: number, worker: WorkerProcess): Promise<JournalLine> {
  const deadline = performance.now() + attemptWithinMs;
  while (performance.now() < deadline) {
    const line = readJournal(journal)[attempt - 1];
    if (line !== undefined) return line;
    await sleep(10);
  }
  throw new EngineBug(`Attempt ${attempt} did not start within ${attemptWithinMs / 1_000} s (worker ${worker.pid})`);
}

function readJournal(journal: string): readonly JournalLine[] {
  if (!existsSync(journal)) return [];
  const lines = readFileSync(journal, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as JournalLine);
}
