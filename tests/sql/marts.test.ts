import { describe, expect, test } from '@jest/globals';
import { type LandedRecord, withRecords } from './support';

const upstream = [
  'staging.stg_invoices',
  'core.customer_days',
  'core.product_days',
  'core.fact_sales',
  'core.fact_returns',
  'core.dim_customer',
  'core.dim_product',
  'core.dim_country',
];

async function mart(name: string, records: readonly LandedRecord[], select: string): Promise<readonly object[]> {
  let rows: readonly object[] = [];
  await withRecords(records, async (models) => {
    await models.build(...upstream, name);
    rows = await models.rows(`select ${select} from ${name} order by all`);
  });
  return rows;
}

test.each([
  'customer_rfm',
  'cohort_retention',
  'product_performance',
  'country_performance',
  'return_matches',
  'revenue_daily',
  'revenue_monthly',
  'reference_monthly',
])('marts.%s of a release without rows is empty', async (name) => {
  expect(await mart(`marts.${name}`, [], '*')).toEqual([]);
});

describe('marts.customer_rfm', () => {
  test('scores known customers in fifths and names their segment', async () => {
    const records = [1, 2, 3, 4, 5].flatMap((number) =>
      Array.from({ length: number }, (_, order) => ({
        invoice_no: `${number}${order}`,
        customer_id: `${number}`,
        day: `2011-01-0${number}`,
        quantity: `${number}`,
      })),
    );
    const select =
      'customer_id, recency_days, frequency, monetary, r_score, f_score, m_score, rfm_score, segment, as_of';
    const rows = await mart('marts.customer_rfm', [...records, { customer_id: null, day: '2011-01-09' }], select);
    expect(rows[0]).toEqual({
      customer_id: 1,
      recency_days: 9,
      frequency: 1,
      monetary: '1.5000',
      r_score: 1,
      f_score: 1,
      m_score: 1,
      rfm_score: '111',
      segment: 'Lost',
      as_of: '2011-01-10',
    });
    expect(rows[4]).toEqual({
      customer_id: 5,
      recency_days: 5,
      frequency: 5,
      monetary: '37.5000',
      r_score: 5,
      f_score: 5,
      m_score: 5,
      rfm_score: '555',
      segment: 'Champions',
      as_of: '2011-01-10',
    });
    expect(rows).toHaveLength(5);
  });

  test('breaks ties by the customer id', async () => {
    const records = ['3', '1', '2', '5', '4'].map((id) => ({ invoice_no: id, customer_id: id }));
    const rows = await mart('marts.customer_rfm', records, 'customer_id, r_score, f_score, m_score');
    expect(rows).toEqual([1, 2, 3, 4, 5].map((n) => ({ customer_id: n, r_score: n, f_score: n, m_score: n })));
  });

  test('shows returns beside the gross value', async () => {
    const records = [{ quantity: '10' }, { invoice_no: 'C2', quantity: '-4' }];
    expect(await mart('marts.customer_rfm', records, 'monetary, returns_amount, net_monetary')).toEqual([
      { monetary: '15.0000', returns_amount: '-6.0000', net_monetary: '9.0000' },
    ]);
  });
});

test('marts.cohort_retention counts who came back in which month, without holes', async () => {
  const buy = (customer_id: string | null, day: string): LandedRecord => ({
    customer_id,
    day,
    invoice_no: `${customer_id}${day}`,
  });
  const records = [
    buy('1', '2010-12-05'),
    buy('2', '2010-12-06'),
    buy('1', '2011-02-01'),
    buy('3', '2011-02-02'),
    buy(null, '2011-04-01'),
  ];
  const select = 'cohort_month, month_index, activity_month, cohort_size, customer_count, retention_rate, order_count';
  expect(await mart('marts.cohort_retention', records, select)).toEqual([
    {
      cohort_month: '2010-12-01',
      month_index: 0,
      activity_month: '2010-12-01',
      cohort_size: 2,
      customer_count: 2,
      retention_rate: '1.000000',
      order_count: 2,
    },
    {
      cohort_month: '2010-12-01',
      month_index: 1,
      activity_month: '2011-01-01',
      cohort_size: 2,
      customer_count: 0,
      retention_rate: '0.000000',
      order_count: 0,
    },
    {
      cohort_month: '2010-12-01',
      month_index: 2,
      activity_month: '2011-02-01',
      cohort_size: 2,
      customer_count: 1,
      retention_rate: '0.500000',
      order_count: 1,
    },
    {
      cohort_month: '2011-02-01',
      month_index: 0,
      activity_month: '2011-02-01',
      cohort_size: 1,
      customer_count: 1,
      retention_rate: '1.000000',
      order_count: 1,
    },
  ]);
});

