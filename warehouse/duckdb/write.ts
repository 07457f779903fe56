import { TaskError } from '../../engine/errors';
import type { Column, DataFile, Fingerprint, ObjectStore, WriteRequest } from '../types';
import { checkTypes, columnsHash, normalType } from './column-types';
import type { Statements } from './connection';
import { type CopyStats, readCopyStats, refuseInfinity } from './copy-stats';
import { type FileNames, fileNames } from './file-names';
import { fingerprintOf, fingerprintSql } from './fingerprint';
import { literalPath, quoteName, quoteText, subquery, tableFolder } from './quote';

export interface WriteTools {
  readonly statements: Statements;
  readonly store: ObjectStore;
  readonly probe: string;
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
  const { statements, store, request } = write;
  const { key, stats } = await copy(write, 'all', `SELECT * FROM ${subquery(request.select)}`, request.parameters);
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

/** Rows are materialised once, in the order of their days, so that each day's COPY reads only its own part. */
async function writeDays(write: Write, splitBy: string): Promise<readonly DataFile[]> {
  const { statements, request } = write;
  const day = quoteName(splitBy);
  const rows = quoteName(`rows of ${write.names.unique}`);
  const source = `SELECT * FROM ${subquery(request.select)} ORDER BY ${day}`;
  await statements.run(`CREATE TABLE ${rows} AS ${source}`, request.parameters);
  try {
    const sql = `SELECT ${day}::VARCHAR, ${fingerprintSql('r')} FROM ${rows} AS r GROUP BY ALL ORDER BY 1 NULLS FIRST`;
    const groups = (await statements.run(sql)).getRows();
    const files: DataFile[] = [];
    for (const [value, ...sums] of groups) {
      if (value === null || value === undefined) throw dayMissing(request.table, splitBy, Number(sums[0]));
      const where = `WHERE ${day} = ${quoteText(String(value))}::${typeOf(write.columns, splitBy)}`;
      const dayText = toDay(request.table, splitBy, String(value));
      const { key, stats } = await copy(write, dayText, `SELECT * FROM ${rows} ${where}`);
      files.push(dataFile(write, key, dayText, stats, toFingerprint(write, sums)));
    }
    return files;
  } finally {
    await statements.run(`DROP TABLE ${rows}`).catch(() => undefined);
  }
}

async function copy(
  write: Write,
  prefix: string,
  select: string,
  parameters?: WriteRequest['parameters'],
): Promise<{ readonly key: string; readonly stats: CopyStats }> {
  const { statements, store, request, columns } = write;
  const { key, path } = await write.names.next(store, prefix);
  write.staged.push(key);
  const order = request.orderBy.map(quoteName).join(', ');
  const sql = `COPY (${select} ORDER BY ${order}) TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd, RETURN_STATS)`;
  const stats = readCopyStats(await statements.run(sql, parameters), columns);
  refuseInfinity(request.table, columns, stats.stats);
  return { key, stats };
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
