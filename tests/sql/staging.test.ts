import { describe, expect, test } from '@jest/globals';
import { type LandedRecord, withRecords } from './support';

async function staged(records: readonly LandedRecord[], sql: string, zone = 'UTC'): Promise<readonly object[]> {
  let rows: readonly object[] = [];
  await withRecords(
    records,
    async (models) => {
      await models.build('staging.stg_invoices');
      rows = await models.rows(sql);
    },
    { start: '2000-01-01', end: '2100-01-01', source_timezone: zone },
  );
  return rows;
}

describe('staging.stg_invoices', () => {
  test('types an ordinary sale', async () => {
    const sql = 'select * from staging.stg_invoices';
    expect(await staged([{ stock_code: ' 85123A ', description: ' WHITE  HEART ' }], sql)).toEqual([
      {
        file: 'a.csv',
        line: 2,
        invoice_no: '1',
        line_no: 1,
        stock_code: '85123A',
        customer_id: 17850,
        description: ' WHITE  HEART ',
        country: 'United Kingdom',
        quantity: 2,
        unit_price: '1.5000',
        amount: '3.0000',
        invoiced_at: '2010-12-01T08:26:00Z',
        date_key: 20101201,
        invoice_month: '2010-12-01',
        row_class: 'sale',
        malformed_reason: null,
        is_exact_duplicate: false,
        filled_cell_count: 6,
      },
    ]);
  });

  test.each<[string, LandedRecord]>([
    ['return', { invoice_no: 'C536379', quantity: '-1' }],
    ['ledger_adjustment', { invoice_no: 'A563185', unit_price: '11062.06' }],
    ['stock_adjustment', { quantity: '-9', unit_price: '0.0', customer_id: null }],
    ['stock_adjustment', { quantity: '-9' }],
    ['zero_price', { unit_price: '0.0' }],
    ['zero_price', { unit_price: '0' }],
    ['sale', { customer_id: null, description: null, country: null }],
    ['return', { invoice_no: 'C1', unit_price: '0.0' }],
    ['malformed', { invoice_no: 'C1', quantity: 'x' }],
  ])('calls it a %s: %j', async (rowClass, record) => {
    expect(await staged([record], 'select row_class from staging.stg_invoices')).toEqual([{ row_class: rowClass }]);
  });

  test.each<[LandedRecord, string]>([
    [{ quantity: 'six' }, 'Quantity "six" is not a whole number'],
    [{ quantity: '6.5' }, 'Quantity "6.5" is not a whole number'],
    [{ quantity: '' }, 'Quantity is empty'],
    [{ quantity: null }, 'Quantity is empty'],
    [{ quantity: '99999999999999999999' }, 'Quantity "99999999999999999999" is not a whole number'],
    [{ unit_price: '2,55' }, 'UnitPrice "2,55" is not a number with at most four decimals'],
    [{ unit_price: '2.55555' }, 'UnitPrice "2.55555" is not a number with at most four decimals'],
    [{ unit_price: null }, 'UnitPrice is empty'],
    [{ customer_id: '17850.5' }, 'CustomerID "17850.5" is not a whole number'],
    [{ customer_id: 'C1' }, 'CustomerID "C1" is not a whole number'],
    [{ invoice_no: null }, 'InvoiceNo is empty'],
    [{ stock_code: '  ' }, 'StockCode is empty'],
    [
      { day: '2010-12-01', invoice_date: '12/1/2010 8:26' },
      'InvoiceDate "12/1/2010 8:26" is not YYYY-MM-DD HH:MM[:SS]',
    ],
    [
      { day: '2010-12-01', invoice_date: '2010-12-01 24:00' },
      'InvoiceDate "2010-12-01 24:00" is not YYYY-MM-DD HH:MM[:SS]',
    ],
    [
      { day: '2010-12-01', invoice_date: '2010-02-30 08:00' },
      'InvoiceDate "2010-02-30 08:00" is not YYYY-MM-DD HH:MM[:SS]',
    ],
    [{ day: '2010-12-01', invoice_date: null }, 'InvoiceDate is empty'],
    [{ quantity: '999999999999999', unit_price: '99999999' }, 'Quantity times UnitPrice is out of range'],
    [{ reject_reason: 'a quote is not closed', reject_row: '1,"x' }, 'a quote is not closed'],
  ])('says why %j is malformed', async (record, reason) => {
    const sql = 'select row_class, malformed_reason, date_key from staging.stg_invoices';
    expect(await staged([record], sql)).toEqual([
      { row_class: 'malformed', malformed_reason: reason, date_key: 20101201 },
    ]);
  });

  test.each([
    [' 12 ', 12],
    ['+3', 3],
    ['4.0', 4],
  ])('takes the quantity %j as %d', async (text, quantity) => {
    expect(await staged([{ quantity: text }], 'select quantity from staging.stg_invoices')).toEqual([{ quantity }]);
  });

  test.each([
    ['0.001', '0.0010'],
    ['.5', '0.5000'],
    ['18.', '18.0000'],
    ['2.550000', '2.5500'],
    ['-11062.06', '-11062.0600'],
  ])('takes the price %j exactly', async (text, price) => {
    expect(await staged([{ unit_price: text }], 'select unit_price from staging.stg_invoices')).toEqual([
      { unit_price: price },
    ]);
  });

  test('keeps the first of equal rows, by file and line, and marks the others', async () => {
    const records = [
      { file: 'b.csv' },
      { file: 'a.csv' },
      { file: 'a.csv' },
      { file: 'a.csv', description: 'BIRD ORNAMENT ' },
    ];
    const sql = 'select file, line, row_class, is_exact_duplicate from staging.stg_invoices order by file, line';
    expect(await staged(records, sql)).toMatchObject([
      { file: 'a.csv', line: 3, row_class: 'sale', is_exact_duplicate: false },
      { file: 'a.csv', line: 4, row_class: 'exact_duplicate', is_exact_duplicate: true },
      { file: 'a.csv', line: 5, row_class: 'sale', is_exact_duplicate: false },
      { file: 'b.csv', line: 2, row_class: 'exact_duplicate', is_exact_duplicate: true },
    ]);
  });

  test('takes equal rows of two days as two rows', async () => {
    const records = [
      { day: '2010-12-01', invoice_date: 'x' },
      { day: '2010-12-02', invoice_date: 'x' },
    ];
    const sql = 'select is_exact_duplicate from staging.stg_invoices';
    expect(await staged(records, sql)).toEqual([{ is_exact_duplicate: false }, { is_exact_duplicate: false }]);
  });

  test('numbers all records of an invoice in the order of the file, duplicates included', async () => {
    const records = [{}, {}, { invoice_no: '2' }, { stock_code: 'X' }];
    const sql = 'select line, invoice_no, line_no from staging.stg_invoices order by line';
    expect(await staged(records, sql)).toMatchObject([
      { invoice_no: '1', line_no: 1 },
      { invoice_no: '1', line_no: 2 },
      { invoice_no: '2', line_no: 1 },
      { invoice_no: '1', line_no: 3 },
    ]);
  });

  test.each([
    ['2011-07-01 12:00:00', '2011-07-01T11:00:00Z', 'sale'],
    ['2011-10-30 01:30:00', '2011-10-30T00:30:00Z', 'sale'],
    ['2011-03-27 01:30:00', null, 'malformed'],
  ])('reads %s as a time of London: the first one of a fold, none in a gap', async (text, instant, rowClass) => {
    const sql = 'select invoiced_at, row_class, date_key from staging.stg_invoices';
    const day = Number(text.slice(0, 10).replaceAll('-', ''));
    expect(await staged([{ invoice_date: text }], sql, 'Europe/London')).toEqual([
      { invoiced_at: instant, row_class: rowClass, date_key: day },
    ]);
  });

  test('takes only the days of the interval', async () => {
    await withRecords(
      [{ day: '2010-12-01' }, { day: '2010-12-02' }, { day: '2010-12-03' }],
      async (models) => {
        const rows = await models.select('staging.stg_invoices');
        expect(rows.map((row) => row.date_key)).toEqual([20101202]);
      },
      { start: '2010-12-02', end: '2010-12-03', source_timezone: 'UTC' },
    );
  });
});

