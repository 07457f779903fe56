import type { DatasetRef } from '../engine/dataset';

/** A column as DuckDB names its type: `{ name: 'amount', type: 'DECIMAL(18,4)' }`. */
export interface Column {
  readonly name: string;
  readonly type: string;
}

/** What `COPY … RETURN_STATS` says of one column of one file; texts as DuckDB prints them. */
export interface ColumnStats {
  readonly min: string | null;
  readonly max: string | null;
  readonly nullCount: number;
  readonly hasNan: boolean;
}

/**
 * Identity of a bag of rows, independent of row and file order, additive over files.
 * `sum` and `mixed` are HUGEINT sums as decimal text. Comparable only where `algorithm`, `probe`
 * (hashes of fixed literals in the running DuckDB) and `columns` (hash of names and types) are equal.
 */
export interface Fingerprint {
  readonly algorithm: 'duckdb-hash-sum/1';
  readonly probe: string;
  readonly columns: string;
  readonly count: number;
  readonly sum: string;
  readonly mixed: string;
}

/** One immutable Parquet file. */
export interface DataFile {
  /** Warehouse key: `tables/core/fact_sales/2010-12-01-1f3a….parquet`. */
  readonly key: string;
  /** The calendar day (YYYY-MM-DD) whose slice this file is; null for a file of a whole table. */
  readonly day: string | null;
  readonly rowCount: number;
  readonly byteCount: number;
  readonly stats: { readonly [column: string]: ColumnStats };
  readonly fingerprint: Fingerprint;
}

/** Half-open range of calendar days `[start, end)`, YYYY-MM-DD, in the zone of the pipeline. */
export interface DayRange {
  readonly start: string;
  readonly end: string;
}

/**
 * What one attempt wrote for one table: immutable JSON under `attempts/…`.
 *
 * - `slice`: final files, one per day that has rows, replacing exactly `days` in the table.
 * - `draft`: rows of a slice whose surrogate keys are still 0; `publish` fills them in. One file, `day` null.
 * - `whole`: the complete table, computed from the release `readsRelease`.
 * - `landed`: raw records, parts of the landing area (`day` set), read by staging.
 */
export interface AttemptManifest {
  readonly format: 1;
  readonly kind: 'slice' | 'draft' | 'whole' | 'landed';
  readonly table: string;
  readonly attempt: string;
  readonly columns: readonly Column[];
  readonly days: DayRange | null;
  /** The release that a whole was computed from; for rows of a source, the newest one when they were read. */
  readonly readsRelease: number | null;
  /** Content hashes of the landed files that the rows come from, sorted. */
  readonly sources: readonly string[];
  readonly files: readonly DataFile[];
  readonly rowCount: number;
  readonly fingerprint: Fingerprint | null;
}

/** A relation that a SQL session can read under a table's name: an attempt's files or a release's. */
export interface Relation {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly files: readonly DataFile[];
}

/** One table as a release holds it. */
export interface PublishedTable {
  readonly table: string;
  readonly kind: 'slice' | 'whole';
  readonly columns: readonly Column[];
  /** Release that last changed its rows or columns. */
  readonly release: number;
  /** Version of its Delta log. */
  readonly version: number;
  readonly rowCount: number;
  readonly fileCount: number;
  readonly byteCount: number;
  readonly fingerprint: Fingerprint;
  /** Release whose slices a whole table was computed from; null for slices. */
  readonly readsRelease: number | null;
  /** End (ISO instant) of the newest interval whose data the table holds; null when it holds none. */
  readonly dataUntil: string | null;
  /** `dataUntil` + `freshWithin`; null when no policy was given. */
  readonly freshUntil: string | null;
}

/** One release: what readers see of all tables at once. */
export interface Release {
  readonly release: number;
  readonly publishedAt: string;
  readonly origin: PublishOrigin;
  readonly tables: { readonly [table: string]: PublishedTable };
}

export interface PublishOrigin {
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
  /** Identity of the attempt that commits: the same attempt may repeat its commit safely. */
  readonly attempt: string;
  readonly interval: { readonly start: string; readonly end: string };
}

