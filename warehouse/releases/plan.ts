import { TaskError } from '../../engine/errors';
import type { DeltaAction } from '../delta/actions';
import { deltaActions, newDeltaId } from '../delta/actions';
import { fingerprintText, sumFingerprints } from '../duckdb/fingerprint';
import type { PublishOrigin, ReleaseDraft, TableChange } from '../types';
import type { StagedPartition } from './partitions';
import { type PlanTools, planSlice, planWhole, type TableContent } from './plan-table';
import type { ReleasedTable, ReleaseRecord } from './record';

/** Column by whose value the Delta tables of slices are partitioned, where they have it. */
const partitionColumn = 'invoice_month';

export type ReleasePlan =
  | { readonly kind: 'unchanged' }
  | {
      readonly kind: 'release';
      readonly record: ReleaseRecord;
      readonly staged: readonly StagedPartition[];
      /** Tables whose rows or columns change. */
      readonly changed: readonly ReleasedTable[];
    };

export interface PlanRequest {
  readonly base: ReleaseRecord;
  readonly draft: ReleaseDraft;
  readonly origin: PublishOrigin;
  readonly publishedAt: string;
}

interface PlannedTable {
  readonly next: ReleasedTable;
  readonly staged: readonly StagedPartition[];
  /** Null when rows and columns stay, and so its Delta version. */
  readonly actions: readonly DeltaAction[] | null;
}

/**
 * The release that a draft makes of its base. `unchanged` when nothing at all would differ: rows,
 * columns, covered days, their sources, freshness.
 */
export async function planRelease(tools: PlanTools, request: PlanRequest): Promise<ReleasePlan> {
  const { base, draft } = request;
  refuseRepeated(draft.changes);
  const planned: PlannedTable[] = [];
  for (const change of draft.changes) {
    const table = await planTable(tools, request, change);
    if (table !== null) planned.push(table);
  }
  if (planned.length === 0) return { kind: 'unchanged' };
  const withActions = planned.flatMap(({ next, actions }) => (actions === null ? [] : [{ next, actions }]));
  const record: ReleaseRecord = {
    release: base.release + 1,
    base: base.release,
    publishedAt: request.publishedAt,
    origin: request.origin,
    tables: sortByName({ ...base.tables, ...Object.fromEntries(planned.map(({ next }) => [next.table, next])) }),
    actions: sortByName(Object.fromEntries(withActions.map(({ next, actions }) => [next.table, actions]))),
  };
  return {
    kind: 'release',
    record,
    staged: planned.flatMap((table) => table.staged),
    changed: withActions.map(({ next }) => next),
  };
}

/** Null when the table stays exactly as it is. */
async function planTable(tools: PlanTools, request: PlanRequest, change: TableChange): Promise<PlannedTable | null> {
  const base = request.base.tables[change.table];
  if (change.kind === 'whole' && isOutdated(change.readsRelease, base)) return null;
  const content = change.kind === 'slice' ? await planSlice(tools, change, base) : await planWhole(tools, change, base);
  const hasActions = content.definition !== 'kept' || content.removed.length + content.added.length > 0;
  const next = nextTable(tools, request, change, base, content, hasActions);
  const isSame =
    base !== undefined &&
    !hasActions &&
    content.staged.length === 0 &&
    next.dataUntil === base.dataUntil &&
    next.freshUntil === base.freshUntil;
  if (isSame) return null;
  const { base: baseRelease, origin, publishedAt } = request;
  const commit = {
    table: change.table,
    release: baseRelease.release + 1,
    publishedAt,
    origin,
    fingerprint: fingerprintText(next.fingerprint),
    rowCount: next.rowCount,
    deltaId: next.deltaId,
    columns: next.columns,
    partitionColumn: next.partitionColumn,
    ...content,
  };
  return { next, staged: content.staged, actions: hasActions ? deltaActions(commit) : null };
}

function nextTable(
  tools: PlanTools,
  { base: baseRelease, draft }: PlanRequest,
  change: TableChange,
  base: ReleasedTable | undefined,
  { partitions }: TableContent,
  hasActions: boolean,
): ReleasedTable {
  const release = baseRelease.release + 1;
  const parts = partitions.map((ref) => ref.fingerprint);
  const fingerprint = sumFingerprints(change.columns, parts, tools.probe);
  const dataUntil = latest(base?.dataUntil ?? null, draft.dataUntil);
  return {
    table: change.table,
    kind: change.kind,
    columns: change.columns,
    release: hasActions || base === undefined ? release : base.release,
    version: base === undefined ? 0 : base.version + (hasActions ? 1 : 0),
    rowCount: fingerprint.count,
    fileCount: partitions.reduce((sum, ref) => sum + ref.fileCount, 0),
    byteCount: partitions.reduce((sum, ref) => sum + ref.byteCount, 0),
    fingerprint,
    // Built inside this publish, a whole table reads the slices of the very release that it enters.
    readsRelease: change.kind === 'slice' ? null : (change.readsRelease ?? release),
    dataUntil,
    freshUntil: freshUntil(dataUntil, draft.freshWithinMs),
    deltaId: base?.deltaId ?? newDeltaId(),
    partitionColumn: base === undefined ? partitionColumnOf(change) : base.partitionColumn,
    partitions,
  };
}

/** A whole table computed from older slices than the published one must not replace it. */
function isOutdated(readsRelease: number | null, base: ReleasedTable | undefined): boolean {
  return readsRelease !== null && base?.readsRelease !== null && base !== undefined && readsRelease < base.readsRelease;
}

function partitionColumnOf({ kind, columns }: TableChange): string | null {
  const isDate = columns.some(({ name, type }) => name === partitionColumn && type.toUpperCase() === 'DATE');
  return kind === 'slice' && isDate ? partitionColumn : null;
}

function latest(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return Date.parse(b) > Date.parse(a) ? b : a;
}

function freshUntil(dataUntil: string | null, freshWithinMs: number | null): string | null {
  if (dataUntil === null || freshWithinMs === null) return null;
  return new Date(Date.parse(dataUntil) + freshWithinMs).toISOString();
}

function refuseRepeated(changes: readonly TableChange[]): void {
  const names = changes.map((change) => change.table);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated === undefined) return;
  throw new TaskError({
    code: 'table_changed_twice',
    message: `One publish changes ${repeated} twice. Give each table one change.`,
    details: { table: repeated },
  });
}

function sortByName<Value>(object: { readonly [name: string]: Value }): { readonly [name: string]: Value } {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}
