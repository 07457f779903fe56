import { expect, test } from '@jest/globals';
import { listTables, putRunRecord, queryWarehouse, type RunRecord } from '../../warehouse';
import { failure, publishDays, withWarehouse } from './shop';

const run: RunRecord = {
  format: 1,
  dag_id: 'shop_daily',
  run_id: 'scheduled__2010-12-01T00:00:00Z',
  execution: '1',
  run_type: 'scheduled',
  state: 'success',
  label: null,
  reason: null,
  interval_start: '2010-12-01T00:00:00Z',
  interval_end: '2010-12-02T00:00:00Z',
  params: { source: 'landing/shop' },
  spec_version: 'abc',
  code_version: null,
  triggered_by: 'schedule',
  queued_at: '2010-12-02T02:00:00.000Z',
  started_at: '2010-12-02T02:00:00.100Z',
  ended_at: '2010-12-02T02:00:01.350Z',
  tasks: [
    {
      task_id: 'extract',
      state: 'success',
      try_number: 2,
      reason: null,
      started_at: '2010-12-02T02:00:00.200Z',
      ended_at: '2010-12-02T02:00:01.000Z',
      row_count: 20,
    },
  ],
  attempts: [
    {
      task_id: 'extract',
      try_number: 1,
      attempt: 1,
      state: 'failed',
      started_at: '2010-12-02T02:00:00.200Z',
      ended_at: '2010-12-02T02:00:00.300Z',
      error_code: 'source_missing',
      error_message: 'no file',
      worker: 'w1',
    },
    {
      task_id: 'extract',
      try_number: 2,
      attempt: 1,
      state: 'success',
      started_at: '2010-12-02T02:00:00.500Z',
      ended_at: '2010-12-02T02:00:01.000Z',
      error_code: null,
      error_message: null,
      worker: 'w1',
    },
  ],
  publishes: [
    { task_id: 'release', release: 1, base_release: 0, outcome: 'published', tables: [] },
    {
      task_id: 'release_again',
      release: 2,
      base_release: 1,
      outcome: 'published',
      tables: [{ table: 'core.fact_sales', version: 1, row_count: 20, fingerprint: 'f' }],
    },
  ],
};

test('run records are three views, also before the first run', async () => {
  await withWarehouse(async (warehouse) => {
    const count = async (view: string) =>
      (await queryWarehouse(warehouse, `SELECT count(*) AS n FROM meta.${view}`)).rows[0]?.n;
    expect([await count('dag_runs'), await count('task_attempts'), await count('publishes')]).toEqual([0, 0, 0]);

    expect(await putRunRecord(warehouse.store, run)).toBe(true);
    expect(await putRunRecord(warehouse.store, { ...run, state: 'failed' })).toBe(false);
    expect(await putRunRecord(warehouse.store, { ...run, execution: '2', attempts: [], publishes: [] })).toBe(true);

    expect([await count('dag_runs'), await count('task_attempts'), await count('publishes')]).toEqual([2, 2, 2]);
  });
});

test('the views of run records show instants in UTC, durations and errors', async () => {
  await withWarehouse(async (warehouse) => {
    await putRunRecord(warehouse.store, run);

    const runs = await queryWarehouse(
      warehouse,
      'SELECT run_id, state, interval_start, duration_ms, failed_task_count, attempt_count FROM meta.dag_runs',
    );
    expect(runs.rows).toEqual([
      {
        run_id: 'scheduled__2010-12-01T00:00:00Z',
        state: 'success',
        interval_start: '2010-12-01T00:00:00',
        duration_ms: 1250,
        failed_task_count: 0,
        attempt_count: 2,
      },
    ]);
    const attempts = await queryWarehouse(
      warehouse,
      'SELECT task_id, try_number, state, error_code, duration_ms FROM meta.task_attempts ORDER BY try_number',
    );
    expect(attempts.rows).toEqual([
      { task_id: 'extract', try_number: 1, state: 'failed', error_code: 'source_missing', duration_ms: 100 },
      { task_id: 'extract', try_number: 2, state: 'success', error_code: null, duration_ms: 500 },
    ]);
    const publishes = await queryWarehouse(
      warehouse,
      'SELECT task_id, release, "table", row_count FROM meta.publishes ORDER BY release',
    );
    expect(publishes.rows).toEqual([
      { task_id: 'release', release: 1, table: null, row_count: null },
      { task_id: 'release_again', release: 2, table: 'core.fact_sales', row_count: 20 },
    ]);
  });
});

test('an older release is read as it was', async () => {
  await withWarehouse(async (warehouse) => {
    await publishDays(warehouse, 'a', [1]);
    await publishDays(warehouse, 'b', [1], 8);
    const count = async (release: number) =>
      (await queryWarehouse(warehouse, 'SELECT count(*) AS n FROM core.fact_sales', { release })).rows[0]?.n;

    expect([await count(1), await count(2)]).toEqual([20, 8]);
  });
});

test('columns keep their names and types when there are no rows', async () => {
  await withWarehouse(async (warehouse) => {
    await publishDays(warehouse, 'a', [1]);
    const { columns, rows } = await queryWarehouse(
      warehouse,
      'SELECT invoiced_at, amount FROM core.fact_sales LIMIT 0',
    );

    expect(rows).toEqual([]);
    expect(columns).toEqual([
      { name: 'invoiced_at', type: 'TIMESTAMP' },
      { name: 'amount', type: 'DECIMAL(18,4)' },
    ]);
  });
});

test('an unknown table is answered with the nearest one and the list', async () => {
  await withWarehouse(async (warehouse) => {
    await publishDays(warehouse, 'a', [1]);

    const error = await failure(queryWarehouse(warehouse, 'SELECT * FROM core.fact_sale'));
    expect(error).toMatchObject({ code: 'query_failed', details: { unknown_table: 'core.fact_sale' } });
    expect(error.message).toContain('Did you mean "core.fact_sales"?');
    expect(error.message).toContain('meta.dag_runs');
    const syntax = await failure(queryWarehouse(warehouse, 'SELEC 1'));
    expect(syntax).toMatchObject({ code: 'query_failed', message: expect.stringContaining('SELEC') });
  });
});

test('the list of tables says what each one holds', async () => {
  await withWarehouse(async (warehouse) => {
    expect(await listTables(warehouse)).toEqual([]);
    await publishDays(warehouse, 'a', [1]);
    await publishDays(warehouse, 'b', [2]);

    expect(await listTables(warehouse)).toMatchObject([
      { table: 'core.dim_country', kind: 'whole', row_count: 4, file_count: 1, version: 1, release: 2 },
      {
        table: 'core.fact_sales',
        kind: 'slice',
        row_count: 40,
        file_count: 2,
        version: 1,
        release: 2,
        data_until: '2010-12-03T00:00:00.000Z',
        fresh_until: '2010-12-04T02:00:00.000Z',
        fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
      },
    ]);
  });
});
