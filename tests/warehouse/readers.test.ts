import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect } from '@jest/globals';
import type { Warehouse } from '../../warehouse';
import { testWith } from '../support/requirements';
import { anOrigin, publishDays, withWarehouse } from './shop';

const script = resolve(__dirname, '../support/python/read_warehouse.py');

interface Seen {
  readonly rows: number;
  readonly sums: { readonly [column: string]: string | null };
  readonly nulls: number;
}

interface Answer {
  readonly tables: {
    readonly [table: string]: {
      readonly version: number;
      readonly release: number;
      readonly dag_id: string;
      readonly columns: readonly string[];
      readonly files: number;
      readonly deltalake: Seen;
      readonly polars: Seen;
      readonly pyarrow: Seen;
    };
  };
  /** Rows of `core.awkward` found through the statistics of its files. */
  readonly found: { readonly [condition: string]: number };
  readonly version_0: { readonly [table: string]: number };
  readonly catalog: { readonly [table: string]: number };
}

async function readWithPython(python: string, folder: string): Promise<Answer> {
  const { stdout } = await promisify(execFile)(python, [script, folder], { maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout) as Answer;
}

/** A slice table that gets a column on its second day, with the awkward values of all types. */
async function publishAwkward(warehouse: Warehouse, attempt: string, day: string, added: string): Promise<void> {
  const select = `SELECT 1::BIGINT AS id, DATE '${day}' AS day, DATE_TRUNC('month', DATE '${day}')::DATE AS invoice_month,
    12345678901234567890.1234::DECIMAL(38,4) AS big, 'nan'::DOUBLE AS ratio, TRUE AS is_big, repeat('ü', 50) AS name,
    TIMESTAMPTZ '${day} 23:59:59.999999+00' AS seen_at, NULL::INTEGER AS nothing, 'x'::BLOB AS raw, 3::SMALLINT AS small${added}`;
  const { columns, files } = await warehouse.session((session) =>
    session.write({ table: 'core.awkward', select, orderBy: ['id'], splitByDay: 'day', attempt }),
  );
  const end = new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
  await warehouse.publish(anOrigin(attempt), async () => ({
    changes: [{ kind: 'slice', table: 'core.awkward', columns, files, replaces: [{ start: day, end }] }],
    dataUntil: null,
    freshWithinMs: null,
  }));
}

testWith(
  'python',
  'delta-rs, Polars, PyArrow and DuckDB for Python read the same rows from the published tables',
  async (python) => {
    await withWarehouse(async (warehouse, folder) => {
      await publishDays(warehouse, 'a', [1, 2]);
      await publishDays(warehouse, 'b', [2, 3], 8);
      await publishAwkward(warehouse, 'c', '2010-12-31', '');
      await publishAwkward(warehouse, 'd', '2011-01-01', ", 'new' AS added");
      const { tables, catalog, found, version_0 } = await readWithPython(python, join(folder));

      const sales = { rows: 36, sums: { amount: '367.5000' }, nulls: 8 };
      expect(tables['core.fact_sales']).toMatchObject({
        version: 1,
        release: 2,
        dag_id: 'shop_daily',
        files: 3,
        deltalake: sales,
        polars: sales,
        pyarrow: sales,
      });
      const countries = tables['core.dim_country'];
      expect(countries?.deltalake).toEqual(countries?.polars);
      expect(countries?.deltalake).toEqual(countries?.pyarrow);
      expect(countries).toMatchObject({ version: 1, release: 2, files: 1, deltalake: { rows: 4 } });

      const awkward = { rows: 2, sums: { big: '24691357802469135780.2468' } };
      expect(tables['core.awkward']).toMatchObject({ version: 1, release: 4, deltalake: awkward, polars: awkward });
      expect(tables['core.awkward']?.columns).toContain('added');
      expect(tables['core.awkward']?.deltalake.nulls).toBe(3);
      expect(found).toEqual({ name: 2, big: 2, seen_at: 1, invoice_month: 1 });
      expect(version_0).toEqual({ 'core.awkward': 1, 'core.dim_country': 4, 'core.fact_sales': 40 });
      expect(catalog).toEqual({ 'core.awkward': 2, 'core.dim_country': 4, 'core.fact_sales': 36 });
    });
  },
);
