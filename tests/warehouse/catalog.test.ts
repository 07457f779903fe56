import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from '@jest/globals';
import { queryWarehouse } from '../../warehouse';
import { publishDays, using, withFolder, withWarehouse } from './shop';

/** An analyst's own DuckDB, in London, with nothing of ours but the file. */
async function asAnalyst(catalog: string, statements: readonly string[]): Promise<unknown> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'Europe/London'");
    await connection.run(`ATTACH '${catalog}' AS shop (READ_ONLY)`);
    await connection.run('USE shop');
    let rows: unknown = null;
    for (const statement of statements) rows = (await connection.runAndReadAll(statement)).getRowObjectsJson();
    return rows;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const totals =
  'SELECT count(*)::INTEGER AS n, sum(amount)::VARCHAR AS total, min(invoiced_at)::VARCHAR AS first FROM core.fact_sales';

test('an analyst opens the catalog and sees the newest release, instants in UTC', async () => {
  await withWarehouse(async (warehouse, folder) => {
    await publishDays(warehouse, 'a', [1]);
    await publishDays(warehouse, 'b', [2]);
    const catalog = join(folder, 'catalog.duckdb');

    expect(await asAnalyst(catalog, [totals])).toEqual([{ n: 40, total: '535.0000', first: '2010-12-01 08:00:00' }]);
    expect(await asAnalyst(catalog, ['SELECT release::INTEGER AS release FROM meta.releases'])).toEqual([
      { release: 2 },
    ]);
    expect(await asAnalyst(catalog, ['SELECT count(*)::INTEGER AS n FROM meta.dag_runs'])).toEqual([{ n: 0 }]);
  });
});

test('a moved warehouse is read by setting one variable', async () => {
  await withFolder(async (folder) => {
    const [before, after] = [join(folder, 'before'), join(folder, 'after')];
    await using({ uri: before }, (warehouse) => publishDays(warehouse, 'a', [1, 2]));
    await rename(before, after);

    const moved = [`SET VARIABLE tidemill_root = '${after}'`, totals];
    expect(await asAnalyst(join(after, 'catalog.duckdb'), moved)).toMatchObject([{ n: 40 }]);
  });
});

test('the catalog of a moved warehouse names its new place after the next look', async () => {
  await withFolder(async (folder) => {
    const [before, after] = [join(folder, 'before'), join(folder, 'after')];
    await using({ uri: before }, (warehouse) => publishDays(warehouse, 'a', [1, 2]));
    await rename(before, after);
    await using({ uri: after }, (warehouse) => warehouse.release());

    expect(await asAnalyst(join(after, 'catalog.duckdb'), [totals])).toMatchObject([{ n: 40 }]);
  });
});

test('a folder whose name looks like a pattern or a partition is read as it is', async () => {
  await withFolder(async (folder) => {
    const odd = join(folder, "country=x [a]* 'quoted'");
    await using({ uri: odd }, async (warehouse) => {
      await publishDays(warehouse, 'a', [1]);
      await publishDays(warehouse, 'b', [2]);
      const sql =
        'SELECT count(*) AS n, (SELECT sum(line_count)::BIGINT FROM core.dim_country) AS counted FROM core.fact_sales';

      expect((await queryWarehouse(warehouse, sql)).rows).toEqual([{ n: 40, counted: 40 }]);
    });
    const catalog = join(odd, 'catalog.duckdb').replaceAll("'", "''");
    expect(await asAnalyst(catalog, [totals])).toMatchObject([{ n: 40 }]);
  });
});

test('a catalog that was deleted is made again by the next look', async () => {
  await withWarehouse(async (warehouse, folder) => {
    await publishDays(warehouse, 'a', [1]);
    const catalog = join(folder, 'catalog.duckdb');
    await rm(catalog);
    await warehouse.release();

    expect(await asAnalyst(catalog, [totals])).toMatchObject([{ n: 20 }]);
  });
});

test('after each publish of many at once, the catalog shows its release or a newer one', async () => {
  await withFolder(async (folder) => {
    await using({ uri: folder }, async (first) => {
      await using({ uri: folder }, async (second) => {
        const shown = await Promise.all(
          [1, 2, 3, 4, 5, 6].map(async (day) => {
            const outcome = await publishDays(day % 2 === 0 ? first : second, `d${day}`, [day]);
            const rows = await asAnalyst(join(folder, 'catalog.duckdb'), [
              'SELECT release::INTEGER AS release FROM meta.releases',
            ]);
            const [{ release }] = rows as [{ release: number }];
            return release >= outcome.release;
          }),
        );

        expect(shown).toEqual([true, true, true, true, true, true]);
      });
    });
  });
});
