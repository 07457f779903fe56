import { utimesSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { compactRunRecords, type ObjectStore, putRunRecord, queryWarehouse, type RunRecord } from '../../warehouse';
import { withWarehouse } from './shop';

function aRecord(index: number): RunRecord {
  const at = '2010-12-02T02:00:00.000Z';
  return {
    format: 1,
    dag_id: 'shop',
    run_id: `manual__${index}`,
    execution: 'e1',
    run_type: 'manual',
    state: 'success',
    label: 'success',
    reason: null,
    interval_start: at,
    interval_end: at,
    params: {},
    spec_version: 's',
    code_version: 'c',
    triggered_by: 'ada',
    queued_at: at,
    started_at: at,
    ended_at: at,
    tasks: [],
    attempts: [],
    publishes: [],
  };
}

async function looseKeys(store: ObjectStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list('runs/')) if (key.startsWith('runs/shop/')) keys.push(key);
  return keys;
}

test('many run records that have settled become one file, and the views stay as they were', async () => {
  await withWarehouse(async (warehouse) => {
    const { store } = warehouse;
    const count = async (): Promise<unknown> =>
      (await queryWarehouse(warehouse, 'SELECT count(*) AS n, count(DISTINCT run_id) AS ids FROM meta.dag_runs'))
        .rows[0];
    for (let index = 0; index < 520; index += 1) await putRunRecord(store, aRecord(index));
    const before = await count();
    const laterMs = Date.now() + 3_600_000;

    expect(await compactRunRecords(store)).toBe(0);
    expect(await compactRunRecords(store, laterMs)).toBe(520);
    expect(await looseKeys(store)).toEqual([]);
    expect(await count()).toEqual(before);

    // A record that is put once more, or a compaction that died before it had removed what it copied.
    await putRunRecord(store, aRecord(3));
    expect(await count()).toEqual({ n: 520, ids: 520 });
    expect(await compactRunRecords(store, laterMs)).toBe(0);
  });
});

test('records that are young are left alone', async () => {
  await withWarehouse(async ({ store }) => {
    for (let index = 0; index < 501; index += 1) await putRunRecord(store, aRecord(index));
    const [first = ''] = await looseKeys(store);
    const old = new Date(Date.now() - 3_600_000);
    utimesSync(await store.localPath(first), old, old);

    expect(await compactRunRecords(store)).toBe(0);
    expect(await looseKeys(store)).toHaveLength(501);
  });
});