test('marts.product_performance ranks products, not services, and classes them by cumulated revenue', async () => {
  const sell = (stock_code: string, quantity: number): LandedRecord => ({
    stock_code,
    quantity: `${quantity}`,
    unit_price: '1',
    invoice_no: `${quantity}`,
  });
  const records = [
    sell('A', 85),
    sell('E', 11),
    sell('F', 4),
    sell('POST', 500),
    { stock_code: 'E', invoice_no: 'C9', quantity: '-1', unit_price: '1' },
    { stock_code: 'R', invoice_no: 'C8', quantity: '-2', unit_price: '1' },
  ];
  const select =
    'stock_code, is_product, revenue, returns_amount, net_revenue, return_rate, revenue_rank, revenue_share, cumulative_share, abc_class';
  expect(await mart('marts.product_performance', records, select)).toEqual([
    {
      stock_code: 'A',
      is_product: true,
      revenue: '85.0000',
      returns_amount: '0.0000',
      net_revenue: '85.0000',
      return_rate: '0.000000',
      revenue_rank: 1,
      revenue_share: '0.850000',
      cumulative_share: '0.850000',
      abc_class: 'A',
    },
    {
      stock_code: 'E',
      is_product: true,
      revenue: '11.0000',
      returns_amount: '-1.0000',
      net_revenue: '10.0000',
      return_rate: '0.090909',
      revenue_rank: 2,
      revenue_share: '0.110000',
      cumulative_share: '0.960000',
      abc_class: 'B',
    },
    {
      stock_code: 'F',
      is_product: true,
      revenue: '4.0000',
      returns_amount: '0.0000',
      net_revenue: '4.0000',
      return_rate: '0.000000',
      revenue_rank: 3,
      revenue_share: '0.040000',
      cumulative_share: '1.000000',
      abc_class: 'C',
    },
    {
      stock_code: 'POST',
      is_product: false,
      revenue: '500.0000',
      returns_amount: '0.0000',
      net_revenue: '500.0000',
      return_rate: '0.000000',
      revenue_rank: null,
      revenue_share: null,
      cumulative_share: null,
      abc_class: null,
    },
    {
      stock_code: 'R',
      is_product: true,
      revenue: '0.0000',
      returns_amount: '-2.0000',
      net_revenue: '-2.0000',
      return_rate: null,
      revenue_rank: 4,
      revenue_share: '0.000000',
      cumulative_share: '1.000000',
      abc_class: 'C',
    },
  ]);
});

test('marts.country_performance sums by country, unknown ones under that name', async () => {
  const records = [
    {},
    { country: 'EIRE', invoice_no: '2', quantity: '6' },
    { country: null, invoice_no: '3' },
    { invoice_no: 'C4', quantity: '-1' },
  ];
  const select =
    'country, revenue, returns_amount, net_revenue, order_count, return_count, revenue_rank, revenue_share';
  expect(await mart('marts.country_performance', records, select)).toEqual([
    {
      country: 'EIRE',
      revenue: '9.0000',
      returns_amount: '0.0000',
      net_revenue: '9.0000',
      order_count: 1,
      return_count: 0,
      revenue_rank: 1,
      revenue_share: '0.600000',
    },
    expect.objectContaining({
      country: 'United Kingdom',
      revenue: '3.0000',
      returns_amount: '-1.5000',
      net_revenue: '1.5000',
      return_count: 1,
    }),
    expect.objectContaining({ country: 'Unknown', revenue: '3.0000', revenue_share: '0.200000' }),
  ]);
});

