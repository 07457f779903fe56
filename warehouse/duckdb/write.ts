import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { TaskError } from '../../engine/errors';
import type { Column, DataFile, Fingerprint, ObjectStore, WriteRequest } from '../types';
import { checkTypes, columnsHash, normalType } from './column-types';
import type { Statements } from './connection';
import { type CopyStats, readCopyStats, refuseInfinity } from './copy-stats';
import { type FileNames, fileNames } from './file-names';
import { fingerprintOf, fingerprintSql } from './fingerprint';
import { readGroupStats, statsSql } from './group-stats';
import { literalPath, quoteName, quoteText, subquery, tableFolder } from './quote';

export interface WriteTools {
  readonly statements: Statements;
  readonly store: ObjectStore;
  readonly probe: string;
  /** Gives a body a further connection to the session's own database. */
  readonly withLane: (body: (lane: Statements) => Promise<void>) => Promise<void>;
}

interface Written {
  readonly columns: readonly Column[];
  readonly files: readonly DataFile[];
}

/** What the steps of one write share. */
interface Write extends WriteTools {
  readonly request: WriteRequest;
  readonly columns: readonly Column[];
  readonly names: FileNames;
  /** Keys handed out so far, to be flushed, or removed when the write fails. */
  readonly staged: string[];
}

/**
 * Writes a SELECT as Parquet files, durable when this returns; see `SqlSession.write`. One ordered
 * COPY per file: DuckDB's own splitting gives other bytes on every run.
 */
export async function writeFiles(tools: WriteTools, request: WriteRequest): Promise<Written> {
  const columns = await tools.statements.describe(request.select, request.parameters);
  checkTypes(request.table, columns, request.folder === undefined ? 'published' : 'private');
  checkColumns(request, columns);
  const names = fileNames(request.folder ?? tableFolder(request.table), request.attempt);
  const write: Write = { ...tools, request, columns, names, staged: [] };
  try {
    const splitBy = request.splitByDay ?? null;
    const files = splitBy === null ? await writeWhole(write) : await writeDays(write, splitBy);
    await tools.store.commitFiles(files.map((file) => file.key));
    return { columns, files };
  } catch (error) {
    await Promise.allSettled(write.staged.map((key) => tools.store.delete(key)));
    throw error;
  }
}

async function writeWhole(write: Write): Promise<readonly DataFile[]> {
  const { statements, store, request, columns } = write;
  const { key, path: target } = await stage(write, 'all');
  const sql = copySql(write, `SELECT * FROM ${subquery(request.select)}`, target, ', RETURN_STATS');
  const stats = readCopyStats(await statements.run(sql, request.parameters), columns);
  refuseInfinity(request.table, columns, stats.stats);
  if (stats.rowCount === 0) {
    await store.delete(key);
    return [];
  }
  // Read back from the file: the fingerprint is of what was written, and costs a small part of the COPY.
  const path = quoteText(literalPath(await store.localPath(key)));
  const reader = await statements.run(
    `SELECT ${fingerprintSql('f')} FROM read_parquet(${path}, hive_partitioning = false) AS f`,
  );
  return [dataFile(write, key, null, stats, toFingerprint(write, reader.getRows()[0] ?? []))];
}

/** Small files are written by so many connections at once; each COPY keeps one core busy. */
const lanes = Math.min(4, availableParallelism());
/** Below this another connection costs more than it gains. */
const filesWorthALane = 16;

/**
 * Rows are materialised once, in the order of their days, so that each day's COPY reads only its own
 * part. What is to be known of each file comes from one query over all of them.
 */
async function writeDays(write: Write, splitBy: string): Promise<readonly DataFile[]> {
  const { statements, request, columns } = write;
  const day = quoteName(splitBy);
  const rows = quoteName(`rows of ${write.names.unique}`);
  await statements.run(
    `CREATE TABLE ${rows} AS SELECT * FROM ${subquery(request.select)} ORDER BY ${day}`,
    request.parameters,
  );
  try {
    const facts = `${day}::VARCHAR, ${fingerprintSql('r')}, ${statsSql(columns)}`;
    const groups = (
      await statements.run(`SELECT ${facts} FROM ${rows} AS r GROUP BY ${day} ORDER BY 1 NULLS FIRST`)
    ).getRows();
    const waiting = groups.map((values) => dayToWrite(write, splitBy, rows, values));
    const files: DataFile[] = [];
    const work = async (lane: Statements): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
        files.push(await writeDay(write, lane, next));
    };
    const count = Math.max(1, Math.min(lanes, Math.floor(groups.length / filesWorthALane)));
    await Promise.all([work(statements), ...Array.from({ length: count - 1 }, () => write.withLane(work))]);
    return files.sort((a, b) => (String(a.day) < String(b.day) ? -1 : 1));
  } finally {
    await statements.run(`DROP TABLE ${rows}`).catch(() => undefined);
  }
}