/** The new content of one table, relative to the base release that `build` was given. */
export type TableChange =
  | {
      readonly kind: 'slice';
      readonly table: string;
      readonly columns: readonly Column[];
      /** Every day in these ranges loses its old file; days outside keep theirs. */
      readonly replaces: readonly DayRange[];
      readonly files: readonly DataFile[];
      /** Landed content hashes that the replaced days were built from (pending rows are told by it); undefined keeps the days' own. */
      readonly sources?: readonly string[] | undefined;
    }
  | {
      readonly kind: 'whole';
      readonly table: string;
      readonly columns: readonly Column[];
      readonly files: readonly DataFile[];
      /** Null: built inside this publish from base + its own slices. */
      readonly readsRelease: number | null;
    };

export interface ReleaseDraft {
  readonly changes: readonly TableChange[];
  /** End of the newest interval that this publish covers (ISO instant). */
  readonly dataUntil: string | null;
  readonly freshWithinMs: number | null;
}

/** A release opened for reading its files, as the base of a publish or for a query. */
export interface ReleaseReader {
  /** 0 before the first release. */
  readonly release: number;
  /** ISO instant of the commit. */
  readonly publishedAt: string;
  readonly tables: { readonly [table: string]: PublishedTable };
  /** All files of a table (an empty list for a table that the release does not hold), optionally of some days only. */
  files(table: string, days?: DayRange): Promise<readonly DataFile[]>;
  /** Per day of a slice table: row count and landed sources, covered days without rows included. */
  days(
    table: string,
  ): Promise<readonly { readonly day: string; readonly rowCount: number; readonly sources: readonly string[] }[]>;
}

export type PublishOutcome =
  | {
      readonly kind: 'published';
      readonly release: number;
      readonly base: number;
      readonly tries: number;
      readonly changed: readonly PublishedTable[];
    }
  /** Every fingerprint stayed equal: no release was put. */
  | { readonly kind: 'unchanged'; readonly release: number; readonly base: number; readonly tries: number };

/** Small and real: what a folder and a bucket can both do. Keys are relative, `/`-separated. */
export interface ObjectStore {
  /** `file:///…` (later `s3://…`). */
  readonly uri: string;
  /** Throws `object_missing` naming the key. */
  get(key: string): Promise<Buffer>;
  find(key: string): Promise<Buffer | null>;
  /** Durable, atomic create (lakehouse facts §3: temp + fsync + link). False: it exists already. */
  putIfAbsent(key: string, bytes: string | Buffer): Promise<boolean>;
  /** Durable, atomic replace; for derived objects only (catalog, hints). */
  put(key: string, bytes: string | Buffer): Promise<void>;
  /** Keys in code-unit order, optionally strictly after a key. */
  list(
    prefix: string,
    options?: { readonly startAfter?: string },
  ): AsyncIterable<{ readonly key: string; readonly byteCount: number; readonly modifiedAt: string }>;
  delete(key: string): Promise<void>;
  /** A local path to write a new immutable object to (its folder exists); `commitFile` makes it an object. */
  stageFile(key: string): Promise<string>;
  /** Makes staged files durable under their keys (fsync of files and folders). */
  commitFiles(keys: readonly string[]): Promise<void>;
  /** A local path from which an object can be read (S3: through the cache). */
  localPath(key: string): Promise<string>;
}

/** What a SQL session takes as a parameter: `$name` in the text. Days and instants go as text and are cast in the SQL. */
export type SqlValue = string | number | bigint | boolean | null;
export type SqlParameters = { readonly [name: string]: SqlValue };
/** Rows as JSON: bigint beyond 2^53 and DECIMAL as text, dates and timestamps as ISO text. */
export type Row = { readonly [column: string]: unknown };

/**
 * One DuckDB connection with an in-memory database of its own (schemas and views are private to it),
 * on the instance that the process shares. UTC. Statements are stopped when `signal` aborts.
 */
