import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EngineBug } from '../engine';
import { installationFolder } from '../runner';
import { openWarehouse, type PublishedTable, pathSegment, type RunRecord, withScratchSession } from '../warehouse';
import { dagFolders, type Place, startTidemillWorker, type WorkerProcess } from './place';

/** The days of the real file, and DuckDB's memory for ours and the plain script alike. */
export const wholeInterval = '2010-12-01/2011-12-10';
export const memoryLimit = '500MB';
export const retailQueue = 'bench-retail';
export const retailDags = ['retail_daily', 'retail_marts'] as const;

const shared = process.env.TIDEMILL_SHARED ?? resolve(installationFolder, '..', 'shared');
/** The real file. */
export const realFile = join(shared, 'data', 'online-retail', 'online_retail.csv.gz');

/** Why the retail benches cannot run; null when they can. */
export function realFileMissing(): string | null {
  return existsSync(realFile) ? null : `there is no ${realFile} (set TIDEMILL_SHARED to the folder that holds "data")`;
}

/** A new warehouse with the real file in its landing folder, and a worker of its own on it. */
export interface RetailWorker {
  readonly warehouse: string;
  readonly worker: WorkerProcess;
}

/** Starts a fresh worker on a fresh warehouse; the first run that it gets finds nothing cached. */
export async function startRetailWorker(place: Place, name: string): Promise<RetailWorker> {
  const warehouse = join(place.folder, name);
  const landing = join(warehouse, 'landing', 'online_retail');
  mkdirSync(landing, { recursive: true });
  copyFileSync(realFile, join(landing, 'online_retail.csv.gz'));
  const worker = await startTidemillWorker(place, {
    taskQueue: retailQueue,
    dags: [dagFolders.retail, dagFolders.bench],
    warehouse,
    memoryLimit,
  });
  return { warehouse, worker };
}

/** What the newest release holds, by table. */
export async function publishedTables(warehouse: string): Promise<{ readonly [table: string]: PublishedTable }> {
  const opened = await openWarehouse({ uri: warehouse });
  try {
    return (await opened.release()).tables;
  } finally {
    await opened.close();
  }
}

/** The records of a DAG's finished runs, in no order. */
export function runRecords(warehouse: string, dagId: string): readonly RunRecord[] {
  const folder = join(warehouse, 'runs', dagId);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((file) => JSON.parse(readFileSync(join(file.parentPath, file.name), 'utf8')) as RunRecord);
}

/** The record of one run. */
export function runRecordOf(warehouse: string, dagId: string, runId: string): RunRecord {
  const record = runRecords(warehouse, dagId).find((one) => one.run_id === runId);
  if (record === undefined) throw new EngineBug(`Run ${runId} of ${dagId} has left no record`);
  return record;
}

/** How often each publish of a DAG had to begin again, from the logs of its attempts: 1 is no conflict. */
export function publishTries(home: string, dagId: string, runIds: readonly string[]): readonly number[] {
  return runIds.flatMap((runId) => {
    const folder = join(home, 'logs', dagId, pathSegment(runId), 'release');
    const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').trim().split('\n'));
    const tries = lines.map((line) => (JSON.parse(line) as { readonly tries?: number }).tries);
    return tries.filter((count) => count !== undefined);
  });
}

export interface TaskTime {
  readonly task: string;
  /** From being ordered by the workflow to the start of the handler. */
  readonly waitedMs: number;
  /** In the handler. */
  readonly workedMs: number;
  /** From the handler's end until the workflow knew it. */
  readonly toldMs: number;
}

/** Where the time of runs went, by task, summed over the runs; the longest worker first. */
export function taskTimes(records: readonly RunRecord[]): readonly TaskTime[] {
  const times = new Map<string, TaskTime>();
  for (const record of records) {
    for (const task of record.tasks) {
      const attempt = record.attempts.findLast((one) => one.task_id === task.task_id);
      if (attempt === undefined) continue;
      const before = times.get(task.task_id) ?? { task: task.task_id, waitedMs: 0, workedMs: 0, toldMs: 0 };
      times.set(task.task_id, {
        task: task.task_id,
        waitedMs: before.waitedMs + between(task.started_at, attempt.started_at),
        workedMs: before.workedMs + between(attempt.started_at, attempt.ended_at),
        toldMs: before.toldMs + between(attempt.ended_at, task.ended_at),
      });
    }
  }
  return [...times.values()].sort((a, b) => b.workedMs - a.workedMs);
}

/** One line for a report: `release 41 % (12.3 s)`, and what lay between the tasks. */
export function taskTimesNote(times: readonly TaskTime[]): string {
  const total = times.reduce((sum, { waitedMs, workedMs, toldMs }) => sum + waitedMs + workedMs + toldMs, 0);
  const share = (name: string, ms: number): string =>
    `${name} ${((100 * ms) / total).toFixed(0)} % (${(ms / 1_000).toFixed(1)} s)`;
  const waited = times.reduce((sum, { waitedMs }) => sum + waitedMs, 0);
  const told = times.reduce((sum, { toldMs }) => sum + toldMs, 0);
  const shown = times.filter(({ workedMs }) => workedMs / total >= 0.01);
  return [
    ...shown.map(({ task, workedMs }) => share(task, workedMs)),
    share('on the way to the worker', waited),
    share('and back', told),
  ].join(', ');
}

function between(start: string | null, end: string | null): number {
  return start === null || end === null ? 0 : Math.max(0, Date.parse(end) - Date.parse(start));
}

/** The days of the real file that have rows, in order. */
export async function daysWithRows(): Promise<readonly string[]> {
  const path = realFile.replaceAll("'", "''");
  const sql = `select distinct InvoiceDate[:10] as day from read_csv('${path}', all_varchar = true, header = true) order by day`;
  const rows = await withScratchSession((session) => session.rows(sql));
  return rows.map(({ day }) => String(day));
}