describe('marts.return_matches', () => {
  const at = (time: string, more: LandedRecord): LandedRecord => ({ invoice_date: `2010-12-${time}:00`, ...more });
  const select = 'invoice_no, is_matched, sale_invoice_no, sale_line_no, days_to_return';

  test('finds the latest sale before the return that can hold it', async () => {
    const records = [
      at('01 09:00', { invoice_no: '1', quantity: '10' }),
      at('02 09:00', { invoice_no: '2', quantity: '10' }),
      at('03 09:00', { invoice_no: '3', quantity: '1' }),
      at('05 09:00', { invoice_no: '5', quantity: '10' }),
      at('04 09:00', { invoice_no: 'C4', quantity: '-2' }),
    ];
    expect(await mart('marts.return_matches', records, select)).toEqual([
      { invoice_no: 'C4', is_matched: true, sale_invoice_no: '2', sale_line_no: 1, days_to_return: 2 },
    ]);
  });

  test('breaks ties by the greatest invoice and line, and uses no sale up', async () => {
    const records = [
      at('01 09:00', { invoice_no: '1', quantity: '3' }),
      at('01 09:00', { invoice_no: '1', quantity: '4' }),
      at('02 09:00', { invoice_no: 'C2', quantity: '-3' }),
      at('02 09:00', { invoice_no: 'C3', quantity: '-3' }),
    ];
    expect(await mart('marts.return_matches', records, select)).toMatchObject([
      { invoice_no: 'C2', sale_line_no: 2 },
      { invoice_no: 'C3', sale_line_no: 2 },
    ]);
  });

  test.each<[string, LandedRecord]>([
    ['another customer', { customer_id: '1' }],
    ['another price', { unit_price: '1.6' }],
    ['another product', { stock_code: 'X' }],
    ['no customer', { customer_id: null }],
  ])('leaves a return of %s unmatched', async (_what, more) => {
    const records = [
      at('01 09:00', { customer_id: more.customer_id === null ? null : '17850' }),
      at('02 09:00', { invoice_no: 'C2', quantity: '-1', ...more }),
    ];
    expect(await mart('marts.return_matches', records, select)).toEqual([
      { invoice_no: 'C2', is_matched: false, sale_invoice_no: null, sale_line_no: null, days_to_return: null },
    ]);
  });
});

describe('revenue', () => {
  const records = [{}, { invoice_no: '2', customer_id: null }, { invoice_no: 'C3', day: '2011-01-02', quantity: '-1' }];
  const select =
    'revenue, returns_amount, net_revenue, order_count, return_count, customer_count, line_count, quantity';
  const december = {
    revenue: '6.0000',
    returns_amount: '0.0000',
    net_revenue: '6.0000',
    order_count: 2,
    return_count: 0,
    customer_count: 1,
    line_count: 2,
    quantity: 4,
  };
  const january = {
    revenue: '0.0000',
    returns_amount: '-1.5000',
    net_revenue: '-1.5000',
    order_count: 0,
    return_count: 1,
    customer_count: 0,
    line_count: 0,
    quantity: 0,
  };

  test('by month is gross, with returns beside it', async () => {
    expect(await mart('marts.revenue_monthly', records, `month, ${select}`)).toEqual([
      { month: '2010-12-01', ...december },
      { month: '2011-01-01', ...january },
    ]);
  });

  test('by day likewise', async () => {
    expect(await mart('marts.revenue_daily', records, `day, ${select}`)).toEqual([
      { day: '2010-12-01', ...december },
      { day: '2011-01-02', ...january },
    ]);
  });
});

test('marts.reference_monthly is the usual cleaning, with duplicates and without', async () => {
  const records = [
    {},
    {},
    { customer_id: null },
    { invoice_no: 'C2', quantity: '-1' },
    { unit_price: '0' },
    { day: '2011-01-05', invoice_no: '4', quantity: '1' },
    { day: '2011-01-05', quantity: 'x' },
  ];
  expect(await mart('marts.reference_monthly', records, '*')).toEqual([
    {
      month: '2010-12-01',
      row_count: 2,
      customer_count: 1,
      invoice_count: 1,
      revenue: '6.0000',
      deduplicated_row_count: 1,
      deduplicated_revenue: '3.0000',
      new_customer_count: 1,
      new_invoice_count: 1,
    },
    {
      month: '2011-01-01',
      row_count: 1,
      customer_count: 1,
      invoice_count: 1,
      revenue: '1.5000',
      deduplicated_row_count: 1,
      deduplicated_revenue: '1.5000',
      new_customer_count: 0,
      new_invoice_count: 1,
    },
  ]);
});
