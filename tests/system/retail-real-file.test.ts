import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect } from '@jest/globals';
import { ownDags, withHouse } from '../support/house';
import { rowsOf } from '../support/published';
import { testWith } from '../support/requirements';

/**
 * What is known of UCI Online Retail: published facts, facts that independent SQL gave, and the figures of the usual
 * cleaning that published studies agree on. All values as text, so that no number is rounded on its way.
 */
const figures: readonly (readonly [what: string, sql: string, expected: readonly string[]])[] = [
  [
    'rows, exact duplicates, cancellation rows, rows with no customer',
    `select count(*), count(*) filter (is_exact_duplicate), count(*) filter (invoice_no like 'C%'),
       count(*) filter (customer_id is null) from staging.stg_invoices`,
    ['541909', '5268', '9288', '135080'],
  ],
  [
    'rows by class',
    'select row_class, count(*) from staging.stg_invoices group by row_class order by row_class',
    [
      ...['exact_duplicate', '5268', 'ledger_adjustment', '3', 'return', '9251', 'sale', '524877'],
      ...['stock_adjustment', '1336', 'zero_price', '1174'],
    ],
  ],
  ['sales', 'select count(*), sum(amount) from core.fact_sales', ['524877', '10631048.7440']],
  ['returns', 'select count(*), sum(amount) from core.fact_returns', ['9251', '-893979.7300']],
  [
    'rows set aside, none of them malformed',
    'select count(*), count(detail) from quality.rejected_rows',
    ['7781', '0'],
  ],
  [
    'prices with a third decimal',
    'select distinct unit_price from staging.stg_invoices where unit_price <> round(unit_price, 2)',
    ['0.0010'],
  ],
  [
    'hours of the day',
    'select min(extract(hour from invoiced_at)), max(extract(hour from invoiced_at)) from staging.stg_invoices',
    ['6', '20'],
  ],
  [
    'days that pass the quality score, and the lowest score',
    'select count(*), count(*) filter (score >= 95), round(min(score), 1) from quality.scores',
    ['305', '305', '98.8'],
  ],
  [
    'customers and their changes',
    `select count(distinct customer_id), count(*) - count(distinct customer_id)
     from core.dim_customer where customer_key > 0`,
    ['4371', '16'],
  ],
  [
    'stock codes and their changes',
    `select count(distinct stock_code), count(*) - count(distinct stock_code)
     from core.dim_product where product_key > 0`,
    ['3937', '660'],
  ],
  ['customers with a segment', 'select count(*) from marts.customer_rfm', ['4338']],
  ['revenue of all months', 'select sum(revenue) from marts.revenue_monthly', ['10631048.7440']],
  [
    'returns with their sale',
    'select count(*) filter (is_matched), count(*) from marts.return_matches',
    ['7144', '9251'],
  ],
  [
    'the usual cleaning: rows and revenue, with duplicates and without',
    `select sum(row_count), round(sum(revenue), 2), sum(deduplicated_row_count), round(sum(deduplicated_revenue), 2)
     from marts.reference_monthly`,
    ['397884', '8911407.90', '392692', '8887208.89'],
  ],
  [
    'the usual cleaning: customers and invoices over all months, each once',
    'select sum(new_customer_count), sum(new_invoice_count) from marts.reference_monthly',
    ['4338', '18532'],
  ],
  [
    'the usual cleaning: revenue by month',
    'select round(revenue, 2) from marts.reference_monthly order by month',
    [
      ...['572713.89', '569445.04', '447137.35', '595500.76', '469200.36', '678594.56', '661213.69', '600091.01'],
      ...['645343.90', '952838.38', '1039318.79', '1161817.38', '518192.79'],
    ],
  ],
  [
    'the cohort of December 2010',
    `select customer_count from marts.cohort_retention where cohort_month = date '2010-12-01' order by month_index`,
    ['885', '324', '286', '340', '321', '352', '321', '309', '313', '350', '331', '445', '235'],
  ],
  [
    'new customers by month',
    'select customer_count from marts.cohort_retention where month_index = 0 order by cohort_month',
    ['885', '417', '380', '452', '300', '284', '242', '188', '169', '299', '358', '323', '41'],
  ],
  [
    'facts whose keys lead to the version of their day',
    `select count(*) from core.fact_sales as fact
     join core.dim_customer as customer on customer.customer_key = fact.customer_key
     join core.dim_product as product on product.product_key = fact.product_key
     join core.dim_country as country on country.country_key = fact.country_key
     join core.dim_date as calendar on calendar.date_key = fact.date_key
     where customer.customer_id is not distinct from fact.customer_id
       and product.stock_code = fact.stock_code
       and calendar.day >= product.valid_from and calendar.day < product.valid_to
       and calendar.day >= customer.valid_from and calendar.day < customer.valid_to`,
    ['524877'],
  ],
];

testWith(
  'data',
  'the real file, run as one, gives every known figure, also to a plain DuckDB that opens the catalog',
  async (data) => {
    await withHouse({ dags: [ownDags] }, async ({ client, landing, warehouse, startWorker, deploy, read }) => {
      const folder = join(landing, 'online_retail');
      mkdirSync(folder, { recursive: true });
      copyFileSync(join(data, 'online-retail', 'online_retail.csv.gz'), join(folder, 'online_retail.csv.gz'));
      await startWorker();
      await deploy();
      const interval = '2010-12-01/2011-12-10';
      const [daily = ''] = await client.trigger({ dagId: 'retail_daily', interval });
      const summary = await client.result('retail_daily', daily);
      const [marts = ''] = await client.trigger({ dagId: 'retail_marts' });
      const martsSummary = await client.result('retail_marts', marts);
      const byQuery = await read((opened) => answers((sql) => rowsOf(opened, sql)));
      const byCatalog = await answersOfCatalog(join(warehouse, 'catalog.duckdb'));

      expect([summary.label, martsSummary.label]).toEqual(['success', 'success']);
      const expected = Object.fromEntries(figures.map(([what, , values]) => [what, values]));
      expect(byQuery).toEqual(expected);
      expect(byCatalog).toEqual(expected);
      expect(reportOf(warehouse, marts)).toContain('<html');
    });
  },
  600_000,
);

type Ask = (sql: string) => Promise<readonly { readonly [column: string]: unknown }[]>;

/** Every figure as its query gives it, row by row, as text. */
async function answers(ask: Ask): Promise<{ readonly [what: string]: readonly string[] }> {
  const given: [string, readonly string[]][] = [];
  for (const [what, sql] of figures) {
    const rows = await ask(`select columns(*)::varchar from (${sql})`);
    given.push([what, rows.flatMap((row) => Object.values(row).map(String))]);
  }
  return Object.fromEntries(given);
}

/** The same from an analyst's DuckDB, which knows nothing of Tidemill. */
async function answersOfCatalog(catalog: string): Promise<{ readonly [what: string]: readonly string[] }> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run(`attach '${catalog}' as shop (read_only)`);
    await connection.run('use shop');
    return await answers(async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson());
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function reportOf(warehouse: string, runId: string): string {
  const folder = join(warehouse, 'reports', 'retail_marts', runId.replaceAll(':', '-'));
  const file = readdirSync(folder).find((name) => name.endsWith('.html')) ?? '';
  return readFileSync(join(folder, file), 'utf8');
}
