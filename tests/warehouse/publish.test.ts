import { expect, test } from '@jest/globals';
import { fingerprintText, listTables, queryWarehouse, type Warehouse } from '../../warehouse';
import { anOrigin, dayText, failure, publishDays, salesChange, using, withFolder, withWarehouse } from './shop';

async function fingerprints(warehouse: Warehouse): Promise<readonly (readonly [string, string])[]> {
  return (await listTables(warehouse)).map(({ table, fingerprint }) => [table, fingerprint] as const);
}

test('a publish of a slice and a whole is one release that a query reads', async () => {
  await withWarehouse(async (warehouse) => {
    const outcome = await publishDays(warehouse, 'a', [1, 2]);

    expect(outcome).toMatchObject({ kind: 'published', release: 1, base: 0, tries: 1 });
    const { rows, release } = await queryWarehouse(
      warehouse,
      'SELECT count(*) AS n, sum(amount) AS total, (SELECT sum(amount) FROM core.dim_country) AS dim_total FROM core.fact_sales',
    );
    expect(rows).toEqual([{ n: 40, total: '535.0000', dim_total: '535.0000' }]);
    expect(release).toBe(1);
  });
});

test('a day that is published again with equal rows changes nothing', async () => {
  await withWarehouse(async (warehouse) => {
    await publishDays(warehouse, 'a', [1, 2]);

    expect(await publishDays(warehouse, 'b', [2])).toEqual({ kind: 'unchanged', release: 1, base: 1, tries: 1 });
    expect(await publishDays(warehouse, 'c', [1, 2])).toMatchObject({ kind: 'unchanged', release: 1 });
  });
});

test('a day with other rows loses its old file and the other days keep theirs', async () => {
  await withWarehouse(async (warehouse) => {
    await publishDays(warehouse, 'a', [1, 2]);
    await publishDays(warehouse, 'b', [2], 8);

    const files = await (await warehouse.release()).files('core.fact_sales');
    expect(files.map(({ key, rowCount }) => [key, rowCount])).toEqual([
      [expect.stringContaining('2010-12-01-a'), 20],
      [expect.stringContaining('2010-12-02-b'), 8],
    ]);
  });
});

test('a covered day without rows and new sources of a day are a release without new files', async () => {
  await withWarehouse(async (warehouse) => {
    await publishDays(warehouse, 'a', [1]);
    const columns = (await warehouse.release()).tables['core.fact_sales']?.columns ?? [];
    const change = (sources: readonly string[]) => ({
      changes: [
        {
          kind: 'slice' as const,
          table: 'core.fact_sales',
          columns,
          files: [],
          replaces: [{ start: '2011-01-05', end: '2011-01-06' }],
          sources,
        },
      ],
      dataUntil: null,
      freshWithinMs: 26 * 3_600_000,
    });

    const covered = await warehouse.publish(anOrigin('b'), async () => change(['x']));
    const again = await warehouse.publish(anOrigin('c'), async () => change(['x']));
    const resourced = await warehouse.publish(anOrigin('d'), async () => change(['x', 'y']));

    expect([covered.kind, again.kind, resourced.kind]).toEqual(['published', 'unchanged', 'published']);
    const reader = await warehouse.release();
    expect(await reader.days('core.fact_sales')).toEqual([
      { day: '2010-12-01', rowCount: 20, sources: ['file-1'] },
      { day: '2011-01-05', rowCount: 0, sources: ['x', 'y'] },
    ]);
    expect(reader.tables['core.fact_sales']).toMatchObject({ version: 0, release: 1 });
  });
});

test('days in any order, at once or one by one, end in equal fingerprints', async () => {
  const days = [1, 2, 3, 4, 5];
  const results: unknown[] = [];
  for (const orders of [days.map((day) => [day]), [...days].reverse().map((day) => [day]), [days]]) {
    await withWarehouse(async (warehouse) => {
      for (const order of orders) await publishDays(warehouse, `at-${order.join('-')}`, order);
      results.push(await fingerprints(warehouse));
    });
  }

  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
});

