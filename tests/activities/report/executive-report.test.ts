import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createBuiltins } from '../../../activities/builtins';
import { EXECUTIVE_TABLES, renderExecutiveReport } from '../../../activities/report';
import { closeThreads } from '../../../activities/threads';
import type { DatasetRef } from '../../../engine';
import { closeShop, contextOf, openShop, runDaily, type Shop, withShop } from '../support/retail';

const aRun = { id: 'manual__2011-01-05T10:00:00.000Z', start: '2010-12-01', end: '2010-12-02' };
const reportPath = 'reports/retail/manual__2011-01-05T10-00-00.000Z/executive.html';

const rows = [
  'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country',
  '536365,85123A,WHITE <HEART>,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom',
  '536366,22423,CAKESTAND,2,2010-12-01 09:00:00,10.00,13047.0,"<b>Côte & ""Sud"""',
  '536367,22423,CAKESTAND,1,2010-12-02 09:00:00,10.00,17850.0,United Kingdom',
  'C536368,22423,CAKESTAND,-1,2010-12-02 10:00:00,10.00,17850.0,United Kingdom',
];

describe('the executive report of a run', () => {
  let shop: Shop;
  let marts: readonly DatasetRef[];

  beforeAll(async () => {
    shop = await openShop();
    writeFileSync(join(shop.landing, 'sales.csv'), `${rows.join('\n')}\n`);
    await runDaily(shop, { start: '2010-12-01', end: '2010-12-03', source: 'sales.csv' });
    marts = await buildMarts(shop, aRun.id);
  });

  afterAll(async () => {
    await closeThreads();
    await closeShop(shop);
  });

  test('is one file in the folder of the run, with the figures of its marts', async () => {
    const written = await renderExecutiveReport(contextOf(shop, aRun, 'executive_report'), { datasets: marts });
    const page = await shop.warehouse.store.get(reportPath);

    expect(written).toEqual({ path: reportPath, byte_count: page.length });
    expect(page.toString()).toContain('<dt>Revenue</dt><dd>£45</dd>');
    expect(page.toString()).toContain('<dt>Returns</dt><dd>£10</dd>');
    expect(page.toString()).toContain('<dt>Release</dt><dd>1</dd>');
    expect(page.toString()).toContain('<dt>Newest day</dt><dd>2 Dec 2010</dd>');
    expect(page.toString()).toContain('&lt;b&gt;Côte &amp; &quot;Sud&quot;');
    expect(page.toString()).toContain('WHITE &lt;HEART&gt;');
  });

  test('stays as it is when an attempt is repeated', async () => {
    const first = await renderExecutiveReport(contextOf(shop, aRun, 'executive_report'), { datasets: marts });
    const bytes = await shop.warehouse.store.get(reportPath);
    const again = await renderExecutiveReport(contextOf(shop, aRun, 'executive_report'), {
      datasets: [...marts].reverse(),
    });

    expect(again).toEqual(first);
    expect((await shop.warehouse.store.get(reportPath)).equals(bytes)).toBe(true);
  });

  test('replaces what an earlier execution of the run wrote from other marts', async () => {
    await shop.warehouse.store.put(reportPath, 'of an earlier execution');
    const { byte_count } = await renderExecutiveReport(contextOf(shop, aRun, 'executive_report'), { datasets: marts });

    expect((await shop.warehouse.store.get(reportPath)).length).toBe(byte_count);
  });

  test('ends with the signal of its task and writes nothing', async () => {
    const run = { ...aRun, id: 'manual__stopped' };
    const ctx = {
      ...contextOf(shop, run, 'executive_report'),
      signal: AbortSignal.abort(new Error('stopped by a user')),
    };

    await expect(renderExecutiveReport(ctx, { datasets: marts })).rejects.toThrow();
    expect(await shop.warehouse.store.find('reports/retail/manual__stopped/executive.html')).toBeNull();
  });

  test('names the mart that it was not given', async () => {
    const datasets = marts.filter(({ table }) => table !== 'marts.customer_rfm');

    await expect(renderExecutiveReport(contextOf(shop, aRun, 'executive_report'), { datasets })).rejects.toMatchObject({
      code: 'report_input_missing',
      retryable: false,
      details: { table: 'marts.customer_rfm' },
    });
  });

  test('refuses marts of different releases', async () => {
    writeFileSync(join(shop.landing, 'more.csv'), `${rows[0]}\n${rows[1]?.replaceAll('2010-12-01', '2010-12-03')}\n`);
    await runDaily(shop, { start: '2010-12-03', end: '2010-12-04', source: 'more.csv' });
    const newer = await buildMarts(shop, 'manual__newer', ['marts.customer_rfm']);
    const datasets = [...marts.filter(({ table }) => table !== 'marts.customer_rfm'), ...newer];

    await expect(renderExecutiveReport(contextOf(shop, aRun, 'executive_report'), { datasets })).rejects.toMatchObject({
      code: 'report_inputs_differ',
      details: { releases: { 'marts.customer_rfm': 2, 'marts.revenue_daily': 1 } },
    });
  });
});

test('the executive report of a release without a single sale says so', async () => {
  await withShop(async (shop) => {
    writeFileSync(join(shop.landing, 'sales.csv'), `${rows.join('\n')}\n`);
    await runDaily(shop, { start: '2011-06-01', end: '2011-06-02', source: 'sales.csv' });
    const datasets = await buildMarts(shop, aRun.id);
    await renderExecutiveReport(contextOf(shop, aRun, 'executive_report'), { datasets });
    const page = await shop.warehouse.store.get(reportPath);

    expect(page.toString()).toContain('No sales yet');
    expect(page.toString()).not.toContain('<svg');
  });
  await closeThreads();
});

/** What the tasks of a run hand to its report. */
async function buildMarts(
  shop: Shop,
  runId: string,
  tables: readonly string[] = EXECUTIVE_TABLES,
): Promise<readonly DatasetRef[]> {
  const builtins = createBuiltins({ models: shop.catalog });
  const datasets: DatasetRef[] = [];
  for (const model of tables) {
    const ctx = contextOf(shop, { ...aRun, id: runId }, model);
    datasets.push(await builtins.sql(ctx, { model, inputs: {} }));
  }
  return datasets;
}
