import { randomUUID } from 'node:crypto';
import { TaskError } from '../../engine/errors';
import { deltaType } from '../duckdb/column-types';
import { tableFolder } from '../duckdb/quote';
import type { Column, DataFile, PublishOrigin } from '../types';
import { statsJson } from './stats';

/** One line of a Delta commit. Key order is kept from writing to reading, so equal actions are equal bytes. */
export type DeltaAction = { readonly [kind: string]: unknown };

/** One `appId` for all releases: a reader sees which one a table's version belongs to. */
export const deltaAppId = 'tidemill/releases';

export interface DeltaCommit {
  readonly table: string;
  readonly release: number;
  readonly publishedAt: string;
  readonly origin: PublishOrigin;
  readonly fingerprint: string;
  readonly rowCount: number;
  readonly deltaId: string;
  readonly columns: readonly Column[];
  readonly partitionColumn: string | null;
  /** What changed of the table's definition: it is new, has new columns, or nothing. */
  readonly definition: 'new' | 'changed' | 'kept';
  readonly removed: readonly DataFile[];
  readonly added: readonly DataFile[];
}

export function newDeltaId(): string {
  return randomUUID();
}

/** Key of one version of a table's Delta log. */
export function deltaLogKey(table: string, version: number): string {
  return `${tableFolder(table)}/_delta_log/${String(version).padStart(20, '0')}.json`;
}

/** A commit as the bytes of its log entry. */
export function deltaLogBytes(actions: readonly DeltaAction[]): string {
  return actions.map((action) => `${JSON.stringify(action)}\n`).join('');
}

/**
 * The actions of one commit: reader version 1, writer version 2, which every reader of Delta tables
 * knows. Deterministic: a table rolled forward twice gets the same bytes.
 */
export function deltaActions(commit: DeltaCommit): readonly DeltaAction[] {
  const at = Date.parse(commit.publishedAt);
  const definition: DeltaAction[] = [];
  if (commit.definition === 'new') definition.push({ protocol: { minReaderVersion: 1, minWriterVersion: 2 } });
  if (commit.definition !== 'kept') definition.push(metaData(commit, at));
  return [
    commitInfo(commit, at),
    ...definition,
    { txn: { appId: deltaAppId, version: commit.release, lastUpdated: at } },
    ...commit.removed.map((file) => removeAction(commit, file, at)),
    ...commit.added.map((file) => addAction(commit, file, at)),
  ];
}

/** The value of a partition column that all rows of a file share. */
export function partitionValue(table: string, column: string, file: DataFile): string {
  const stats = file.stats[column];
  const { min = null, max = null, nullCount = 0 } = stats ?? {};
  if (min !== null && min === max && nullCount === 0) return min;
  throw new TaskError({
    code: 'partition_mixed',
    message: `A file of ${table} holds ${column} from ${min} to ${max} with ${nullCount} nulls; all rows of a day must share one ${column}.`,
    details: { table, column, key: file.key, min, max, null_count: nullCount },
  });
}

function commitInfo({ release, origin, fingerprint, rowCount, definition, removed, added }: DeltaCommit, at: number) {
  const mode = definition === 'new' || removed.length === 0 ? 'Append' : 'Overwrite';
  return {
    commitInfo: {
      timestamp: at,
      operation: 'WRITE',
      operationParameters: { mode },
      operationMetrics: { numFiles: added.length, numRemovedFiles: removed.length },
      engineInfo: 'tidemill',
      isBlindAppend: false,
      release,
      dag_id: origin.dagId,
      run_id: origin.runId,
      task_id: origin.taskId,
      fingerprint,
      row_count: rowCount,
    },
  };
}

function metaData({ table, deltaId, columns, partitionColumn }: DeltaCommit, at: number): DeltaAction {
  const fields = columns.map(({ name, type }) => ({ name, type: deltaType(type), nullable: true, metadata: {} }));
  return {
    metaData: {
      id: deltaId,
      name: table,
      format: { provider: 'parquet', options: {} },
      schemaString: JSON.stringify({ type: 'struct', fields }),
      partitionColumns: partitionColumn === null ? [] : [partitionColumn],
      configuration: {},
      createdTime: at,
    },
  };
}

function addAction(commit: DeltaCommit, file: DataFile, at: number): DeltaAction {
  return {
    add: {
      path: deltaPath(commit.table, file),
      partitionValues: partitionValues(commit, file),
      size: file.byteCount,
      modificationTime: at,
      dataChange: true,
      stats: statsJson(commit.columns, file),
    },
  };
}

function removeAction(commit: DeltaCommit, file: DataFile, at: number): DeltaAction {
  return {
    remove: {
      path: deltaPath(commit.table, file),
      deletionTimestamp: at,
      dataChange: true,
      extendedFileMetadata: true,
      partitionValues: partitionValues(commit, file),
      size: file.byteCount,
    },
  };
}

function partitionValues({ table, partitionColumn }: DeltaCommit, file: DataFile): { readonly [name: string]: string } {
  return partitionColumn === null ? {} : { [partitionColumn]: partitionValue(table, partitionColumn, file) };
}

/** Relative to the table; the names are ours and need no escaping, which `fileNames` guarantees. */
function deltaPath(table: string, file: DataFile): string {
  return encodeURI(file.key.slice(tableFolder(table).length + 1));
}
