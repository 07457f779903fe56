import { appendFileSync, mkdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { extractInvoices, fileExists } from '../../activities/extract/extract-invoices';
import { pendingDays } from '../../activities/extract/pending-days';
import type { DatasetRef, Json } from '../../engine';
import { contextOf, fingerprints, readPublished, runDaily, type Shop, withShop } from './support/retail';

const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const first = '536365,85123A,WHITE HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom';
const second = '536366,22633,HAND WARMER,3,2010-12-01 09:01:00,1.85,17850.0,United Kingdom';
const nextDay = '536370,22728,ALARM CLOCK,24,2010-12-02 08:45:00,3.75,12583.0,France';

let runCount = 0;

function csv(...lines: readonly string[]): string {
  return `${[header, ...lines].join('\n')}\n`;
}

function put(shop: Shop, name: string, content: string | Buffer): void {
  mkdirSync(dirname(join(shop.landing, name)), { recursive: true });
  writeFileSync(join(shop.landing, name), content);
}

interface Extract {
  readonly source?: string;
  readonly start?: string;
  readonly end?: string;
  readonly params?: Json;
  readonly timezone?: string;
}

/** Extracts from a shop as a run of its own. */
async function extract(
  shop: Shop,
  { source = 'a.csv', start = '2010-12-01', end = '2010-12-02', ...more }: Extract = {},
): Promise<DatasetRef> {
  runCount += 1;
  return await extractInvoices(contextOf(shop, { id: `extract__${runCount}`, start, end, ...more }, 'extract'), {
    source,
  });
}

async function landedRows(shop: Shop, ref: DatasetRef): Promise<readonly object[]> {
  const manifest = await shop.warehouse.manifest(ref);
  return await shop.warehouse.session(async (session) => {
    await session.bind({ name: 'raw', columns: manifest.columns, files: manifest.files });
    return await session.rows('select * from raw order by file, line');
  });
}

describe('extracting', () => {
  test('gives the records of the interval with file and physical line, as text', async () => {
    await withShop(async (shop) => {
      put(shop, 'a.csv', csv(first, nextDay));
      const ref = await extract(shop);
      expect(ref).toMatchObject({ kind: 'dataset', rowCount: 1, fileCount: 1 });
      expect(await landedRows(shop, ref)).toEqual([
        {
          file: 'a.csv',
          line: 2,
          day: '2010-12-01',
          invoice_no: '536365',
          stock_code: '85123A',
          description: 'WHITE HEART',
          quantity: '6',
          invoice_date: '2010-12-01 08:26:00',
          unit_price: '2.55',
          customer_id: '17850.0',
          country: 'United Kingdom',
          reject_reason: null,
          reject_row: null,
        },
      ]);
    });
  });

  test('reads plain and gzipped files, both column names, any order of columns, a byte order mark', async () => {
    await withShop(async (shop) => {
      const other = 'Country,Customer ID,Price,InvoiceDate,Quantity,Description,StockCode,Invoice';
      const cells = second.split(',').reverse().join(',');
      put(shop, 'in/b.csv.gz', gzipSync(`\uFEFF${other}\r\n${cells}\r\n`));
      put(shop, 'in/a.csv', csv(first));
      const rows = await landedRows(shop, await extract(shop, { source: 'in' }));
      expect(rows).toMatchObject([
        { file: 'in/a.csv', invoice_no: '536365', unit_price: '2.55' },
        { file: 'in/b.csv.gz', invoice_no: '536366', unit_price: '1.85', country: 'United Kingdom' },
      ]);
    });
  });

  test('gives an empty dataset for a day without records', async () => {
    await withShop(async (shop) => {
      put(shop, 'a.csv', csv(first));
      expect(await extract(shop, { start: '2010-12-05', end: '2010-12-06' })).toMatchObject({
        rowCount: 0,
        fileCount: 0,
      });
      put(shop, 'b.csv', csv());
      expect(await extract(shop, { source: 'b.csv' })).toMatchObject({ rowCount: 0 });
    });
  });

  test('run twice gives the same parts, and reads the file once', async () => {
    await withShop(async (shop) => {
      put(shop, 'a.csv', csv(first, second));
      const [one, two] = [await extract(shop), await extract(shop)];
      const files = await Promise.all([one, two].map(async (ref) => (await shop.warehouse.manifest(ref)).files));
      expect(files[0]).toEqual(files[1]);
    });
  });

  test('two runs that land the same file at once both succeed, with the same parts', async () => {
    await withShop(async (shop) => {
      put(shop, 'a.csv', csv(first, second, nextDay));
      const refs = await Promise.all([1, 2, 3, 4].map(() => extract(shop)));
      const keys = await Promise.all(refs.map(async (ref) => (await shop.warehouse.manifest(ref)).files[0]?.key));
      expect(new Set(keys).size).toBe(1);
    });
  });

  test('lands equal content once, under the first of its names, gzipped or not', async () => {
    await withShop(async (shop) => {
      put(shop, 'in/b.csv', csv(first));
      put(shop, 'in/c.csv.gz', gzipSync(csv(first)));
      put(shop, 'in/a.csv', csv(first));
      expect(await landedRows(shop, await extract(shop, { source: 'in' }))).toMatchObject([
        { file: 'in/a.csv', line: 2 },
      ]);
    });
  });

  test('notices that a file has changed, also when size and name stay', async () => {
    await withShop(async (shop) => {
      put(shop, 'a.csv', csv(first));
      await extract(shop);
      put(shop, 'a.csv', csv(first.replace('WHITE', 'BLACK')));
      expect(await landedRows(shop, await extract(shop))).toMatchObject([{ description: 'BLACK HEART' }]);
    });
  });

  test('puts records without a readable date on the earliest day of their file', async () => {
    await withShop(async (shop) => {
      const odd = first.replace('2010-12-01 08:26:00', '1/12/2010 8:26');
      put(shop, 'a.csv', csv(nextDay, first, odd, '536365,too,short', '1,"x'));
      const rows = await landedRows(shop, await extract(shop));
      expect(rows).toMatchObject([
        { line: 3, reject_reason: null },
        { line: 4, invoice_date: '1/12/2010 8:26' },
        { line: 5, reject_reason: 'the record has 3 fields, the header has 8', reject_row: '536365,too,short' },
        { line: 6, reject_reason: 'a quote is not closed', reject_row: '1,"x' },
      ]);
    });
  });

  test('puts a refused record on the day that its text names', async () => {
    await withShop(async (shop) => {
      put(shop, 'a.csv', csv(first, `${nextDay},extra`));
      const rows = await landedRows(shop, await extract(shop, { start: '2010-12-02', end: '2010-12-03' }));
      expect(rows).toMatchObject([{ line: 3, reject_row: `${nextDay},extra` }]);
    });
  });
});

describe('a bad source', () => {
  const broken: readonly (readonly [what: string, content: Buffer | string, code: string, details: object])[] = [
    ['an empty file', '', 'source_empty', { file: 'a.csv' }],
    ['a file of blank lines', '\n\r\n', 'source_empty', { file: 'a.csv' }],
    [
      'a truncated gzip',
      gzipSync(csv(...Array.from({ length: 500 }, () => first))).subarray(0, -20),
      'source_truncated',
      { file: 'a.csv' },
    ],
    ['a damaged gzip', damaged(gzipSync(csv(first, second))), 'source_corrupt', { file: 'a.csv' }],
    ['a missing column', csv(first).replace('Quantity,', ''), 'source_header', { line: 1, missing: ['quantity'] }],
    [
      'a renamed column',
      csv(first).replace('Quantity', 'Quantitty'),
      'source_header',
      { line: 1, column: 4, nearest: 'Quantity' },
    ],
    ['a duplicate column', csv(first).replace('Quantity', 'StockCode'), 'source_header', { line: 1, column: 4 }],
    ['another delimiter', csv(first).replaceAll(',', ';'), 'source_header', { line: 1, delimiter: ';' }],
    ['UTF-16', Buffer.from(`\uFEFF${csv(first)}`, 'utf16le'), 'source_header', { line: 1 }],
    [
      'only dates of another format',
      csv(first.replace('2010-12-01', '1/12/2010')),
      'source_dates',
      { line: 2, column: 'InvoiceDate', value: '1/12/2010 08:26:00' },
    ],
    ['only records that cannot be split', csv('a;b', 'c;d'), 'source_unreadable_records', { line: 2 }],
  ];

  test.each(broken)(
    'with %s is an error that names the place, and lands nothing',
    async (_what, content, code, details) => {
      await withShop(async (shop) => {
        put(shop, 'a.csv', content);
        await expect(extract(shop)).rejects.toMatchObject({ code, retryable: false, details });
        const keys: string[] = [];
        for await (const { key } of shop.warehouse.store.list('landed/')) keys.push(key);
        expect(keys).toEqual([]);
      });
    },
  );

  test.each([
    ['b.csv', 'source_missing', { source: 'b.csv', nearest: 'a.csv' }],
    ['nowhere/a.csv', 'source_missing', { nearest: null }],
    ['in', 'source_missing', { source: 'in' }],
    ['../secret.csv', 'source_outside_landing', { source: '../secret.csv' }],
    ['/etc/passwd', 'source_outside_landing', {}],
    ['link.csv', 'source_outside_landing', { source: 'link.csv' }],
    ['../landing-of-others', 'source_outside_landing', {}],
  ])('%j is refused with %s', async (source, code, details) => {
    await withShop(async (shop) => {
      put(shop, 'a.csv', csv(first));
      mkdirSync(join(shop.landing, 'in'));
      writeFileSync(join(shop.folder, 'secret.csv'), csv(first));
      symlinkSync(join(shop.folder, 'secret.csv'), join(shop.landing, 'link.csv'));
      await expect(extract(shop, { source })).rejects.toMatchObject({ code, details });
    });
  });

  test.each<[string, Extract]>([
    ['half a day', { start: '2010-12-01T12' as string }],
    ['the days of another zone than the schedule', { timezone: 'Europe/London' }],
    ['dates of another zone than the schedule', { params: { sourceTimezone: 'Europe/London' } }],
  ])('%s is a bad interval', async (what, request) => {
    await withShop(async (shop) => {
      put(shop, 'a.csv', csv(first));
      const context = contextOf(shop, { id: 'x', start: '2010-12-01', end: '2010-12-02', ...request }, 'extract');
      const interval =
        what === 'half a day' ? { start: '2010-12-01T00:00:00Z', end: '2010-12-01T12:00:00Z' } : context.interval;
      await expect(extractInvoices({ ...context, interval }, { source: 'a.csv' })).rejects.toMatchObject({
        code: 'bad_interval',
      });
    });
  });

  test('days of a zone with a summer are whole days, of 23 hours too', async () => {
    await withShop(async (shop) => {
      put(shop, 'a.csv', csv(first.replace('2010-12-01', '2011-03-27')));
      const run = {
        id: 'dst',
        start: '2011-03-27',
        end: '2011-03-28',
        timezone: 'Europe/London',
        params: { sourceTimezone: 'Europe/London' },
      };
      const context = contextOf(shop, run, 'extract');
      const interval = { start: '2011-03-27T00:00:00Z', end: '2011-03-27T23:00:00Z' };
      expect(await extractInvoices({ ...context, interval }, { source: 'a.csv' })).toMatchObject({ rowCount: 1 });
    });
  });
});

test('the sensor waits for a file, or for a folder with a file, and never outside the landing root', async () => {
  await withShop(async (shop) => {
    const context = contextOf(shop, { id: 'poke', start: '2010-12-01', end: '2010-12-02' }, 'wait');
    mkdirSync(join(shop.landing, 'in'));
    expect(await fileExists(context, { path: 'a.csv' })).toMatch(/^Source "a\.csv" does not exist/);
    expect(await fileExists(context, { path: 'in' })).toMatch(/^Folder "in" holds no/);
    put(shop, 'in/a.csv.gz', '');
    expect(await fileExists(context, { path: 'in' })).toBe(true);
    expect(await fileExists(context, { path: 'in/a.csv.gz' })).toBe(true);
    expect(await fileExists(context, { path: 'im' })).toMatch(/Did you mean "in"\?$/);
    await expect(fileExists(context, { path: '..' })).rejects.toMatchObject({ code: 'source_outside_landing' });
  });
});

describe('what is pending', () => {
  const options = { source: 'in', start: '2010-12-01', end: '2010-12-02' };

  test('is landed and not loaded: days that no run has published', async () => {
    await withShop(async (shop) => {
      put(shop, 'in/a.csv', csv(first, second, nextDay));
      expect(await pendingDays(shop.warehouse)).toEqual([]);
      await runDaily(shop, options);
      expect(await pendingDays(shop.warehouse)).toEqual([
        { day: '2010-12-02', rowCount: 1, isPublished: false, files: ['in/a.csv'] },
      ]);
    });
  });

  test('is also what came later for a published day, until the day is run again', async () => {
    await withShop(async (shop) => {
      put(shop, 'in/a.csv', csv(first));
      await runDaily(shop, options);
      put(shop, 'in/b.csv', csv(second, nextDay));
      await runDaily(shop, { ...options, start: '2010-12-02', end: '2010-12-03' });
      expect(await pendingDays(shop.warehouse)).toEqual([
        { day: '2010-12-01', rowCount: 1, isPublished: true, files: ['in/b.csv'] },
      ]);
      await runDaily(shop, options);
      expect(await pendingDays(shop.warehouse)).toEqual([]);
    });
  });

  test('leaves the days alone that a growing file held before', async () => {
    await withShop(async (shop) => {
      put(shop, 'in/a.csv', csv(first));
      await runDaily(shop, options);
      appendFileSync(join(shop.landing, 'in/a.csv'), `${nextDay}\n`);
      await runDaily(shop, { ...options, start: '2010-12-02', end: '2010-12-03' });
      expect(await pendingDays(shop.warehouse)).toEqual([]);
    });
  });

  test('forgets files that were taken away', async () => {
    await withShop(async (shop) => {
      put(shop, 'in/a.csv', csv(first, nextDay));
      put(shop, 'in/b.csv', csv(second));
      await runDaily(shop, options);
      unlinkSync(join(shop.landing, 'in/a.csv'));
      expect(await pendingDays(shop.warehouse)).toEqual([]);
    });
  });
});

test('every record of a bad file is either loaded or stands in quality.rejected_rows', async () => {
  await withShop(async (shop) => {
    const good = Array.from(
      { length: 400 },
      (_, index) => `${540_000 + index},X${index},CUP,1,2010-12-01 10:00:00,1.25,12345.0,EIRE`,
    );
    const bad = [
      '1,A,CUP,six,2010-12-01 10:00:00,1.25,1.0,EIRE',
      '1,B,CUP,6,01.12.2010 10:00,1.25,1.0,EIRE',
      '1,C,NUL\0,6,2010-12-01 10:00:00,1.25,1.0,EIRE',
      '1,D,CUP,6,2010-12-01 10:00:00,1.25,1.0',
    ];
    const latin1 = Buffer.from('1,E,CAF\xc9,6,2010-12-01 10:00:00,1.25,1.0,EIRE\n', 'latin1');
    const long = Buffer.from(`1,F,${'x'.repeat(10 << 20)},6,2010-12-01 10:00:00,1.25,1.0,EIRE\n`);
    put(shop, 'a.csv', Buffer.concat([Buffer.from(csv(...good, ...bad)), latin1, long]));
    await runDaily(shop, { source: 'a.csv', start: '2010-12-01', end: '2010-12-02' });
    const sql = 'select line, reason, detail, left("row", 3) as begins from quality.rejected_rows order by line';
    expect(await readPublished(shop, sql)).toEqual([
      { line: 402, reason: 'malformed', detail: 'Quantity "six" is not a whole number', begins: '1,A' },
      {
        line: 403,
        reason: 'malformed',
        detail: 'InvoiceDate "01.12.2010 10:00" is not YYYY-MM-DD HH:MM[:SS]',
        begins: '1,B',
      },
      { line: 404, reason: 'malformed', detail: 'the record holds a NUL byte', begins: '1,C' },
      { line: 405, reason: 'malformed', detail: 'the record has 7 fields, the header has 8', begins: '1,D' },
      { line: 406, reason: 'malformed', detail: 'the record is not UTF-8 text', begins: '1,E' },
      { line: 407, reason: 'malformed', detail: 'the record is longer than 1048576 bytes', begins: '1,F' },
    ]);
    const counts = await readPublished(
      shop,
      "select count(*) as landed, count(*) filter (row_class = 'sale') as loaded from staging.stg_invoices",
    );
    expect(counts).toEqual([{ landed: 406, loaded: 400 }]);
  });
});

test('a day below the minimum score publishes nothing', async () => {
  await withShop(async (shop) => {
    put(shop, 'a.csv', csv(first, second.replace(',3,', ',three,')));
    const failure = runDaily(shop, { source: 'a.csv', start: '2010-12-01', end: '2010-12-02' });
    await expect(failure).rejects.toMatchObject({
      code: 'quality_check_failed',
      details: { check: 'quality.invoices' },
    });
    expect(await fingerprints(shop)).toEqual({});
    expect(readFileSync(join(shop.landing, 'a.csv')).length).toBeGreaterThan(0);
  });
});

function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy.fill(0xff, 20, 40);
  return copy;
}
