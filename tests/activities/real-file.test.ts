import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { plusDays } from '../../engine';
import { requires } from '../support/requirements';
import {
  closeShop,
  daysBetween,
  deliver,
  fingerprints,
  openShop,
  readPublished,
  runDaily,
  runMarts,
  type Shop,
  withShop,
} from './support/retail';

const data = requires('data');
const file = 'online-retail/online_retail.csv.gz';
const source = 'online_retail.csv.gz';
const describeWithData = data === null ? describe.skip : describe;

describeWithData('the real file, all days as one run', () => {
  let shop: Shop;

  beforeAll(async () => {
    shop = await openShop();
    deliver(shop, join(String(data), file), source);
    await runDaily(shop, { source, start: '2010-12-01', end: '2011-12-10' });
    await runMarts(shop);
  }, 300_000);

  afterAll(async () => {
    await closeShop(shop);
  });

  test.each<[string, string, object]>([
    [
      'every row is in staging',
      `select count(*) as n, count(*) filter (is_exact_duplicate) as duplicates,
         count(*) filter (invoice_no like 'C%') as cancellations, count(*) filter (customer_id is null) as unknown
       from staging.stg_invoices`,
      { n: 541_909, duplicates: 5_268, cancellations: 9_288, unknown: 135_080 },
    ],
    [
      'each row has one class',
      `select string_agg(row_class || ' ' || n, ', ' order by row_class) as classes
       from (select row_class, count(*) as n from staging.stg_invoices group by row_class)`,
      {
        classes:
          'exact_duplicate 5268, ledger_adjustment 3, return 9251, sale 524877, stock_adjustment 1336, zero_price 1174',
      },
    ],
    [
      'sales and returns are loaded to the penny',
      `select (select count(*) from core.fact_sales) as sales, (select sum(amount) from core.fact_sales)::varchar as revenue,
         (select count(*) from core.fact_returns) as returns, (select sum(amount) from core.fact_returns)::varchar as returned`,
      { sales: 524_877, revenue: '10631048.7440', returns: 9_251, returned: '-893979.7300' },
    ],
    [
      'rows are conserved: all others are set aside',
      'select count(*) as n, count(distinct line) as lines from quality.rejected_rows',
      { n: 7_781, lines: 7_781 },
    ],
    [
      'every day is good enough',
      'select count(*) as days, min(score) >= 98.8 as is_good from quality.scores',
      { days: 305, is_good: true },
    ],
    [
      'customers and their changes',
      `select count(distinct customer_id) as customers, count(*) - count(distinct customer_id) as changes
       from core.dim_customer where customer_key <> 0`,
      { customers: 4_371, changes: 16 },
    ],
    [
      'products and their changes',
      `select count(distinct stock_code) as codes, count(*) - count(distinct stock_code) as changes
       from core.dim_product where product_key <> 0`,
      { codes: 3_937, changes: 660 },
    ],
    ['countries', 'select count(*) as n from core.dim_country where country_key <> 0', { n: 38 }],
    [
      'facts carry the version of their day',
      `select count(*) as n from core.fact_sales as f
       left join core.dim_product as p on p.product_key = f.product_key
         and strptime(f.date_key::varchar, '%Y%m%d')::date >= p.valid_from
         and strptime(f.date_key::varchar, '%Y%m%d')::date < p.valid_to
       left join core.dim_customer as c on c.customer_key = f.customer_key
       where p.stock_code is distinct from f.stock_code or c.customer_id is distinct from f.customer_id`,
      { n: 0 },
    ],
    ['customers in segments', 'select count(*) as n from marts.customer_rfm', { n: 4_338 }],
    [
      'returns with their sale',
      'select count(*) as n, count(*) filter (is_matched) as matched from marts.return_matches',
      { n: 9_251, matched: 7_144 },
    ],
    [
      'monthly revenue adds up to all sales',
      'select sum(revenue)::varchar as revenue, count(*) as months from marts.revenue_monthly',
      { revenue: '10631048.7440', months: 13 },
    ],
    [
      'daily revenue likewise',
      'select sum(revenue)::varchar as revenue, sum(returns_amount)::varchar as returned from marts.revenue_daily',
      { revenue: '10631048.7440', returned: '-893979.7300' },
    ],
    [
      'the cohort of the first month comes back as published studies say',
      `select string_agg(customer_count::varchar, ' ' order by month_index) as counts
       from marts.cohort_retention where cohort_month = '2010-12-01'`,
      { counts: '885 324 286 340 321 352 321 309 313 350 331 445 235' },
    ],
    [
      'new customers by month as published studies say',
      `select string_agg(cohort_size::varchar, ' ' order by cohort_month) as counts
       from marts.cohort_retention where month_index = 0`,
      { counts: '885 417 380 452 300 284 242 188 169 299 358 323 41' },
    ],
    [
      'the usual cleaning gives the figures of published studies',
      `select sum(row_count)::bigint as n, sum(new_customer_count)::bigint as customers, sum(new_invoice_count)::bigint as invoices,
         round(sum(revenue), 2)::varchar as revenue, sum(deduplicated_row_count)::bigint as deduplicated,
         round(sum(deduplicated_revenue), 2)::varchar as deduplicated_revenue
       from marts.reference_monthly`,
      {
        n: 397_884,
        customers: 4_338,
        invoices: 18_532,
        revenue: '8911407.90',
        deduplicated: 392_692,
        deduplicated_revenue: '8887208.89',
      },
    ],
    [
      'and by month, to the penny',
      `select string_agg(round(revenue, 2)::varchar, ' ' order by month) as revenue from marts.reference_monthly`,
      {
        revenue:
          '572713.89 569445.04 447137.35 595500.76 469200.36 678594.56 661213.69 600091.01 645343.90 952838.38 1039318.79 1161817.38 518192.79',
      },
    ],
  ])('%s', async (_what, sql, expected) => {
    expect(await readPublished(shop, sql)).toEqual([expected]);
  });

  test('a day run again changes nothing, and needs no second look at the file', async () => {
    const before = await fingerprints(shop);
    expect(await runDaily(shop, { source, start: '2011-06-06', end: '2011-06-07' })).toMatchObject({
      kind: 'unchanged',
    });
    expect(await fingerprints(shop)).toEqual(before);
  });
});