test('publishers of two processes lose no day and build the whole over all of them', async () => {
  await withFolder(async (folder) => {
    await using({ uri: folder }, async (first) => {
      await using({ uri: folder }, async (second) => {
        const publishers = [first, second, first, second];
        const outcomes = await Promise.all(
          publishers.map(async (warehouse, index) => {
            await publishDays(warehouse, `p${index}-a`, [index + 1]);
            return publishDays(warehouse, `p${index}-b`, [index + 5]);
          }),
        );

        expect(outcomes.map(({ kind }) => kind)).toEqual(['published', 'published', 'published', 'published']);
        const reader = await first.release();
        expect(reader.release).toBe(8);
        expect((await reader.days('core.fact_sales')).map(({ day }) => day)).toEqual(
          [1, 2, 3, 4, 5, 6, 7, 8].map(dayText),
        );
        const { rows } = await queryWarehouse(
          second,
          'SELECT (SELECT sum(line_count) FROM core.dim_country)::BIGINT AS counted, count(*) AS n FROM core.fact_sales',
        );
        expect(rows).toEqual([{ counted: 160, n: 160 }]);
        const sole = await using({ uri: `${folder}/alone` }, async (alone) => {
          await publishDays(alone, 'all', [1, 2, 3, 4, 5, 6, 7, 8]);
          return fingerprints(alone);
        });
        expect(await fingerprints(first)).toEqual(sole);
      });
    });
  });
});

test('a whole that was computed from an older release than the published one does not replace it', async () => {
  await withWarehouse(async (warehouse) => {
    const mart = async (attempt: string, value: number, readsRelease: number) => {
      const { columns, files } = await warehouse.session((session) =>
        session.write({
          table: 'marts.totals',
          select: `SELECT ${value}::BIGINT AS total`,
          orderBy: ['total'],
          attempt,
        }),
      );
      return warehouse.publish(anOrigin(attempt), async () => ({
        changes: [{ kind: 'whole', table: 'marts.totals', columns, files, readsRelease }],
        dataUntil: null,
        freshWithinMs: null,
      }));
    };

    await mart('new', 7, 5);

    expect((await mart('late', 3, 4)).kind).toBe('unchanged');
    expect((await mart('same', 7, 6)).kind).toBe('unchanged');
    expect((await mart('next', 8, 6)).kind).toBe('published');
    expect((await queryWarehouse(warehouse, 'FROM marts.totals')).rows).toEqual([{ total: 8 }]);
  });
});

test('the same attempt that commits again is told what its first commit did', async () => {
  await withWarehouse(async (warehouse) => {
    const first = await publishDays(warehouse, 'a', [1]);
    const sales = await salesChange(warehouse, 'a', [1]);
    const again = await warehouse.publish(anOrigin('a'), async () => ({
      changes: [sales],
      dataUntil: '2010-12-02T00:00:00.000Z',
      freshWithinMs: 26 * 3_600_000,
    }));

    expect(first.kind).toBe('published');
    expect(again).toMatchObject({ kind: 'published', release: 1, base: 0 });
  });
});

test('columns may be added, and are null in older days; a column that goes or changes is refused', async () => {
  await withWarehouse(async (warehouse) => {
    const publish = async (attempt: string, day: number, select: string) => {
      const { columns, files } = await warehouse.session((session) =>
        session.write({ table: 'core.visits', select, orderBy: ['id'], splitByDay: 'day', attempt }),
      );
      return warehouse.publish(anOrigin(attempt), async () => ({
        changes: [
          {
            kind: 'slice',
            table: 'core.visits',
            columns,
            files,
            replaces: [{ start: dayText(day), end: dayText(day + 1) }],
          },
        ],
        dataUntil: null,
        freshWithinMs: null,
      }));
    };
    await publish('a', 1, "SELECT 1::BIGINT AS id, DATE '2010-12-01' AS day");
    await publish('b', 2, "SELECT 2::BIGINT AS id, DATE '2010-12-02' AS day, 'x' AS note");

    expect((await queryWarehouse(warehouse, 'FROM core.visits ORDER BY id')).rows).toEqual([
      { id: 1, day: '2010-12-01', note: null },
      { id: 2, day: '2010-12-02', note: 'x' },
    ]);
    const gone = await failure(publish('c', 3, "SELECT 3::BIGINT AS id, DATE '2010-12-03' AS day"));
    const retyped = await failure(publish('d', 3, "SELECT 3::INTEGER AS id, DATE '2010-12-03' AS day, 'x' AS note"));
    expect(gone).toMatchObject({ code: 'schema_change_refused', details: { column: 'note' } });
    expect(retyped).toMatchObject({ code: 'schema_change_refused', details: { column: 'id' } });
    expect((await warehouse.release()).release).toBe(2);
  });
});

