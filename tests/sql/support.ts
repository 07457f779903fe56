import { resolve } from 'node:path';
import { loadSqlCatalog, parserOf, type SqlCatalog } from '../../sql/catalog';
import { type Row, type SqlParameters, type SqlSession, withScratchSession } from '../../warehouse';

/** One landed record: what differs from an ordinary sale of the first of December. */
export interface LandedRecord {
  readonly file?: string;
  readonly day?: string;
  readonly invoice_no?: string | null;
  readonly stock_code?: string | null;
  readonly description?: string | null;
  readonly quantity?: string | null;
  readonly invoice_date?: string | null;
  readonly unit_price?: string | null;
  readonly customer_id?: string | null;
  readonly country?: string | null;
  readonly reject_reason?: string | null;
  readonly reject_row?: string | null;
}

export interface Models {
  readonly catalog: SqlCatalog;
  /** Computes SQL models one after the other, each as a table that the next ones can read. */
  build(...names: readonly string[]): Promise<void>;
  /** Rows of a model's SELECT without making a table of it. */
  select(name: string, parameters?: SqlParameters): Promise<readonly Row[]>;
  rows(sql: string): Promise<readonly Row[]>;
}

const columns = [
  'invoice_no',
  'stock_code',
  'description',
  'quantity',
  'invoice_date',
  'unit_price',
  'customer_id',
  'country',
] as const;
const usual = {
  invoice_no: '1',
  stock_code: '84879',
  description: 'BIRD ORNAMENT',
  quantity: '2',
  unit_price: '1.5',
  customer_id: '17850.0',
  country: 'United Kingdom',
};

/** Runs a body over landed records: the table `raw`, in a database of its own, with every SQL model at hand. */
export async function withRecords(
  records: readonly LandedRecord[],
  body: (models: Models) => Promise<void>,
  parameters: SqlParameters = { start: '2000-01-01', end: '2100-01-01', source_timezone: 'UTC' },
): Promise<void> {
  await withScratchSession(async (session) => {
    const catalog = await loadSqlCatalog([resolve(__dirname, '../../sql')], parserOf(session));
    await session.run(`create table raw (file varchar, line bigint, day date,
      ${columns.map((column) => `${column} varchar`).join(', ')}, reject_reason varchar, reject_row varchar)`);
    if (records.length > 0) await session.run(`insert into raw values ${records.map(asValues).join(', ')}`);
    const schemas = new Set([...catalog.models.keys()].map((name) => name.split('.')[0]));
    for (const schema of schemas) await session.run(`create schema ${schema}`);
    await body(modelsOn(session, catalog, parameters));
  });
}

function modelsOn(session: SqlSession, catalog: SqlCatalog, parameters: SqlParameters): Models {
  const valuesFor = (name: string): SqlParameters =>
    Object.fromEntries(catalog.get(name).parameters.map((parameter) => [parameter, parameters[parameter] ?? null]));
  return {
    catalog,
    build: async (...names) => {
      for (const name of names)
        await session.run(`create table ${name} as\n${catalog.get(name).select}`, valuesFor(name));
    },
    select: async (name, given) => await session.rows(catalog.get(name).select, given ?? valuesFor(name)),
    rows: async (sql) => await session.rows(sql),
  };
}

function asValues(record: LandedRecord, index: number): string {
  const { file = 'a.csv', day, reject_reason = null, reject_row = null } = record;
  const isRefused = reject_reason !== null;
  const date = record.invoice_date === undefined ? `${day ?? '2010-12-01'} 08:26:00` : record.invoice_date;
  const given = { ...usual, ...record, invoice_date: date };
  const cells = columns.map((column) => (isRefused ? null : (given[column] ?? null)));
  const dayOf = day ?? (date?.slice(0, 10) as string);
  return `(${[file, index + 2, dayOf, ...cells, reject_reason, reject_row].map(asLiteral).join(', ')})`;
}

function asLiteral(value: string | number | null): string {
  if (value === null) return 'null';
  return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
}
