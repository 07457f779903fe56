import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { openWarehouse, type WriteRequest } from '../../warehouse';
import { failure, salesSelect, using, withFolder, withWarehouse } from './shop';

const sales: Omit<WriteRequest, 'attempt' | 'select'> = {
  table: 'core.fact_sales',
  orderBy: ['invoice_no', 'line_no'],
  splitByDay: 'date_key',
};

test('equal rows give equal bytes, whatever the threads and the order of the input', async () => {
  const written: (readonly string[])[] = [];
  for (const [threads, order] of [
    [1, 'invoiced_at'],
    [2, 'invoiced_at DESC'],
    [4, 'hash(invoiced_at)'],
  ] as const) {
    await withWarehouse(
      async (warehouse) => {
        const select = `SELECT * FROM (${salesSelect([1, 2, 3], 40_000)}) ORDER BY ${order}`;
        const digests = await warehouse.session(async (session) => {
          const days = await session.write({ ...sales, select, attempt: 'a' });
          const whole = await session.write({ ...sales, select, splitByDay: null, attempt: 'a' });
          const paths = [...days.files, ...whole.files].map((file) => warehouse.store.localPath(file.key));
          return Promise.all(
            paths.map(async (path) =>
              createHash('sha256')
                .update(await readFile(await path))
                .digest('hex'),
            ),
          );
        });
        written.push(digests);
      },
      { threads },
    );
  }

  expect(written[0]).toHaveLength(4);
  expect(written[1]).toEqual(written[0]);
  expect(written[2]).toEqual(written[0]);
});

test('files carry their day, rows, bytes and exact statistics', async () => {
  await withWarehouse(async (warehouse) => {
    const { columns, files } = await warehouse.session((session) =>
      session.write({ ...sales, select: salesSelect([1, 2]), attempt: 'a' }),
    );

    expect(columns.map(({ type }) => type)).toEqual([
      'VARCHAR',
      'INTEGER',
      'INTEGER',
      'DATE',
      'TIMESTAMP WITH TIME ZONE',
      'VARCHAR',
      'DECIMAL(18,4)',
    ]);
    expect(files).toMatchObject([
      {
        key: 'tables/core/fact_sales/2010-12-01-a.parquet',
        day: '2010-12-01',
        rowCount: 20,
        stats: {
          amount: { min: '1.0000', max: '24.7500', nullCount: 0, hasNan: false },
          country: { nullCount: 4 },
          invoice_month: { min: '2010-12-01', max: '2010-12-01' },
        },
      },
      { key: 'tables/core/fact_sales/2010-12-02-a.parquet', day: '2010-12-02', rowCount: 20 },
    ]);
    const path = await warehouse.store.localPath(files[0]?.key ?? '');
    expect((await readFile(path)).length).toBe(files[0]?.byteCount);
  });
});

test('the fingerprints of days add up to that of all rows in one file', async () => {
  await withWarehouse(async (warehouse) => {
    const select = salesSelect([1, 2, 3], 500);
    await warehouse.session(async (session) => {
      const days = await session.write({ ...sales, select, attempt: 'a' });
      const [whole] = (await session.write({ ...sales, select, splitByDay: null, attempt: 'a' })).files;
      const total = (pick: 'sum' | 'mixed') =>
        days.files.reduce((sum, { fingerprint }) => sum + BigInt(fingerprint[pick]), 0n).toString();

      expect(whole?.fingerprint).toMatchObject({ count: 1500, sum: total('sum'), mixed: total('mixed') });
    });
  });
});

test('what is said of the files of days is what COPY itself says of a file', async () => {
  await withWarehouse(async (warehouse) => {
    const select = `
      SELECT i::BIGINT AS id, DATE '2010-12-01' AS day, CASE WHEN i > 2 THEN repeat('é', 100) || i ELSE NULL END AS text,
        (i / 3)::DOUBLE AS share, CASE i WHEN 1 THEN 'nan'::DOUBLE ELSE 1.5 END AS odd,
        (i * 1.5)::DECIMAL(38,4) AS money, TIMESTAMPTZ '2010-12-01 08:26:00.123456Z' AS at, NULL::BIGINT AS none, i::SMALLINT AS small
      FROM range(5) AS numbers(i)`;
    await warehouse.session(async (session) => {
      const request = { table: 'core.odd', select, orderBy: ['id'], attempt: 'a' };
      const [day] = (await session.write({ ...request, splitByDay: 'day' })).files;
      const [whole] = (await session.write(request)).files;

      // Bounds of a column with a NaN are never used; only there do the two differ.
      expect({ ...day?.stats, odd: day?.stats.odd?.hasNan }).toEqual({ ...whole?.stats, odd: true });
      expect(day?.rowCount).toBe(5);
    });
  });
});