test('a file outside its table, or of a day that is not replaced, is refused', async () => {
  await withWarehouse(async (warehouse) => {
    const sales = await salesChange(warehouse, 'a', [1, 2]);
    if (sales.kind !== 'slice') throw new Error('a slice was expected');
    const publish = (change: typeof sales) =>
      warehouse.publish(anOrigin('a'), async () => ({ changes: [change], dataUntil: null, freshWithinMs: null }));

    expect(await failure(publish({ ...sales, table: 'core.other' }))).toMatchObject({ code: 'bad_file' });
    expect(await failure(publish({ ...sales, replaces: sales.replaces.slice(0, 1) }))).toMatchObject({
      code: 'bad_file',
    });
    expect((await warehouse.release()).release).toBe(0);
  });
});

test('days that another DuckDB hashed are hashed again before they count as changed', async () => {
  await withWarehouse(async (warehouse) => {
    const sales = await salesChange(warehouse, 'a', [1]);
    const files = sales.files.map((file) => ({
      ...file,
      fingerprint: { ...file.fingerprint, probe: 'older', sum: '1', mixed: '2' },
    }));
    const publish = (attempt: string, change: typeof sales) =>
      warehouse.publish(anOrigin(attempt), async () => ({ changes: [change], dataUntil: null, freshWithinMs: null }));
    await publish('a', { ...sales, files });

    expect((await publish('b', await salesChange(warehouse, 'b', [1]))).kind).toBe('unchanged');
    expect((await publish('c', await salesChange(warehouse, 'c', [1], 19))).kind).toBe('published');
  });
});

test('a run reads the release that was the newest when it first asked', async () => {
  await withWarehouse(async (warehouse) => {
    const run = { dagId: 'marts', runId: 'scheduled__2010-12-01T00:00:00Z', execution: '1' };
    await publishDays(warehouse, 'a', [1]);
    const first = await warehouse.pinnedRelease(run);
    await publishDays(warehouse, 'b', [2]);

    expect([first.release, (await warehouse.pinnedRelease(run)).release]).toEqual([1, 1]);
    expect((await warehouse.pinnedRelease({ ...run, execution: '2' })).release).toBe(2);
  });
});

test('an unknown release is refused with the newest one', async () => {
  await withWarehouse(async (warehouse) => {
    await publishDays(warehouse, 'a', [1]);

    expect(await failure(warehouse.release(9))).toMatchObject({ code: 'unknown_release', details: { newest: 1 } });
  });
});

test('a table of a release keeps its fingerprint when it is computed from its files as one', async () => {
  await withWarehouse(async (warehouse) => {
    await publishDays(warehouse, 'a', [1, 2, 3]);
    const published = (await warehouse.release()).tables['core.fact_sales'];
    const { files } = await warehouse.session(async (session) => {
      const reader = await warehouse.release();
      await session.bind({
        name: 'core.fact_sales',
        columns: published?.columns ?? [],
        files: await reader.files('core.fact_sales'),
      });
      return session.write({
        table: 'core.copy',
        select: 'FROM core.fact_sales',
        orderBy: ['invoice_no', 'line_no'],
        attempt: 'x',
      });
    });
    const [file] = files;
    if (published === undefined || file === undefined) throw new Error('nothing was published');

    expect(fingerprintText(file.fingerprint)).toBe(fingerprintText(published.fingerprint));
  });
});
