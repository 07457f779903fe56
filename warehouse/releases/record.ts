import type { DeltaAction } from '../delta/actions';
import type { Column, Fingerprint, PublishedTable, PublishOrigin } from '../types';
import { parseFormat1 } from './codec';
import type { PartitionRef } from './partitions';

/** A table in a release, with what the next publish needs to go on from it. */
export interface ReleasedTable extends PublishedTable {
  /** Identity of its Delta table, for ever the same. */
  readonly deltaId: string;
  /** Partition column of its Delta table; fixed when the table is created. */
  readonly partitionColumn: string | null;
  readonly partitions: readonly PartitionRef[];
}

/** One release as it is stored: the commit point, and the redo log of everything derived from it. */
export interface ReleaseRecord {
  readonly release: number;
  /** Release that it was built on: always the one before. */
  readonly base: number;
  readonly publishedAt: string;
  readonly origin: PublishOrigin;
  readonly tables: { readonly [table: string]: ReleasedTable };
  /** The lines of the Delta commits of the tables that changed. */
  readonly actions: { readonly [table: string]: readonly DeltaAction[] };
}

/** What stands before the first release. */
export const noRelease: ReleaseRecord = {
  release: 0,
  base: 0,
  publishedAt: '1970-01-01T00:00:00.000Z',
  origin: { dagId: '', runId: '', taskId: '', attempt: '', interval: { start: '', end: '' } },
  tables: {},
  actions: {},
};

export const releasePrefix = 'releases/';

/** Ten digits, so that the order of keys is the order of releases. */
export function releaseKey(release: number): string {
  return `${releasePrefix}${String(release).padStart(10, '0')}.json`;
}

/** The release that a key names; null for other objects in the folder. */
export function releaseOfKey(key: string): number | null {
  const digits = /^releases\/(\d{10})\.json$/.exec(key)?.[1];
  return digits === undefined ? null : Number(digits);
}

interface StoredPartitionRef {
  readonly partition: string;
  readonly manifest: string;
  readonly day_count: number;
  readonly file_count: number;
  readonly byte_count: number;
  readonly fingerprint: Fingerprint;
}

interface StoredTable {
  readonly kind: 'slice' | 'whole';
  readonly release: number;
  readonly version: number;
  readonly row_count: number;
  readonly file_count: number;
  readonly byte_count: number;
  readonly reads_release: number | null;
  readonly data_until: string | null;
  readonly fresh_until: string | null;
  readonly delta_id: string;
  readonly partition_column: string | null;
  readonly fingerprint: Fingerprint;
  readonly columns: readonly Column[];
  readonly partitions: readonly StoredPartitionRef[];
}

interface StoredRelease {
  readonly format: 1;
  readonly release: number;
  readonly base: number;
  readonly published_at: string;
  readonly origin: {
    readonly dag_id: string;
    readonly run_id: string;
    readonly task_id: string;
    readonly attempt: string;
    readonly interval: { readonly start: string; readonly end: string };
  };
  readonly tables: { readonly [table: string]: StoredTable };
  readonly actions: { readonly [table: string]: readonly DeltaAction[] };
}

export function encodeRelease(record: ReleaseRecord): string {
  const { release, base, publishedAt, origin, tables, actions } = record;
  const { dagId, runId, taskId, attempt, interval } = origin;
  const stored: StoredRelease = {
    format: 1,
    release,
    base,
    published_at: publishedAt,
    origin: {
      dag_id: dagId,
      run_id: runId,
      task_id: taskId,
      attempt,
      interval: { start: interval.start, end: interval.end },
    },
    tables: mapValues(tables, encodeTable),
    actions,
  };
  return `${JSON.stringify(stored)}\n`;
}

export function decodeRelease(key: string, bytes: Buffer): ReleaseRecord {
  const stored = parseFormat1<StoredRelease>(key, bytes);
  const { dag_id, run_id, task_id, attempt, interval } = stored.origin;
  return {
    release: stored.release,
    base: stored.base,
    publishedAt: stored.published_at,
    origin: { dagId: dag_id, runId: run_id, taskId: task_id, attempt, interval },
    tables: mapValues(stored.tables, decodeTable),
    actions: stored.actions,
  };
}

function encodeTable(table: ReleasedTable): StoredTable {
  return {
    kind: table.kind,
    release: table.release,
    version: table.version,
    row_count: table.rowCount,
    file_count: table.fileCount,
    byte_count: table.byteCount,
    reads_release: table.readsRelease,
    data_until: table.dataUntil,
    fresh_until: table.freshUntil,
    delta_id: table.deltaId,
    partition_column: table.partitionColumn,
    fingerprint: table.fingerprint,
    columns: table.columns.map(({ name, type }) => ({ name, type })),
    partitions: table.partitions.map(({ partition, manifest, dayCount, fileCount, byteCount, fingerprint }) => ({
      partition,
      manifest,
      day_count: dayCount,
      file_count: fileCount,
      byte_count: byteCount,
      fingerprint,
    })),
  };
}

function decodeTable(stored: StoredTable, table: string): ReleasedTable {
  return {
    table,
    kind: stored.kind,
    release: stored.release,
    version: stored.version,
    rowCount: stored.row_count,
    fileCount: stored.file_count,
    byteCount: stored.byte_count,
    readsRelease: stored.reads_release,
    dataUntil: stored.data_until,
    freshUntil: stored.fresh_until,
    deltaId: stored.delta_id,
    partitionColumn: stored.partition_column,
    fingerprint: stored.fingerprint,
    columns: stored.columns,
    partitions: stored.partitions.map(({ partition, manifest, day_count, file_count, byte_count, fingerprint }) => ({
      partition,
      manifest,
      dayCount: day_count,
      fileCount: file_count,
      byteCount: byte_count,
      fingerprint,
    })),
  };
}

function mapValues<From, To>(
  object: { readonly [name: string]: From },
  map: (value: From, name: string) => To,
): { readonly [name: string]: To } {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value, name)]));
}