test('an attempt that writes a table twice keeps its first files', async () => {
  await withFolder(async (folder) => {
    const write = () =>
      using({ uri: folder }, (warehouse) =>
        warehouse.session((session) => session.write({ ...sales, select: salesSelect([1]), attempt: 'a' })),
      );

    expect((await write()).files[0]?.key).toBe('tables/core/fact_sales/2010-12-01-a.parquet');
    expect((await write()).files[0]?.key).toBe('tables/core/fact_sales/2010-12-01-a-2.parquet');
  });
});

test('no rows make no files, and bind as an empty table with its types', async () => {
  await withWarehouse(async (warehouse) => {
    await warehouse.session(async (session) => {
      const select = `SELECT * FROM (${salesSelect([1])}) WHERE false`;
      const days = await session.write({ ...sales, select, attempt: 'a' });
      const whole = await session.write({ ...sales, select, splitByDay: null, attempt: 'b' });
      await session.bind({ name: 'core.fact_sales', columns: days.columns, files: days.files });

      expect([days.files, whole.files]).toEqual([[], []]);
      expect(await session.rows('SELECT count(*) AS n FROM core.fact_sales')).toEqual([{ n: 0 }]);
      expect(await session.describe('FROM core.fact_sales')).toEqual(days.columns);
    });
  });
});

test.each([
  ['HUGEINT', '1::HUGEINT'],
  ['UBIGINT', '1::UBIGINT'],
  ['TIME', "TIME '08:00'"],
  ['INTERVAL', 'INTERVAL 1 DAY'],
  ["ENUM('a')", "'a'::ENUM('a')"],
  ['TIMESTAMP', "TIMESTAMP '2010-12-01'"],
  ['TIMESTAMP WITH TIME ZONE', "TIMESTAMPTZ 'infinity'"],
])('a column of the type %s with the value %s is refused', async (type, value) => {
  await withWarehouse(async (warehouse) => {
    const select = `SELECT 1 AS id, ${value} AS odd`;
    const written = warehouse.session((session) =>
      session.write({ table: 'core.odd', select, orderBy: ['id'], attempt: 'a' }),
    );

    expect(await failure(written)).toMatchObject({
      code: 'unsupported_type',
      details: { table: 'core.odd', column: 'odd', type },
    });
  });
});

test('a row without a day is refused', async () => {
  await withWarehouse(async (warehouse) => {
    const select = 'SELECT 1 AS id, NULL::DATE AS day';
    const written = warehouse.session((session) =>
      session.write({ table: 'core.odd', select, orderBy: ['id'], splitByDay: 'day', attempt: 'a' }),
    );

    expect(await failure(written)).toMatchObject({ code: 'bad_day', details: { column: 'day', row_count: 1 } });
  });
});

test('parameters are bound by name, and those that a statement does not name are left out', async () => {
  await withWarehouse(async (warehouse) => {
    await warehouse.session(async (session) => {
      const parameters = { start: '2010-12-01', big: 2n ** 60n, ratio: 0.5, other: 'unused' };
      const sql =
        'SELECT $start::DATE AS start, $big::BIGINT AS big, $ratio::DOUBLE AS ratio, 1.50::DECIMAL(38,4) AS price';

      expect(await session.rows(sql, parameters)).toEqual([
        { start: '2010-12-01', big: '1152921504606846976', ratio: 0.5, price: '1.5000' },
      ]);
      const missing = await failure(session.rows('SELECT $absent::INTEGER', parameters));
      expect(missing).toMatchObject({ code: 'sql_failed', message: expect.stringContaining('$absent') });
    });
  });
});

test('values come as JSON: exact decimals as text, instants as ISO text', async () => {
  await withWarehouse(async (warehouse) => {
    await warehouse.session(async (session) => {
      const sql = `SELECT TIMESTAMPTZ '2010-12-01 08:26:00.5+00' AS instant, TIMESTAMP '2010-12-01 08:26:00' AS plain,
        [DATE '2010-12-01', NULL] AS days, {'a': 1.5::DECIMAL(3,2)} AS item, map(['k'], [1::BIGINT]) AS counts, 'nan'::DOUBLE AS nan`;

      expect(await session.rows(sql)).toEqual([
        {
          instant: '2010-12-01T08:26:00.5Z',
          plain: '2010-12-01T08:26:00',
          days: ['2010-12-01', null],
          item: { a: '1.50' },
          counts: { k: 1 },
          nan: 'NaN',
        },
      ]);
    });
  });
});

