/**
 * The warehouse: immutable Parquet files, releases over them, and what is derived for readers (Delta
 * logs, `catalog.duckdb`). Everything that needs DuckDB or the object store goes through here.
 */

export { findManifest } from './attempts';
export { columnsHash } from './duckdb/column-types';
export { type Comparison, compareFingerprints, fingerprintText, sumFingerprints } from './duckdb/fingerprint';
export { openWarehouse } from './open';
export { type QueryOptions, type QueryResult, queryWarehouse } from './query/query';
export { listTables, type TableSummary } from './query/tables';
export { compactRunRecords } from './runs/compact';
export { findRunRecord } from './runs/find-run';
export { type FinishedRun, finishedRuns } from './runs/known-runs';
export {
  type AttemptRecord,
  type PublishRecord,
  putRunRecord,
  putShardResults,
  type RunRecord,
  runRecordKey,
  type ShardResults,
  type TaskRecord,
} from './runs/run-record';
export { withScratchSession } from './scratch';
export { openFileStore } from './store/file-store';
export { pathSegment } from './store/keys';
export type * from './types';
export { findVersion, type KeptVersion, keepVersion, listVersions, type VersionToKeep } from './versions/kept-version';
