import { join } from 'node:path';
import type { DatasetRef } from '../../engine/dataset';
import { TaskError } from '../../engine/errors';
import { pathSafe } from '../../engine/interpreter';
import type { AttemptManifest, ObjectStore } from '../../warehouse';
import type { TaskContext } from '../context';
import { runInThread, threadModule } from '../threads/run-in-thread';
import { EXECUTIVE_TABLES, readExecutiveData } from './executive-data';

export interface ExecutiveReportInput {
  /** The marts of this run, at least {@link EXECUTIVE_TABLES}; others are ignored. */
  readonly datasets: readonly DatasetRef[];
  /** ISO code of the currency of the source; `GBP` when not given. */
  readonly currency?: string;
}

export interface WrittenReport {
  /** Warehouse key of the file. */
  readonly path: string;
  readonly byte_count: number;
}

const reports = threadModule<typeof import('../../reports')>(join(__dirname, '../../reports/index.ts'));

/**
 * Writes the executive dashboard of this run to `reports/<dag_id>/<run_id>/executive.html`.
 *
 * The same marts give the same bytes, so a repeated attempt finds its file there and leaves it. A run
 * that was cleared and computed other marts replaces it.
 */
export async function renderExecutiveReport(ctx: TaskContext, input: ExecutiveReportInput): Promise<WrittenReport> {
  const manifests = await Promise.all(martsOf(input.datasets).map((ref) => ctx.warehouse.manifest(ref)));
  const release = releaseOf(manifests) ?? (await ctx.warehouse.pinnedRelease(ctx.identity)).release;
  const data = await ctx.warehouse.session(
    async (session) => {
      for (const { table, columns, files } of manifests) await session.bind({ name: table, columns, files });
      return await readExecutiveData(session, { release, currency: input.currency ?? 'GBP' });
    },
    { signal: ctx.signal },
  );
  const page = await runInThread({ module: reports, name: 'renderExecutive', input: data, signal: ctx.signal });

  const path = reportKey(ctx.identity.dagId, ctx.identity.runId, 'executive');
  const bytes = Buffer.from(page, 'utf8');
  const outcome = await writeReport(ctx.warehouse.store, path, bytes);
  ctx.log.info({ path, byte_count: bytes.length, release, outcome }, 'executive dashboard written');
  return { path, byte_count: bytes.length };
}

/** Warehouse key of a report. */
export function reportKey(dagId: string, runId: string, name: string): string {
  return `reports/${dagId}/${pathSafe(runId)}/${name}.html`;
}

function martsOf(datasets: readonly DatasetRef[]): readonly DatasetRef[] {
  const byTable = new Map(datasets.map((ref) => [ref.table, ref]));
  return EXECUTIVE_TABLES.map((table) => {
    const ref = byTable.get(table);
    if (ref !== undefined) return ref;
    throw new TaskError({
      code: 'report_input_missing',
      message: `The executive dashboard needs ${table}, and no dataset of it was given; hand that mart to the report's task`,
      details: { table, given: [...byTable.keys()].sort(), needed: EXECUTIVE_TABLES },
    });
  });
}

/** The one release that all marts were computed from; null when none of them says. */
function releaseOf(manifests: readonly AttemptManifest[]): number | null {
  const releases = new Set(manifests.flatMap(({ readsRelease }) => (readsRelease === null ? [] : [readsRelease])));
  if (releases.size > 1) {
    const read = Object.fromEntries(manifests.map(({ table, readsRelease }) => [table, readsRelease]));
    throw new TaskError({
      code: 'report_inputs_differ',
      message: `The marts of the executive dashboard were computed from different releases (${[...releases].sort().join(', ')}); run the marts again as one run`,
      details: { releases: read },
    });
  }
  return [...releases][0] ?? null;
}

async function writeReport(
  store: ObjectStore,
  key: string,
  bytes: Buffer,
): Promise<'created' | 'unchanged' | 'replaced'> {
  if (await store.putIfAbsent(key, bytes)) return 'created';
  if ((await store.get(key)).equals(bytes)) return 'unchanged';
  await store.put(key, bytes);
  return 'replaced';
}