export interface SqlSession {
  run(sql: string, parameters?: SqlParameters): Promise<void>;
  rows(sql: string, parameters?: SqlParameters): Promise<readonly Row[]>;
  /** As `rows`, with the names and types of the columns, also when there are no rows. */
  query(
    sql: string,
    parameters?: SqlParameters,
  ): Promise<{ readonly columns: readonly Column[]; readonly rows: readonly Row[] }>;
  /** Makes a relation readable under its name (`schema.table` or `name`), also with no files at all. */
  bind(relation: Relation): Promise<void>;
  /** Names and types of the result of a SELECT. Needs its inputs bound. */
  describe(select: string, parameters?: SqlParameters): Promise<readonly Column[]>;
  /**
   * Writes a SELECT as immutable Parquet files of a table, in a total order: one file, or with
   * `splitByDay` one file per value of that DATE/INTEGER(yyyymmdd) column. Same rows, same bytes.
   * Refuses types that Delta or Parquet would change (HUGEINT and the like) with `unsupported_type`.
   */
  write(request: WriteRequest): Promise<{ readonly columns: readonly Column[]; readonly files: readonly DataFile[] }>;
}

export interface WriteRequest {
  readonly table: string;
  readonly select: string;
  readonly parameters?: SqlParameters;
  /** Columns of a total order (the grain). */
  readonly orderBy: readonly string[];
  readonly splitByDay?: string | null;
  /** Names the files; unique per attempt. */
  readonly attempt: string;
  /** Folder key; default `tables/<schema>/<table>`. */
  readonly folder?: string;
}

export interface Warehouse {
  readonly uri: string;
  readonly store: ObjectStore;
  /** Local folder that sources are read from; nothing outside it is. */
  readonly landing: string;
  session<Result>(
    body: (session: SqlSession) => Promise<Result>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Result>;
  /** Reads an attempt's manifest by its reference. */
  manifest(ref: DatasetRef): Promise<AttemptManifest>;
  /** Writes a manifest (put-if-absent, equal content is fine) and gives the reference that travels. */
  putManifest(
    manifest: AttemptManifest,
    identity: {
      readonly dagId: string;
      readonly runId: string;
      readonly taskId: string;
      /** Which instance of a mapped task. */
      readonly mapIndex?: number;
      readonly tryNumber: number;
      readonly attempt: number;
    },
  ): Promise<DatasetRef>;
  /** The newest release (rolled forward first) or a given one. */
  release(number?: number): Promise<ReleaseReader>;
  /** The release that a run reads: the newest one when first asked, the same ever after. */
  pinnedRelease(run: {
    readonly dagId: string;
    readonly runId: string;
    readonly execution: string;
  }): Promise<ReleaseReader>;
  /**
   * Commits one release over all changed tables. `build` may be called again, on a newer base, when
   * another publish won the race. Safe to repeat by the same attempt.
   */
  publish(origin: PublishOrigin, build: (base: ReleaseReader) => Promise<ReleaseDraft>): Promise<PublishOutcome>;
  /**
   * What a publish on a given release would make of it. Computes and compares, and commits nothing:
   * readers see none of it.
   */
  rehearse(
    origin: PublishOrigin,
    base: number,
    build: (base: ReleaseReader) => Promise<ReleaseDraft>,
  ): Promise<{ readonly outcome: PublishOutcome; readonly release: ReleaseReader }>;
  /** The release that an execution of a run was pinned to; null when it never asked. */
  findPin(run: { readonly dagId: string; readonly runId: string; readonly execution: string }): Promise<number | null>;
  close(): Promise<void>;
}

export interface WarehouseOptions {
  /** A folder, `file://…`; default `TIDEMILL_WAREHOUSE`, then `<home>/warehouse`. */
  readonly uri: string;
  /** Default `TIDEMILL_LANDING`, then `<warehouse>/landing`. */
  readonly landing?: string;
  /** DuckDB's memory limit, for instance `500MB`. The process needs 0.3–0.5 GB beyond it. */
  readonly memoryLimit?: string;
  readonly threads?: number;
  /** Where DuckDB spills and temporary files go; default `<warehouse>/.temp`. */
  readonly tempFolder?: string;
  /**
   * Told after each step of a publish; what it throws ends the publish there, as a crash would.
   * For tests of recovery.
   */
  readonly onStep?: (step: PublishStep) => void | Promise<void>;
}

/** The steps of a publish, in their order; `release_put` is the one that commits. */
export type PublishStep = 'built' | 'manifests_put' | 'release_put' | 'dimension_logs_put' | 'logs_put' | 'catalog_put';
