import { mkdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { createGate, type Gate } from '../concurrency';
import { removeAbandoned } from '../store/abandoned';

export interface DatabaseOptions {
  readonly memoryLimit?: string | undefined;
  readonly threads?: number | undefined;
  /** Parent of the folder that this process spills to. */
  readonly tempFolder: string;
}

/** A worker of 1 GB: DuckDB's process grows 0.3–0.5 GB beyond its own limit. */
const defaultMemoryLimit = '500MB';
/** Enough for sorting 100 million rows; a runaway join fails here and leaves the disk usable. */
const maxTempSize = '60GB';
let opened = 0;

/**
 * The one DuckDB instance of a warehouse in this process, started when first needed. Sessions share
 * its memory, its threads and its cache of Parquet files.
 */
export class Database {
  /** Statements beyond the core count only take libuv's threads away from file I/O. */
  readonly gate: Gate;
  readonly #options: DatabaseOptions;
  readonly #spill: string;
  #started: Promise<{
    readonly instance: DuckDBInstance;
    readonly admin: DuckDBConnection;
    readonly probe: string;
  }> | null = null;
  #attached = 0;

  constructor(options: DatabaseOptions) {
    opened += 1;
    this.#options = options;
    this.#spill = join(options.tempFolder, `tidemill-duckdb-${process.pid}-${opened}`);
    this.gate = createGate(availableParallelism());
  }

  /** Hashes of fixed literals: tells whether two DuckDB versions hash alike. */
  async probe(): Promise<string> {
    return (await this.#start()).probe;
  }

  /** A connection to the shared instance; the caller closes it. */
  async connect(): Promise<DuckDBConnection> {
    return (await this.#start()).instance.connect();
  }

  /** A name for an attached database that no other session uses. */
  nextAlias(purpose: string): string {
    this.#attached += 1;
    return `${purpose}_${this.#attached}`;
  }

  /** Runs a small statement about the instance itself (attach, detach), outside the gate. */
  async administer(sql: string): Promise<void> {
    await (await this.#start()).admin.run(sql);
  }

  async close(): Promise<void> {
    const started = await this.#started?.catch(() => null);
    this.#started = null;
    if (started === null || started === undefined) return;
    started.admin.closeSync();
    started.instance.closeSync();
    await rm(this.#spill, { recursive: true, force: true });
  }

  #start() {
    this.#started ??= this.#open();
    return this.#started;
  }

  async #open() {
    await removeAbandoned(this.#options.tempFolder, /^tidemill-duckdb-\d+-\d+$/);
    await mkdir(this.#spill, { recursive: true });
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: this.#options.memoryLimit ?? defaultMemoryLimit,
      threads: String(this.#options.threads ?? availableParallelism()),
      temp_directory: this.#spill,
      max_temp_directory_size: maxTempSize,
    });
    const admin = await instance.connect();
    await admin.run("SET GLOBAL TimeZone = 'UTC'");
    return { instance, admin, probe: await readProbe(admin) };
  }
}

async function readProbe(connection: DuckDBConnection): Promise<string> {
  const reader = await connection.runAndReadAll(
    "SELECT hash('tidemill'), hash(1::BIGINT), hash(row(1, 'a', NULL, DATE '2010-12-01', 1.5::DECIMAL(18,4), 0.1::DOUBLE))",
  );
  return (reader.getRows()[0] ?? []).map((value) => BigInt(String(value)).toString(36)).join('.');
}
