import { dirname } from 'node:path';
import { HandlerRegistry, withLists } from '../activities';
import {
  type DagSpec,
  type DataInterval,
  dagVersion,
  didYouMean,
  isoInstantMs,
  RequestError,
  type Run,
  type RunStateName,
  taskOf,
  type Versions,
} from '../engine';
import { openVault } from '../vault';
import {
  compareFingerprints,
  findRunRecord,
  findVersion,
  fingerprintText,
  type PublishedTable,
  type RunRecord,
  type Warehouse,
} from '../warehouse';
import { loadKeptVersion } from './kept-versions';
import type { Project } from './load-project';
import { landedInputs, type RehearsedPublish, recordedHandlers, replayWarehouse } from './replay-parts';
import { runInProcess } from './run-in-process';

export interface ReplayRequest {
  readonly dagId: string;
  /** A run id, the date at which its interval begins, or `latest`. */
  readonly run: string;
  /** The code that the run was started with, or that of the DAG files. */
  readonly code: 'original' | 'latest';
  /** What the run read (landed records, the release it was pinned to), or what is there now. */
  readonly inputs: 'original' | 'latest';
  readonly warehouse: Warehouse;
  readonly project: Project;
  readonly logFolder: string;
  readonly signal?: AbortSignal;
  readonly onChange?: (run: Run) => void;
}

/** How one table of a replay compares; `unknown` when different versions of DuckDB have hashed the two. */
export interface ReplayedTable {
  readonly table: string;
  readonly verdict: 'identical' | 'different' | 'missing' | 'new' | 'unknown';
  readonly rowsBefore: number | null;
  readonly rowsAfter: number | null;
  readonly fingerprintBefore: string | null;
  readonly fingerprintAfter: string | null;
}

export interface ReplayResult {
  readonly dagId: string;
  readonly runId: string;
  readonly interval: DataInterval | null;
  /** True when the run ended as it did and every table has the very rows that it had. */
  readonly isIdentical: boolean;
  readonly version: string;
  readonly originalVersion: string;
  readonly state: RunStateName;
  readonly originalState: string;
  /** The release that the tables were compared with; null when nothing was published. */
  readonly comparedWith: number | null;
  readonly tables: readonly ReplayedTable[];
  readonly failures: readonly { readonly taskId: string; readonly code: string; readonly message: string }[];
}

/**
 * Runs a recorded run again in this process, publishes nothing, and compares what it would have
 * published with what there is: by rows, with order-independent fingerprints.
 *
 * Throws `unknown_run`, and `version_not_kept` when the original code is asked for and cannot be had.
 */
export async function replayRun(request: ReplayRequest): Promise<ReplayResult> {
  const { warehouse, dagId } = request;
  const record = await findRunRecord(warehouse, dagId, request.run);
  const code = await codeOf(request, record);
  const base = await baseOf(request, record);
  const rehearsed: RehearsedPublish[] = [];
  const registry = request.inputs === 'original' ? await recorded(code.registry, warehouse, record) : code.registry;
  const { run } = await runInProcess({
    dag: { dagId, spec: code.spec, versions: code.versions },
    runId: `replay__${isoInstantMs(Date.now())}`,
    interval: { start: record.interval_start ?? '', end: record.interval_end ?? '' },
    params: record.params,
    triggeredBy: `replay of ${record.run_id}`,
    services: {
      registry,
      warehouse: replayWarehouse(warehouse, base, (publish) => rehearsed.push(publish)),
      logFolder: request.logFolder,
      vault: await openVault({ home: dirname(request.logFolder) }),
      worker: 'replay',
      // All tasks run here, where nothing can be published; a place of its own has a warehouse of its own.
      isolation: {
        run: async (order, context) => (await registry.find(order))(context, withLists(warehouse.store, order.input)),
      },
    },
    skipDelays: true,
    ...(request.signal === undefined ? {} : { signal: request.signal }),
    ...(request.onChange === undefined ? {} : { onChange: request.onChange }),
  });
  const comparedWith = request.inputs === 'original' ? releaseOf(record) : base.pinned;
  const tables = await compare(warehouse, comparedWith, changedTables(record), rehearsed);
  return resultOf(record, code.versions, run, { comparedWith, tables });
}

async function recorded(registry: ReplayCode['registry'], { store }: Warehouse, record: RunRecord) {
  return recordedHandlers(registry, await landedInputs(store, record));
}

interface ReplayCode {
  readonly spec: DagSpec;
  readonly versions: Versions;
  readonly registry: Pick<HandlerRegistry, 'find'>;
}