test('sessions do not see each other and leave nothing behind', async () => {
  await withWarehouse(async (warehouse) => {
    await Promise.all(
      [1, 2, 3].map((value) =>
        warehouse.session(async (session) => {
          await session.run(
            'CREATE SCHEMA core; CREATE TABLE core.t AS SELECT $value::INTEGER AS value'.replace(
              '$value',
              String(value),
            ),
          );
          expect(await session.rows('FROM core.t')).toEqual([{ value }]);
        }),
      ),
    );
    const left = await warehouse.session((session) =>
      session.rows(
        "SELECT count(*) AS n FROM duckdb_databases() WHERE NOT internal AND database_name LIKE 'session_%'",
      ),
    );
    expect(left).toEqual([{ n: 1 }]);
  });
});

test('an abort ends the statement with the reason of the signal, and the next session runs', async () => {
  await withWarehouse(async (warehouse) => {
    const controller = new AbortController();
    const reason = new Error('stopped by the test');
    const endless = warehouse.session(
      (session) =>
        session.rows('SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range + b.range = 7'),
      { signal: controller.signal },
    );
    setTimeout(() => controller.abort(reason), 200);

    expect(await failure(endless)).toBe(reason);
    expect(await warehouse.session((session) => session.rows('SELECT 1 AS one'))).toEqual([{ one: 1 }]);
  });
});

test('a wrong statement fails with DuckDB’s message and the name of its SQL model', async () => {
  await withWarehouse(async (warehouse) => {
    const sql = '-- model: marts.broken\nSELECT nothing FROM nowhere';
    expect(await failure(warehouse.session((session) => session.rows(sql)))).toMatchObject({
      code: 'sql_failed',
      details: { model: 'marts.broken', duckdb: expect.stringContaining('nowhere') },
    });
  });
});

test('a manifest is written once per attempt and read back by its reference', async () => {
  await withWarehouse(async (warehouse) => {
    const identity = { dagId: 'shop', runId: 'manual__2010-12-01T00:00:00Z', taskId: 'stg', tryNumber: 1, attempt: 2 };
    const { columns, files } = await warehouse.session((session) =>
      session.write({ ...sales, select: salesSelect([1]), attempt: 'a' }),
    );
    const manifest = {
      format: 1 as const,
      kind: 'slice' as const,
      table: 'core.fact_sales',
      attempt: 'a',
      columns,
      days: { start: '2010-12-01', end: '2010-12-02' },
      readsRelease: null,
      sources: ['x'],
      files,
      rowCount: 20,
      fingerprint: files[0]?.fingerprint ?? null,
    };

    const ref = await warehouse.putManifest(manifest, identity);
    expect(ref).toMatchObject({
      kind: 'dataset',
      table: 'core.fact_sales',
      manifest: 'attempts/shop/manual__2010-12-01T00-00-00Z/stg/1.2.json',
      rowCount: 20,
      fileCount: 1,
      fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    expect(await warehouse.putManifest(manifest, identity)).toEqual(ref);
    expect(await warehouse.manifest(ref)).toEqual(manifest);
    expect((await warehouse.putManifest({ ...manifest, table: 'core.other' }, identity)).manifest).toBe(
      'attempts/shop/manual__2010-12-01T00-00-00Z/stg/1.2.core.other.json',
    );
    expect(await failure(warehouse.putManifest({ ...manifest, rowCount: 19 }, identity))).toMatchObject({
      code: 'engine_bug',
    });
  });
});

test('a warehouse of a newer format is refused with both formats', async () => {
  await withWarehouse(async (warehouse, folder) => {
    await warehouse.store.put('warehouse.json', '{"format":7}');

    expect(await failure(openWarehouse({ uri: folder }))).toMatchObject({
      code: 'warehouse_format_newer',
      details: { format: 7, known_format: 1 },
    });
    expect(await failure(openWarehouse({ uri: 's3://bucket/prefix' }))).toMatchObject({ code: 'unsupported_store' });
  });
});
