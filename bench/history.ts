import type { TidemillClient } from '../client';
import { EngineBug, plusDays } from '../engine';
import { fingerprintText, type PublishedTable, type RunRecord } from '../warehouse';
import { type Bench, type BenchOptions, type Figure, median, repeat } from './harness';
import { dagFolders, deploy, type Place, withClient, withPlace } from './place';
import { peakMemoryBytes } from './process-facts';
import {
  daysWithRows,
  publishedTables,
  publishTries,
  realFileMissing,
  retailDags,
  retailQueue,
  runRecords,
  startRetailWorker,
  taskTimes,
  taskTimesNote,
  wholeInterval,
} from './retail-place';
import { triggerAndWait, waitForRun } from './runs';

const gigabyte = 1_024 ** 3;
/** With `--quick`: the first weeks of the file, and the whole-file run over the same days. */
const quickDays = 21;

/** The whole history as one run a day. */
export const history: Bench = {
  name: 'history',
  title: 'the whole real file as daily runs, four at a time, then the marts',
  method:
    'Each of the 305 days with rows is triggered as a run of retail_daily of its own (the 69 days without rows are left out), all at once; dag_control admits four at a time. From the first trigger to the last end, on one fresh "tidemill worker" and a fresh warehouse. Then retail_marts runs, and every published table must have the fingerprint that one run over the whole file gives in another warehouse.',
  skip: realFileMissing,
  measure: async (options) =>
    await withPlace(async (place) => {
      const days = (await daysWithRows()).slice(0, options.quick ? quickDays : undefined);
      const expected = await wholeFile(place, options, days);
      const rounds = await repeat(options, (round) => allDays(place, { options, days, expected, round }));
      return report(rounds, days.length);
    }),
};

interface Round {
  readonly seconds: number;
  readonly runMs: readonly number[];
  readonly publishTries: readonly number[];
  readonly retries: number;
  readonly peakBytes: number | null;
  readonly timesNote: string;
}

function report(rounds: readonly Round[], dayCount: number) {
  const last = rounds.at(-1) as Round;
  const again = last.publishTries.filter((tries) => tries > 1);
  const isWhole = dayCount > quickDays;
  return {
    figures: [
      {
        name: `${dayCount} daily runs, first trigger to last end`,
        unit: 's',
        ours: rounds.map(({ seconds }) => seconds),
        targets: isWhole ? [{ of: 'ours', atMost: 360 } as const] : [],
      },
      { name: 'runs per second', unit: '1/s', ours: rounds.map(({ seconds }) => dayCount / seconds) },
      { name: 'one run, median', unit: 'ms', ours: rounds.map(({ runMs }) => median(runMs)) },
      { name: 'one run, slowest', unit: 'ms', ours: rounds.map(({ runMs }) => Math.max(...runMs)) },
      ...memoryFigure(rounds),
    ],
    notes: [
      `tasks of all runs: ${last.timesNote}`,
      `publishes that began again: ${again.length} of ${last.publishTries.length}, ${Math.max(...last.publishTries)} tries at most; failed tries of tasks: ${last.retries}`,
      'fingerprints of every published table equal those of one run over the same days',
    ],
    details: { rounds, days: dayCount },
  };
}

function memoryFigure(rounds: readonly Round[]): readonly Figure[] {
  const ours = rounds.flatMap(({ peakBytes }) => peakBytes ?? []).map((bytes) => bytes / gigabyte);
  return ours.length === 0 ? [] : [{ name: 'peak memory of the worker (VmHWM)', unit: 'GB', ours }];
}

interface Request {
  readonly options: BenchOptions;
  readonly days: readonly string[];
  readonly expected: Fingerprints;
  readonly round: number;
}

async function allDays(place: Place, { options, days, expected, round }: Request): Promise<Round> {
  const { warehouse, worker } = await startRetailWorker(place, `days-${round}`);
  try {
    return await withClient(place, retailQueue, async (client) => {
      await prepare(client);
      const triggeredAt = Date.now();
      const runIds: string[] = [];
      for (const day of days) {
        runIds.push(...(await client.trigger({ dagId: 'retail_daily', interval: `${day}/${plusDays(day, 1)}` })));
      }
      const runs = [];
      for (const [index, runId] of runIds.entries()) {
        runs.push(await waitForRun(client, 'retail_daily', runId));
        if ((index + 1) % 50 === 0) options.progress(`${index + 1} of ${runIds.length} runs`);
      }
      const seconds = (Math.max(...runs.map(({ endedAt }) => endedAt)) - triggeredAt) / 1_000;
      await triggerAndWait(client, { dagId: 'retail_marts' });
      compare(await fingerprints(warehouse), expected);
      const records = runRecords(warehouse, 'retail_daily');
      return {
        seconds,
        runMs: runs.map(({ startedAt, endedAt }) => endedAt - startedAt),
        publishTries: publishTries(place.home, 'retail_daily', runIds),
        retries: retriesOf(records),
        peakBytes: peakMemoryBytes(worker.pid),
        timesNote: taskTimesNote(taskTimes(records)),
      };
    });
  } finally {
    await worker.stop();
  }
}

/** What the days have to come to: the same days as one run. */
async function wholeFile(place: Place, options: BenchOptions, days: readonly string[]): Promise<Fingerprints> {
  options.progress('one run over all days, for its fingerprints');
  const { warehouse, worker } = await startRetailWorker(place, 'whole');
  const end = plusDays(days.at(-1) ?? '', 1);
  try {
    return await withClient(place, retailQueue, async (client) => {
      await prepare(client);
      const interval = options.quick ? `${days[0]}/${end}` : wholeInterval;
      await triggerAndWait(client, { dagId: 'retail_daily', interval });
      await triggerAndWait(client, { dagId: 'retail_marts' });
      return await fingerprints(warehouse);
    });
  } finally {
    await worker.stop();
  }
}

/** The DAGs, and a run of nothing so that the worker is warm. */
async function prepare(client: TidemillClient): Promise<void> {
  await deploy(client, dagFolders.retail, retailDags);
  await deploy(client, dagFolders.bench, ['bench_chain']);
  await triggerAndWait(client, { dagId: 'bench_chain' });
}

type Fingerprints = { readonly [table: string]: string };

async function fingerprints(warehouse: string): Promise<Fingerprints> {
  const tables: readonly PublishedTable[] = Object.values(await publishedTables(warehouse));
  return Object.fromEntries(tables.map(({ table, fingerprint }) => [table, fingerprintText(fingerprint)]));
}

function compare(actual: Fingerprints, expected: Fingerprints): void {
  const names = [...new Set([...Object.keys(actual), ...Object.keys(expected)])];
  const differing = names.filter((name) => actual[name] !== expected[name]);
  if (differing.length === 0) return;
  throw new EngineBug(`Daily runs and one run over the same days gave different tables: ${differing.join(', ')}`);
}

function retriesOf(records: readonly RunRecord[]): number {
  return records.flatMap(({ attempts }) => attempts).filter(({ state }) => state === 'failed').length;
}