async function codeOf({ code, dagId, project, warehouse }: ReplayRequest, record: RunRecord): Promise<ReplayCode> {
  const current = project.dags.find((dag) => dag.dagId === dagId);
  const original = versionsOf(record);
  const isOriginal = current !== undefined && dagVersion(current.versions) === dagVersion(original);
  if (code === 'latest' || isOriginal) {
    if (current === undefined) throw unknownDag(dagId, project);
    return { spec: current.spec, versions: current.versions, registry: project.registry };
  }
  const kept = await findVersion(warehouse.store, dagId, dagVersion(original));
  if (kept === null) throw notKept(record);
  const { handlers, builtins } = await loadKeptVersion(warehouse.store, kept, project.folders[0] ?? process.cwd());
  const registry = new HandlerRegistry([{ dagId, versions: original, handlers }], builtins);
  return { spec: kept.spec as unknown as DagSpec, versions: original, registry };
}

function versionsOf({ spec_version, code_version }: RunRecord): Versions {
  return { spec: spec_version, code: code_version ?? '' };
}

/** What the run read and built on; for the latest inputs, the newest release for everything. */
async function baseOf({ inputs, warehouse }: ReplayRequest, record: RunRecord) {
  const newest = (await warehouse.release()).release;
  if (inputs === 'latest') return { pinned: newest, baseOf: () => newest };
  const { dag_id: dagId, run_id: runId, execution, publishes } = record;
  const bases = new Map(publishes.map((publish) => [publish.task_id, publish.base_release]));
  const pinned = (await warehouse.findPin({ dagId, runId, execution })) ?? publishes[0]?.base_release ?? newest;
  return { pinned, baseOf: (taskId: string) => bases.get(taskId) ?? pinned };
}

/** The release that the run's last publish left. */
function releaseOf({ publishes }: RunRecord): number | null {
  return publishes.length === 0 ? null : Math.max(...publishes.map(({ release }) => release));
}

function changedTables({ publishes }: RunRecord): readonly string[] {
  return publishes.flatMap(({ tables }) => tables.map(({ table }) => table));
}

/** Every table that the run or its replay has touched; the others are those of the base, and the same. */
async function compare(
  warehouse: Warehouse,
  release: number | null,
  changed: readonly string[],
  rehearsed: readonly RehearsedPublish[],
): Promise<readonly ReplayedTable[]> {
  const before = release === null ? {} : (await warehouse.release(release)).tables;
  const after = rehearsed.at(-1)?.release;
  const touched = Object.values(after?.tables ?? {}).filter((table) => table.release === after?.release);
  const names = [...new Set([...changed, ...touched.map(({ table }) => table)])].sort();
  return names.map((name) => comparedTable(name, before[name], after?.tables[name]));
}

function comparedTable(
  table: string,
  before: PublishedTable | undefined,
  after: PublishedTable | undefined,
): ReplayedTable {
  return {
    table,
    verdict: verdictOf(before, after),
    rowsBefore: before?.rowCount ?? null,
    rowsAfter: after?.rowCount ?? null,
    fingerprintBefore: before === undefined ? null : fingerprintText(before.fingerprint),
    fingerprintAfter: after === undefined ? null : fingerprintText(after.fingerprint),
  };
}

function verdictOf(before: PublishedTable | undefined, after: PublishedTable | undefined): ReplayedTable['verdict'] {
  if (before === undefined) return 'new';
  if (after === undefined) return 'missing';
  const comparison = compareFingerprints(before.fingerprint, after.fingerprint);
  return comparison === 'equal' ? 'identical' : comparison;
}

function resultOf(
  record: RunRecord,
  versions: Versions,
  run: Run,
  { comparedWith, tables }: Pick<ReplayResult, 'comparedWith' | 'tables'>,
): ReplayResult {
  const { interval_start: start, interval_end: end } = record;
  const failures = Object.keys(run.tasks).flatMap((taskId) => {
    const { state, failure } = taskOf(run, taskId);
    return state === 'failed' && failure !== null ? [{ taskId, code: failure.code, message: failure.message }] : [];
  });
  return {
    dagId: record.dag_id,
    runId: record.run_id,
    interval: start === null || end === null ? null : { start, end },
    isIdentical: run.state === record.state && tables.every(({ verdict }) => verdict === 'identical'),
    version: dagVersion(versions),
    originalVersion: dagVersion(versionsOf(record)),
    state: run.state,
    originalState: record.state,
    comparedWith,
    tables,
    failures,
  };
}

function unknownDag(dagId: string, { dags, folders }: Project): RequestError {
  const known = dags.map((dag) => dag.dagId);
  return new RequestError({
    code: 'unknown_dag',
    message: `No DAG file in ${folders.join(', ')} defines "${dagId}", so there is no latest code of it.${didYouMean(dagId, known)} Name its folder with --dags, or replay with --code original.`,
    details: { dag: dagId, known },
  });
}

function notKept(record: RunRecord): RequestError {
  const version = dagVersion(versionsOf(record));
  return new RequestError({
    code: 'version_not_kept',
    message: `Run ${record.run_id} of ${record.dag_id} was started with version ${version} (spec ${record.spec_version}, code ${record.code_version}), and neither the warehouse nor the DAG files have it. Replay with --code latest, or from a checkout of that version with --dags.`,
    details: { dag: record.dag_id, run: record.run_id, version },
  });
}
