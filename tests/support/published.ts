import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataInterval, Json, Run } from '../../engine';
import { type LoadedDag, type Project, runInProcess } from '../../runner';
import { listTables, queryWarehouse, type Row, type Warehouse } from '../../warehouse';
import { withWarehouse } from './house';

/** The fingerprint of every published table. */
export async function fingerprintsOf(warehouse: Warehouse): Promise<{ readonly [table: string]: string }> {
  const tables = await listTables(warehouse);
  return Object.fromEntries(tables.map(({ table, fingerprint }) => [table, fingerprint]));
}

/** The rows of a query over the newest release. */
export async function rowsOf(warehouse: Warehouse, sql: string): Promise<readonly Row[]> {
  return (await queryWarehouse(warehouse, sql)).rows;
}

export function dagOf(project: Project, dagId: string): LoadedDag {
  const dag = project.dags.find((one) => one.dagId === dagId);
  if (dag !== undefined) return dag;
  const broken = project.broken.map(({ file, error }) => `${file}: ${error.message}`);
  throw new Error(`There is no DAG ${dagId}. ${broken.join('\n')}`);
}

export interface InProcessRequest {
  readonly project: Project;
  readonly warehouse: Warehouse;
  readonly dagId: string;
  readonly interval: DataInterval;
  readonly params?: Json;
  /** Where logs go. */
  readonly folder: string;
}

let runCount = 0;

/** One run in this process, with no server: by the same engine and over a real warehouse. Retries and pokes do not wait. */
export async function runHere({ project, warehouse, dagId, interval, params, folder }: InProcessRequest): Promise<Run> {
  runCount += 1;
  const { run } = await runInProcess({
    dag: dagOf(project, dagId),
    runId: `manual__${runCount}`,
    interval,
    params: params ?? {},
    triggeredBy: 'ada',
    services: { registry: project.registry, warehouse, logFolder: join(folder, 'logs'), worker: 'test' },
    skipDelays: true,
  });
  return run;
}

/** What the same runs publish in a warehouse of their own, when nothing happens to them. */
export async function undisturbed(
  project: Project,
  runs: readonly { readonly dagId: string; readonly interval: DataInterval; readonly params?: Json }[],
  prepare: (landing: string) => Promise<void> = async () => undefined,
): Promise<{ readonly [table: string]: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-undisturbed-'));
  const fingerprints = await withWarehouse(join(folder, 'warehouse'), async (warehouse) => {
    await prepare(warehouse.landing);
    for (const run of runs) {
      const ended = await runHere({ project, warehouse, folder, ...run });
      if (ended.state !== 'success') throw new Error(`the undisturbed run failed: ${JSON.stringify(ended.attempts)}`);
    }
    return await fingerprintsOf(warehouse);
  });
  rmSync(folder, { recursive: true });
  return fingerprints;
}