interface DayToWrite {
  readonly day: string;
  readonly select: string;
  readonly fingerprint: Fingerprint;
  readonly stats: CopyStats['stats'];
}

function dayToWrite(write: Write, splitBy: string, rows: string, [value, ...facts]: readonly unknown[]): DayToWrite {
  const { request, columns } = write;
  if (value === null || value === undefined) throw dayMissing(request.table, splitBy, Number(facts[0]));
  const where = `WHERE ${quoteName(splitBy)} = ${quoteText(String(value))}::${typeOf(columns, splitBy)}`;
  const stats = readGroupStats(columns, facts.slice(3));
  refuseInfinity(request.table, columns, stats);
  return {
    day: toDay(request.table, splitBy, String(value)),
    select: `SELECT * FROM ${rows} ${where}`,
    fingerprint: toFingerprint(write, facts),
    stats,
  };
}

async function writeDay(
  write: Write,
  lane: Statements,
  { day, select, fingerprint, stats }: DayToWrite,
): Promise<DataFile> {
  const { key, path } = await stage(write, day);
  const reader = await lane.run(copySql(write, select, path));
  const rowCount = Number(reader.getRows()[0]?.[0]);
  const { size } = await stat(path);
  return dataFile(write, key, day, { rowCount, byteCount: size, stats }, fingerprint);
}

async function stage(write: Write, prefix: string): Promise<{ readonly key: string; readonly path: string }> {
  const staged = await write.names.next(write.store, prefix);
  write.staged.push(staged.key);
  return staged;
}

function copySql({ request }: Write, select: string, path: string, options = ''): string {
  const order = request.orderBy.map(quoteName).join(', ');
  return `COPY (${select} ORDER BY ${order}) TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd${options})`;
}

function dataFile(write: Write, key: string, day: string | null, stats: CopyStats, fingerprint: Fingerprint): DataFile {
  const { rowCount, byteCount } = stats;
  if (rowCount !== fingerprint.count) {
    throw new TaskError({
      code: 'rows_lost',
      message: `${write.request.table}: ${fingerprint.count} rows were computed and ${rowCount} written. The SELECT gives other rows each time it runs: make it deterministic.`,
      details: { table: write.request.table, computed: fingerprint.count, written: rowCount },
    });
  }
  return { key, day, rowCount, byteCount, stats: stats.stats, fingerprint };
}

function toFingerprint({ probe, columns }: Write, [count, sum, mixed]: readonly unknown[]): Fingerprint {
  return fingerprintOf({
    probe,
    columns: columnsHash(columns),
    count: Number(count),
    sum: String(sum),
    mixed: String(mixed),
  });
}

function typeOf(columns: readonly Column[], name: string): string {
  return normalType(columns.find((column) => column.name === name)?.type ?? '');
}

function checkColumns({ table, orderBy, splitByDay }: WriteRequest, columns: readonly Column[]): void {
  const names = columns.map((column) => column.name);
  const wanted = [...orderBy, ...(splitByDay === undefined || splitByDay === null ? [] : [splitByDay])];
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined || orderBy.length === 0) {
    throw new TaskError({
      code: 'unknown_order_column',
      message: `${table} is to be ordered or split by ${unknown === undefined ? 'no column at all' : `"${unknown}", which it does not have`}. Its columns: ${names.join(', ')}.`,
      details: { table, column: unknown ?? null, columns: names },
    });
  }
}

/** A day as YYYY-MM-DD, from a DATE's text or from yyyymmdd. */
function toDay(table: string, column: string, value: string): string {
  const day = /^\d{8}$/.test(value) ? `${value.slice(0, 4)}-${value.slice(4, 6)}-${value.slice(6)}` : value;
  if (/^\d{4}-\d{2}-\d{2}$/.test(day)) return day;
  throw new TaskError({
    code: 'bad_day',
    message: `${table} is split by ${column}, and "${value}" is no day. Use a DATE, or an INTEGER such as 20101201.`,
    details: { table, column, value },
  });
}

function dayMissing(table: string, column: string, rowCount: number): TaskError {
  return new TaskError({
    code: 'bad_day',
    message: `${rowCount} rows of ${table} have no ${column}, by which the table is split into days. Set it, or filter them out.`,
    details: { table, column, row_count: rowCount },
  });
}
