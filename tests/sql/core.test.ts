import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { type LandedRecord, withRecords } from './support';

/** Low 63 bits of the md5 over (dimension, business key, valid_from), computed here by other means. */
function keyOf(...parts: readonly string[]): number | string {
  const key = BigInt(`0x${createHash('md5').update(parts.join('|')).digest('hex')}`) & ((1n << 63n) - 1n);
  return key > BigInt(Number.MAX_SAFE_INTEGER) ? String(key) : Number(key);
}

async function built(
  records: readonly LandedRecord[],
  models: readonly string[],
  sql: string,
): Promise<readonly object[]> {
  let rows: readonly object[] = [];
  await withRecords(records, async (world) => {
    await world.build('staging.stg_invoices', ...models);
    rows = await world.rows(sql);
  });
  return rows;
}

describe('core.product_days', () => {
  test('keeps the description with most lines, ties alphabetical, blanks collapsed', async () => {
    const records = [
      { description: 'ZEBRA  CUP ' },
      { description: 'ZEBRA CUP', quantity: '3' },
      { description: 'APE CUP' },
      { stock_code: 'T', description: 'B' },
      { stock_code: 'T', description: 'A' },
      { stock_code: 'N', description: null },
      { stock_code: 'N', description: 'NAMED', quantity: '7' },
      { stock_code: 'N', description: null, quantity: '8' },
      { stock_code: 'G', unit_price: '0' },
    ];
    const sql = 'select stock_code, description, line_count from core.product_days order by stock_code';
    expect(await built(records, ['core.product_days'], sql)).toEqual([
      { stock_code: '84879', description: 'ZEBRA CUP', line_count: 3 },
      { stock_code: 'N', description: 'NAMED', line_count: 3 },
      { stock_code: 'T', description: 'A', line_count: 2 },
    ]);
  });
});

describe('core.customer_days', () => {
  test('counts lines by customer and country, also those with no customer', async () => {
    const records = [{}, { stock_code: 'X' }, { customer_id: null, country: 'EIRE' }, { unit_price: '0' }];
    const sql = 'select customer_id, country, line_count from core.customer_days order by country';
    expect(await built(records, ['core.customer_days'], sql)).toEqual([
      { customer_id: null, country: 'EIRE', line_count: 1 },
      { customer_id: 17850, country: 'United Kingdom', line_count: 2 },
    ]);
  });
});

describe('the facts', () => {
  test('hold each sale and each return once, with keys for publish to fill', async () => {
    const records = [{}, {}, { invoice_no: 'C2', quantity: '-1' }, { unit_price: '0' }];
    const facts = ['core.fact_sales', 'core.fact_returns'];
    const columns =
      'invoice_no, line_no, stock_code, customer_id, customer_key, product_key, date_key, country_key, invoice_month, invoiced_at, quantity, unit_price, amount';
    const sql = `select ${columns} from core.fact_sales union all select ${columns} from core.fact_returns`;
    const sale = {
      invoice_no: '1',
      line_no: 1,
      stock_code: '84879',
      customer_id: 17850,
      customer_key: 0,
      product_key: 0,
      date_key: 20101201,
      country_key: keyOf('dim_country', 'United Kingdom', '1900-01-01'),
      invoice_month: '2010-12-01',
      invoiced_at: '2010-12-01T08:26:00Z',
      quantity: 2,
      unit_price: '1.5000',
      amount: '3.0000',
    };
    expect(await built(records, facts, sql)).toEqual([
      sale,
      { ...sale, invoice_no: 'C2', quantity: -1, amount: '-1.5000' },
    ]);
  });

  test('put rows with no country on the unknown member', async () => {
    const sql = 'select country_key from core.fact_sales';
    expect(await built([{ country: null }], ['core.fact_sales'], sql)).toEqual([{ country_key: 0 }]);
  });
});