describe('quality.rejected_rows', () => {
  test('holds each row that is not loaded, as it stood in the file', async () => {
    const records = [
      {},
      {},
      { quantity: 'six', description: 'A "B", C' },
      { reject_reason: 'the record has 2 fields, the header has 8', reject_row: '536365,85123A' },
    ];
    await withRecords(records, async (models) => {
      await models.build('staging.stg_invoices', 'quality.rejected_rows');
      expect(await models.rows('select line, reason, detail, row from quality.rejected_rows order by line')).toEqual([
        {
          line: 3,
          reason: 'exact_duplicate',
          detail: null,
          row: '1,84879,BIRD ORNAMENT,2,2010-12-01 08:26:00,1.5,17850.0,United Kingdom',
        },
        {
          line: 4,
          reason: 'malformed',
          detail: 'Quantity "six" is not a whole number',
          row: '1,84879,"A ""B"", C",six,2010-12-01 08:26:00,1.5,17850.0,United Kingdom',
        },
        {
          line: 5,
          reason: 'malformed',
          detail: 'the record has 2 fields, the header has 8',
          row: '536365,85123A',
        },
      ]);
    });
  });
});

describe('quality.scores', () => {
  const score = async (records: readonly LandedRecord[]): Promise<readonly object[]> => {
    let rows: readonly object[] = [];
    await withRecords(records, async (models) => {
      await models.build('staging.stg_invoices', 'quality.scores');
      rows = await models.rows('select * exclude (date_key, invoice_month) from quality.scores order by date_key');
    });
    return rows;
  };

  test('gives a clean day 100', async () => {
    expect(await score([{}, { stock_code: 'X' }])).toMatchObject([
      { row_count: 2, loaded_count: 2, score: '100.0000' },
    ]);
  });

  test('weighs completeness, validity, uniqueness and consistency', async () => {
    const records = [{}, {}, { quantity: null }, { invoice_no: '9', quantity: '-1' }];
    expect(await score(records)).toMatchObject([
      {
        row_count: 4,
        malformed_count: 1,
        exact_duplicate_count: 1,
        inconsistent_count: 2,
        completeness: '0.958333',
        validity: '0.750000',
        uniqueness: '0.750000',
        consistency: '0.500000',
        score: '75.2083',
      },
    ]);
  });

  test('an invoice of two customers is inconsistent, a missing customer is only counted', async () => {
    expect(await score([{}, { customer_id: '2' }, { invoice_no: '3', customer_id: null }])).toMatchObject([
      { inconsistent_count: 2, missing_customer_count: 1, completeness: '1.000000' },
    ]);
  });

  test('a price of zero may go with any quantity', async () => {
    expect(await score([{ quantity: '-5', unit_price: '0' }])).toMatchObject([{ inconsistent_count: 0 }]);
  });

  test('has no row for a day without records, so that its score is null in a join from the calendar', async () => {
    expect(await score([])).toEqual([]);
    await withRecords([{ day: '2010-12-01' }, { day: '2010-12-03' }], async (models) => {
      await models.build('staging.stg_invoices', 'quality.scores', 'core.customer_days', 'core.dim_date');
      const rows = await models.rows(
        'from core.dim_date left join quality.scores using (date_key) select date_key, score where date_key between 20101201 and 20101203 order by all',
      );
      expect(rows).toEqual([
        { date_key: 20101201, score: '100.0000' },
        { date_key: 20101202, score: null },
        { date_key: 20101203, score: '100.0000' },
      ]);
    });
  });
});

describe('check quality.invoices', () => {
  test('names the days below the minimum, and passes when there are no rows', async () => {
    await withRecords([{ quantity: null }, { day: '2010-12-02' }], async (models) => {
      await models.build('staging.stg_invoices', 'quality.scores');
      const rows = await models.select('quality.invoices', { minimum_score: 95 });
      expect(rows).toMatchObject([{ day: '2010-12-01', minimum_score: '95.0000' }]);
    });
    await withRecords([], async (models) => {
      await models.build('staging.stg_invoices', 'quality.scores');
      expect(await models.select('quality.invoices', { minimum_score: 95 })).toEqual([]);
    });
  });
});
