import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { plusDays } from '../../../engine';
import { startTemporalServer, type TemporalServer } from '../../../server';
import { type House, systemDags, withHouse } from '../house';
import { rowsOf } from '../published';
import { until } from '../until';
import type { WorkerProcess } from '../worker-process';

export const stormDags = ['storm_publish', 'storm_fail', 'storm_retry'] as const;
const firstDay = '1990-01-01';
const perTrigger = 4;

export interface StormOptions {
  readonly executable: string;
  readonly seed: number;
  /** How long processes are killed; and until so many runs were asked for, if that takes longer. */
  readonly durationMs: number;
  readonly leastRuns: number;
  /** The pause between two deaths, at random between these. */
  readonly pauseMs: { readonly least: number; readonly most: number };
  /** Bounds the time until all is calm again. */
  readonly settleMs: number;
}

export interface StormFigures {
  readonly seed: number;
  readonly runs: number;
  readonly workerDeaths: number;
  readonly serverDeaths: number;
  /** Run ids that were promised to a trigger and have no record. */
  readonly unrecorded: readonly string[];
  /** How the runs of each DAG ended: `storm_fail failed` and its count. */
  readonly endings: { readonly [ending: string]: number };
  /** What the controls have refused or lost. */
  readonly refused: readonly string[];
  readonly days: number;
  /** Days of the published table that do not have exactly the rows that one run makes. */
  readonly wrongDays: readonly unknown[];
  readonly releases: number;
}

/**
 * Keeps runs going while workers and the server are killed at random, waits until all have ended, and
 * tells how. Everything random follows the seed.
 */
export async function storm(options: StormOptions): Promise<StormFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-storm-'));
  const servers = await ownServer(options.executable, folder);
  try {
    return await withHouse({ dags: [systemDags], server: servers.current() }, async (house) => {
      const workers = [await house.startWorker(), await house.startWorker()];
      await house.deploy();
      const feeder = feed(house);
      const deaths = await killAtRandom({ options, house, workers, servers, asked: feeder.asked });
      const runIds = await feeder.stop();
      await settle(house, options.settleMs);
      return { seed: options.seed, ...deaths, ...(await outcome(house, runIds)) };
    });
  } finally {
    await servers.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Servers {
  current(): TemporalServer;
  /** kill -9, and the same again on the same port and file. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

async function ownServer(executable: string, folder: string): Promise<Servers> {
  let server = await startTemporalServer({ executable, folder });
  const port = Number(server.address.split(':')[1]);
  return {
    current: () => server,
    restart: async () => {
      process.kill(server.pid, 'SIGKILL');
      await server.exited;
      server = await startTemporalServer({ executable, folder, port });
    },
    stop: () => server.stop(),
  };
}

/** Asks for runs whenever few are open; a trigger whose answer was lost may have been heard, which does no harm. */
function feed({ client }: House) {
  const runIds: string[] = [];
  const next = new Map<string, number>();
  let isOver = false;
  const feedOne = async (dagId: string): Promise<void> => {
    const { queued, active } = await client.control(dagId);
    if (queued.length + active.length >= perTrigger) return;
    const at = next.get(dagId) ?? 0;
    const interval = `${plusDays(firstDay, at)}/${plusDays(firstDay, at + perTrigger)}`;
    const asked = await client.trigger({ dagId, interval, eachDay: true });
    runIds.push(...asked.map((runId) => `${dagId} ${runId}`));
    next.set(dagId, at + perTrigger);
  };
  const done = (async () => {
    while (!isOver) {
      for (const dagId of stormDags) await feedOne(dagId).catch(() => undefined);
      await sleep(200);
    }
  })();
  return {
    asked: () => runIds.length,
    stop: async (): Promise<readonly string[]> => {
      isOver = true;
      await done;
      return runIds;
    },
  };
}

interface Killing {
  readonly options: StormOptions;
  readonly house: House;
  readonly workers: WorkerProcess[];
  readonly servers: Servers;
  readonly asked: () => number;
}

async function killAtRandom({ options, house, workers, servers, asked }: Killing) {
  const random = randomFrom(options.seed);
  const endsAt = performance.now() + options.durationMs;
  const latest = endsAt + options.durationMs + options.settleMs;
  let [workerDeaths, serverDeaths] = [0, 0];
  const { least, most } = options.pauseMs;
  const killWorker = async (): Promise<number> => {
    const which = Math.floor(random() * workers.length);
    await workers[which]?.kill();
    workerDeaths += 1;
    return which;
  };
  const isEnough = (): boolean => performance.now() >= endsAt && asked() >= options.leastRuns;
  while (!isEnough() && performance.now() < latest) {
    await sleep(least + random() * (most - least));
    const dice = random();
    const which = dice < 0.8 ? await killWorker() : null;
    if (dice >= 0.65) {
      await servers.restart();
      serverDeaths += 1;
    }
    if (which !== null) workers[which] = await house.startWorker();
  }
  return { workerDeaths, serverDeaths };
}

/** Numbers in [0, 1) that follow from the seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function settle({ client }: House, withinMs: number): Promise<void> {
  await until(async () => {
    const controls = await Promise.all(stormDags.map((dagId) => client.control(dagId).catch(() => null)));
    return controls.every((control) => control !== null && control.queued.length + control.active.length === 0);
  }, withinMs);
}

async function outcome(house: House, runIds: readonly string[]) {
  const controls = await Promise.all(stormDags.map((dagId) => house.client.control(dagId)));
  const refused = controls.flatMap((control) =>
    control.refused.map(({ what, reason }) => `${what}: ${reason.message}`),
  );
  return await house.read(async (warehouse) => {
    const runs = await rowsOf(warehouse, 'select dag_id, run_id, label from meta.dag_runs');
    const recorded = new Set(runs.map(({ dag_id, run_id }) => `${dag_id} ${run_id}`));
    const endings: { [ending: string]: number } = {};
    for (const { dag_id, label } of runs) endings[`${dag_id} ${label}`] = (endings[`${dag_id} ${label}`] ?? 0) + 1;
    const days = await rowsOf(
      warehouse,
      'select date_key, count(*)::int as n, count(distinct visitor)::int as visitors from shop.visits group by all',
    );
    return {
      runs: runs.length,
      unrecorded: runIds.filter((runId) => !recorded.has(runId)),
      endings,
      refused,
      days: days.length,
      wrongDays: days.filter(({ n, visitors }) => n !== 1_000 || visitors !== 1_000),
      releases: (await warehouse.release()).release,
    };
  });
}

export function stormText(figures: StormFigures): string {
  const { seed, runs, workerDeaths, serverDeaths, endings, days, releases } = figures;
  const ends = Object.entries(endings).map(([ending, count]) => `  ${ending}: ${count}`);
  const head = `chaos (seed ${seed}): ${runs} runs through ${workerDeaths} deaths of workers and ${serverDeaths} of the server; ${days} days published in ${releases} releases`;
  return `${[head, ...ends].join('\n')}\n`;
}