describe('core.dim_product', () => {
  const models = ['core.product_days', 'core.dim_product'];

  test('has one version per change of the description, the first one from 1900', async () => {
    const records = [
      { day: '2010-12-01', description: 'CUP' },
      { day: '2010-12-02', description: null },
      { day: '2010-12-03', description: 'MUG' },
      { day: '2010-12-04', description: 'MUG ' },
      { day: '2010-12-05', description: 'CUP' },
    ];
    const sql = 'select * from core.dim_product where product_key <> 0 order by valid_from';
    const version = (from: string, to: string, description: string): object => ({
      product_key: keyOf('dim_product', '84879', from),
      stock_code: '84879',
      description,
      is_product: true,
      valid_from: from,
      valid_to: to,
      is_current: to === '9999-12-31',
    });
    expect(await built(records, models, sql)).toEqual([
      version('1900-01-01', '2010-12-03', 'CUP'),
      version('2010-12-03', '2010-12-05', 'MUG'),
      version('2010-12-05', '9999-12-31', 'CUP'),
    ]);
  });

  test('knows services, and has the unknown member under key 0', async () => {
    const records = [{ stock_code: 'POST' }, { stock_code: 'm' }, { stock_code: 'POSTER', description: null }];
    const sql =
      'select product_key = 0 as is_unknown, stock_code, description, is_product from core.dim_product order by stock_code nulls first';
    expect(await built(records, models, sql)).toEqual([
      { is_unknown: true, stock_code: null, description: null, is_product: false },
      { is_unknown: false, stock_code: 'POST', description: 'BIRD ORNAMENT', is_product: false },
      { is_unknown: false, stock_code: 'POSTER', description: null, is_product: true },
      { is_unknown: false, stock_code: 'm', description: 'BIRD ORNAMENT', is_product: false },
    ]);
  });
});

describe('core.dim_customer', () => {
  test('has one version per change of the country; a day counts for the country with most lines', async () => {
    const records = [
      { day: '2010-12-01', country: null },
      { day: '2010-12-02', country: 'EIRE' },
      { day: '2010-12-03', country: 'EIRE' },
      { day: '2010-12-03', country: 'France' },
      { day: '2010-12-03', country: 'France', quantity: '9' },
      { day: '2010-12-04', customer_id: null, country: 'Spain' },
    ];
    const sql = 'select * from core.dim_customer where customer_key <> 0 order by valid_from';
    expect(await built(records, ['core.customer_days', 'core.dim_customer'], sql)).toEqual([
      {
        customer_key: keyOf('dim_customer', '17850', '1900-01-01'),
        customer_id: 17850,
        country: 'EIRE',
        valid_from: '1900-01-01',
        valid_to: '2010-12-03',
        is_current: false,
      },
      {
        customer_key: keyOf('dim_customer', '17850', '2010-12-03'),
        customer_id: 17850,
        country: 'France',
        valid_from: '2010-12-03',
        valid_to: '9999-12-31',
        is_current: true,
      },
    ]);
  });
});

describe('the small dimensions', () => {
  const models = ['core.customer_days', 'core.dim_country', 'core.dim_date'];

  test('countries stand as they are written, also those of customers nobody knows', async () => {
    const records = [{ country: 'EIRE' }, { customer_id: null, country: 'USA' }, { country: null }];
    expect(await built(records, models, 'select * from core.dim_country order by country nulls first')).toEqual([
      { country_key: 0, country: null },
      { country_key: keyOf('dim_country', 'EIRE', '1900-01-01'), country: 'EIRE' },
      { country_key: keyOf('dim_country', 'USA', '1900-01-01'), country: 'USA' },
    ]);
  });

  test('the calendar covers whole years', async () => {
    const records = [{ day: '2010-12-31' }, { day: '2011-01-02' }];
    const bounds = 'select count(*) as days, min(day) as first_day, max(day) as last_day from core.dim_date';
    expect(await built(records, models, bounds)).toEqual([
      { days: 730, first_day: '2010-01-01', last_day: '2011-12-31' },
    ]);
    expect(await built(records, models, 'select * from core.dim_date where date_key = 20110102')).toEqual([
      {
        date_key: 20110102,
        day: '2011-01-02',
        year: 2011,
        quarter: 1,
        month: '2011-01-01',
        month_of_year: 1,
        month_name: 'January',
        day_of_month: 2,
        iso_year: 2010,
        iso_week: 52,
        day_of_week: 7,
        day_name: 'Sunday',
        is_weekend: true,
      },
    ]);
  });

  test('a release without rows has the unknown members only', async () => {
    const sql =
      'select (select count(*) from core.dim_country) as countries, (select count(*) from core.dim_date) as days';
    expect(await built([], models, sql)).toEqual([{ countries: 1, days: 0 }]);
  });
});
