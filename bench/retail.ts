import { join } from 'node:path';
import { EngineBug } from '../engine';
import { spawnGuarded } from '../server';
import { type Bench, type BenchOptions, type Figure, repeat } from './harness';
import { dagFolders, deploy, type Place, typescript, withClient, withPlace } from './place';
import { peakMemoryBytes, processorMs } from './process-facts';
import type { PlainResult } from './processes/plain-retail';
import {
  memoryLimit,
  publishedTables,
  realFile,
  realFileMissing,
  retailDags,
  retailQueue,
  runRecordOf,
  startRetailWorker,
  taskTimes,
  taskTimesNote,
  wholeInterval,
} from './retail-place';
import { triggerAndWait } from './runs';

const gigabyte = 1_024 ** 3;

/** The whole real file as one run, against what DuckDB alone takes for the same tables. */
export const retail: Bench = {
  name: 'retail',
  title: 'the whole real file as one run and the marts, against one plain DuckDB script',
  method:
    'Ours: retail_daily over 2010-12-01/2011-12-10, then retail_marts up to the end of its publish (the report left out), each from its trigger; a fresh "tidemill worker" on a fresh warehouse, warmed up by a run that does nothing. Plain: the SQL files of both DAGs in order in one Node process, read_csv of the .csv.gz, the same files by COPY. Threads and memory limit of DuckDB (500 MB) are the same; ours and plain in turns; every table is compared.',
  skip: realFileMissing,
  measure: async (options) =>
    await withPlace(async (place) => {
      const rounds = await repeat(options, (round) => measureOnce(place, options, round));
      const seconds = (pick: (round: Round) => number): readonly number[] => rounds.map((round) => pick(round) / 1_000);
      const last = rounds.at(-1) as Round;
      return {
        figures: [
          {
            name: 'whole file and marts',
            unit: 's',
            ours: seconds((round) => round.dailyMs + round.martsMs),
            baseline: seconds((round) => round.plain.daily_ms + round.plain.marts_ms),
            targets: [{ of: 'ratio', atMost: 2 }],
          },
          {
            name: 'retail_daily alone',
            unit: 's',
            ours: seconds(({ dailyMs }) => dailyMs),
            baseline: seconds(({ plain }) => plain.daily_ms),
          },
          {
            name: 'retail_marts alone',
            unit: 's',
            ours: seconds(({ martsMs }) => martsMs),
            baseline: seconds(({ plain }) => plain.marts_ms),
          },
          ...processorFigure(rounds),
          ...memoryFigure(rounds),
        ],
        notes: [
          `retail_daily: ${last.dailyNote}`,
          `retail_marts: ${last.martsNote}`,
          `plain: reading ${(last.plain.read_ms / 1_000).toFixed(1)} s, ${last.plain.file_count} files by COPY ${(last.plain.write_ms / 1_000).toFixed(1)} s`,
          `equal rows in all ${Object.keys(last.plain.tables).length} tables, by count and hash`,
        ],
        details: { rounds, memory_limit: memoryLimit },
      };
    }),
};

interface Round {
  readonly dailyMs: number;
  readonly martsMs: number;
  readonly processorMs: number | null;
  readonly peakBytes: number | null;
  readonly plain: PlainResult;
  readonly dailyNote: string;
  readonly martsNote: string;
}

function processorFigure(rounds: readonly Round[]): readonly Figure[] {
  const ours = rounds.flatMap((round) => round.processorMs ?? []).map((ms) => ms / 1_000);
  const baseline = rounds.flatMap(({ plain }) => plain.processor_ms ?? []).map((ms) => ms / 1_000);
  return ours.length === 0
    ? []
    : [{ name: 'processor time, both runs (ours: with the report)', unit: 's', ours, baseline }];
}

function memoryFigure(rounds: readonly Round[]): readonly Figure[] {
  const ours = rounds.flatMap(({ peakBytes }) => peakBytes ?? []).map((bytes) => bytes / gigabyte);
  const baseline = rounds.flatMap(({ plain }) => plain.peak_memory_bytes ?? []).map((bytes) => bytes / gigabyte);
  if (ours.length === 0) return [];
  const targets = [{ of: 'ours', atMost: 1 }] as const;
  return [{ name: 'peak memory of the worker (VmHWM)', unit: 'GB', ours, baseline, targets }];
}

async function measureOnce(place: Place, options: BenchOptions, round: number): Promise<Round> {
  const ours = await runOurs(place, `warehouse-${round}`);
  options.progress(`ours: ${((ours.dailyMs + ours.martsMs) / 1_000).toFixed(1)} s`);
  const plain = await runPlain(join(place.folder, `plain-${round}`));
  options.progress(`plain: ${((plain.daily_ms + plain.marts_ms) / 1_000).toFixed(1)} s`);
  const { warehouse, ...measured } = ours;
  await compareTables(warehouse, plain);
  return { ...measured, plain };
}

/** Both runs by a worker that has polled and run a DAG of nothing before. */
async function runOurs(place: Place, name: string) {
  const { warehouse, worker } = await startRetailWorker(place, name);
  try {
    return await withClient(place, retailQueue, async (client) => {
      await deploy(client, dagFolders.retail, retailDags);
      await deploy(client, dagFolders.bench, ['bench_chain']);
      await triggerAndWait(client, { dagId: 'bench_chain' });
      const before = processorMs(worker.pid);
      const daily = await triggerAndWait(client, { dagId: 'retail_daily', interval: wholeInterval });
      const marts = await triggerAndWait(client, { dagId: 'retail_marts' });
      const after = processorMs(worker.pid);
      const dailyRecord = runRecordOf(warehouse, 'retail_daily', daily.runId);
      const martsRecord = runRecordOf(warehouse, 'retail_marts', marts.runId);
      const published = martsRecord.tasks.find(({ task_id }) => task_id === 'release')?.ended_at;
      if (published === null || published === undefined) throw new EngineBug('retail_marts has not published');
      return {
        warehouse,
        dailyMs: daily.endedAt - daily.triggeredAt,
        martsMs: Date.parse(published) - marts.triggeredAt,
        processorMs: before === null || after === null ? null : after - before,
        peakBytes: peakMemoryBytes(worker.pid),
        dailyNote: taskTimesNote(taskTimes([dailyRecord])),
        martsNote: taskTimesNote(taskTimes([martsRecord])),
      };
    });
  } finally {
    await worker.stop();
  }
}

async function runPlain(folder: string): Promise<PlainResult> {
  const args = [...typescript('bench/processes/plain-retail.ts'), realFile, folder, memoryLimit, dagFolders.retail];
  const child = await spawnGuarded(process.execPath, args, { output: 'pipe' });
  let [output, errors] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const { code } = await child.exited;
  if (code !== 0) throw new EngineBug(`The plain script ended with exit code ${code}: ${errors.slice(-2_000)}`);
  return JSON.parse(output) as PlainResult;
}

/** A faster script that computes something else would be no baseline. */
async function compareTables(warehouse: string, plain: PlainResult): Promise<void> {
  const published = await publishedTables(warehouse);
  const differing = Object.entries(plain.tables).filter(([table, { rows, sum }]) => {
    const fingerprint = published[table]?.fingerprint;
    return fingerprint?.count !== rows || fingerprint.sum !== sum;
  });
  const missing = Object.keys(published).filter((table) => plain.tables[table] === undefined);
  if (differing.length === 0 && missing.length === 0) return;
  const names = [...differing.map(([table]) => table), ...missing];
  throw new EngineBug(`The plain script and Tidemill have made different tables: ${names.join(', ')}`);
}
