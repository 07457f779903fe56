import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { generateInvoices } from '../../activities/extract/generate/generate-invoices';
import type { RunSummary } from '../../engine';
import { type House, ownDags, withHouse } from '../support/house';
import { fingerprintsOf, rowsOf } from '../support/published';
import { until } from '../support/until';

/** Generous: the machine may be busy. */
const testTimeoutMs = 300_000;

const sixDays = '2020-03-02/2020-03-08';
/** The day after the last one of the data. */
const emptyDay = '2020-03-09/2020-03-10';

async function withShop<Result>(body: (house: House) => Promise<Result>): Promise<Result> {
  return await withHouse({ dags: [ownDags] }, async (house) => {
    const path = join(house.landing, 'online_retail', 'invoices.csv.gz');
    await generateInvoices({ path, rows: 9_000, seed: 20_101_201, endDate: '2020-03-08', days: 8 });
    await house.startWorker();
    await house.deploy();
    return await body(house);
  });
}

interface Trigger {
  readonly dagId?: string;
  readonly interval?: string;
  readonly eachDay?: boolean;
}

/** Runs to their end, as `dags trigger --wait` would. */
async function run(house: House, { dagId = 'retail_daily', ...options }: Trigger): Promise<readonly RunSummary[]> {
  const runIds = await house.client.trigger({ dagId, ...options });
  return await Promise.all(runIds.map((runId) => house.client.result(dagId, runId)));
}

/** What the publish of a run answered. */
async function releaseOf(house: House, runId: string): Promise<unknown> {
  return (await house.client.run('retail_daily', runId)).run.tasks.release?.output;
}

test(
  'days run four at a time, with marts that wait for them, and days run as one publish the same tables',
  async () => {
    const asDays = await withShop(async (house) => {
      await house.client.unpause('retail_marts');
      const days = await run(house, { interval: sixDays, eachDay: true });
      const mostAtOnce = Math.max(...days.map((day) => atOnce(days, day.startedAt)));
      const marts = await martsOfEvents(house, days.length);

      expect([...days, ...marts].every(({ label }) => label === 'success')).toBe(true);
      expect(marts.every(({ runType }) => runType === 'asset_triggered')).toBe(true);
      expect(marts.length).toBeLessThanOrEqual(days.length);
      expect(days.map(({ interval }) => interval.start.slice(0, 10))).toEqual([
        '2020-03-02',
        '2020-03-03',
        '2020-03-04',
        '2020-03-05',
        '2020-03-06',
        '2020-03-07',
      ]);
      expect(mostAtOnce).toBeGreaterThan(1);
      expect(mostAtOnce).toBeLessThanOrEqual(4);
      return await house.read(fingerprintsOf);
    });
    const asOne = await withShop(async (house) => {
      const runs = [...(await run(house, { interval: sixDays })), ...(await run(house, { dagId: 'retail_marts' }))];

      expect(runs.map(({ label }) => label)).toEqual(['success', 'success']);
      return await house.read(fingerprintsOf);
    });

    expect(asOne).toEqual(asDays);
    expect(Object.keys(asOne)).toHaveLength(19);
  },
  testTimeoutMs,
);

/** The runs of the marts that so many updates of the star schema led to, once all of them are accounted for. */
async function martsOfEvents({ client }: House, count: number): Promise<readonly RunSummary[]> {
  const marts = async () => await client.control('retail_marts');
  await until(async () => {
    const { mailbox, queued, active } = await marts();
    return mailbox.records.length === count && queued.length + active.length === 0;
  }, testTimeoutMs);
  const { mailbox, recent } = await marts();
  expect(mailbox.pending).toEqual([]);
  expect(mailbox.records.map(({ outcome }) => outcome.kind)).not.toContain('ignored');
  return recent;
}

/** How many of these runs were under way at an instant. */
function atOnce(runs: readonly RunSummary[], instant: string): number {
  return runs.filter(({ startedAt, endedAt }) => startedAt <= instant && instant < endedAt).length;
}

test(
  'a day run again changes nothing, and a day without rows publishes an empty slice',
  async () => {
    await withShop(async (house) => {
      await run(house, { interval: '2020-03-02/2020-03-04', eachDay: true });
      const before = await house.read(fingerprintsOf);
      const [again] = await run(house, { interval: '2020-03-02/2020-03-03' });
      const [empty] = await run(house, { interval: emptyDay });
      const [emptyAgain] = await run(house, { interval: emptyDay });

      expect([again?.label, empty?.label, emptyAgain?.label]).toEqual(['success', 'success', 'success']);
      expect(await releaseOf(house, again?.runId ?? '')).toMatchObject({ kind: 'unchanged', release: 2, base: 2 });
      expect(await releaseOf(house, empty?.runId ?? '')).toMatchObject({ kind: 'published', release: 3, base: 2 });
      expect(await releaseOf(house, emptyAgain?.runId ?? '')).toMatchObject({ kind: 'unchanged', release: 3 });
      await house.read(async (warehouse) => {
        expect(await fingerprintsOf(warehouse)).toEqual(before);
        const days = await (await warehouse.release()).days('core.fact_sales');
        expect(days.map(({ day }) => day)).toEqual(['2020-03-02', '2020-03-03', '2020-03-09']);
        expect(days.at(-1)).toMatchObject({ rowCount: 0 });
        const outcomes =
          'select outcome, count(distinct run_id)::integer as n from meta.publishes group by all order by all';
        expect(await rowsOf(warehouse, outcomes)).toEqual([
          { outcome: 'published', n: 3 },
          { outcome: 'unchanged', n: 2 },
        ]);
      });
    });
  },
  testTimeoutMs,
);
