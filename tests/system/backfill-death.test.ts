import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { withHouse } from '../support/house';
import { rowsOf } from '../support/published';
import { until } from '../support/until';

const testTimeoutMs = 300_000;
const stepTimeoutMs = 120_000;
const dags = [join(__dirname, 'backfill-dags')];

test(
  'a backfill goes on after the kill -9 of its only worker, and every date is run once',
  async () => {
    await withHouse({ dags }, async (house) => {
      const { client } = house;
      const worker = await house.startWorker();
      await house.deploy();
      const range = { dagId: 'daily_steps', from: '2010-01-01', to: '2010-03-02', maxActive: 4 };
      const backfillId = await client.backfills.create(range);
      const over = async (): Promise<number> => {
        const seen = await client.backfills.show('daily_steps', backfillId).catch(() => null);
        return seen?.dates.filter(({ state }) => state === 'success').length ?? 0;
      };
      await until(async () => (await over()) >= 8, stepTimeoutMs);
      await worker.kill();
      await house.startWorker();
      const { status, dates } = await client.backfills.result('daily_steps', backfillId);

      expect(status).toBe('ended');
      expect(dates).toHaveLength(60);
      expect(dates.filter(({ state }) => state !== 'success')).toEqual([]);
      await house.read(async (warehouse) => {
        const count = `select count(*)::integer as runs, count(distinct run_id)::integer as dates,
          count(*) filter (state = 'success')::integer as good from meta.dag_runs`;
        expect(await rowsOf(warehouse, count)).toEqual([{ runs: 60, dates: 60, good: 60 }]);
      });
    });
  },
  testTimeoutMs,
);