describeWithData('twenty days of the real file', () => {
  const days = daysBetween('2010-12-01', '2010-12-21');
  const shuffled = [...days].sort((a, b) => orderOf(a) - orderOf(b));
  let asOneRun: string;

  /** The file's lines of those days alone: as many as the days need, landed in a moment. */
  function deliverTwentyDays(shop: Shop): void {
    const lines = gunzipSync(readFileSync(join(String(data), file)))
      .toString()
      .split('\n');
    const end = lines.findIndex((line) => line.includes(',2010-12-21 '));
    writeFileSync(join(shop.landing, source), gzipSync(lines.slice(0, end).join('\n'), { level: 1 }));
  }

  async function published(order: readonly string[], atOnce: number): Promise<string> {
    return await withShop(async (shop) => {
      deliverTwentyDays(shop);
      const waiting = [...order];
      const worker = async (): Promise<void> => {
        for (let day = waiting.shift(); day !== undefined; day = waiting.shift()) {
          await runDaily(shop, { source, start: day, end: plusDays(day, 1) });
        }
      };
      await Promise.all(Array.from({ length: atOnce }, worker));
      await runMarts(shop);
      return JSON.stringify(await fingerprints(shop));
    });
  }

  beforeAll(async () => {
    asOneRun = await withShop(async (shop) => {
      deliverTwentyDays(shop);
      await runDaily(shop, { source, start: '2010-12-01', end: '2010-12-21' });
      await runMarts(shop);
      return JSON.stringify(await fingerprints(shop));
    });
  }, 120_000);

  test.each<[string, readonly string[], number]>([
    ['forwards', days, 1],
    ['backwards', [...days].reverse(), 1],
    ['shuffled', shuffled, 1],
    ['shuffled, four at a time', shuffled, 4],
  ])(
    '%s leave the tables of one run',
    async (_order, order, atOnce) => {
      expect(await published(order, atOnce)).toBe(asOneRun);
    },
    240_000,
  );
});

/** A fixed shuffle: days by the digits of their date times a prime. */
function orderOf(day: string): number {
  return (Number(day.slice(8)) * 7_919) % 101;
}

test('the real file is there to be read when it is demanded', () => {
  if (data !== null) expect(readFileSync(join(data, file)).length).toBeGreaterThan(7_000_000);
});
