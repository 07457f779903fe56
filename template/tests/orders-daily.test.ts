import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { testDag } from 'tidemill/testing';

// Runs the DAG in this process, over a warehouse that is gone afterwards. No server is needed.
test('a day of orders is published, each of them once', async () => {
  await testDag({ dag: 'orders_daily', interval: '2026-01-05/2026-01-06' }, async ({ state, tasks, query }) => {
    equal(state, 'success');
    equal(tasks.announce?.output, 'Today there were 100 orders');
    deepEqual(await query('select count(*)::int as n, count(distinct order_id)::int as different from shop.orders'), [
      { n: 100, different: 100 },
    ]);
  });
});
