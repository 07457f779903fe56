import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { makeCalendar } from '../../../activities/extract/generate/calendar';
import { type GenerateRequest, generateInvoices } from '../../../activities/extract/generate/generate-invoices';

const small = { rows: 3_000, seed: 7, endDate: '2011-12-09', days: 30 };

async function generated(request: Partial<GenerateRequest> = {}): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-generate-'));
  const path = request.path === undefined ? join(folder, 'a.csv') : join(folder, request.path);
  await generateInvoices({ ...small, ...request, path });
  const bytes = readFileSync(path);
  rmSync(folder, { recursive: true });
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
}

test('equal arguments give equal bytes, on every machine', async () => {
  const text = await generated();
  expect(await generated()).toBe(text);
  expect(createHash('sha256').update(text).digest('hex').slice(0, 16)).toBe('19629155156d5adc');
});

test('another seed gives other rows', async () => {
  expect(await generated({ seed: 8 })).not.toBe(await generated());
});

test('a name that ends in .gz gives the same rows gzipped', async () => {
  expect(await generated({ path: 'a.csv.gz' })).toBe(await generated());
});

test.each([1, 2, 999, 20_000])('gives exactly %d rows under the header of UCI', async (rows) => {
  const lines = (await generated({ rows })).trimEnd().split('\n');
  expect(lines[0]).toBe('InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country');
  expect(lines).toHaveLength(rows + 1);
});

test('holds all the dirt of the real file', async () => {
  const lines = (await generated({ rows: 60_000 })).split('\n');
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  const matching = (pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length;
  expect([...counts.values()].filter((count) => count > 1).length).toBeGreaterThan(200);
  expect(matching(/^C\d/)).toBeGreaterThan(300);
  expect(matching(/,,United Kingdom$/)).toBeGreaterThan(5_000);
  expect(matching(/,0\.0,/)).toBeGreaterThan(50);
  expect(matching(/,-11062\.06,/)).toBeGreaterThan(0);
  expect(matching(/,(POST|DOT|M|C2|D|S|AMAZONFEE),/)).toBeGreaterThan(100);
  expect(matching(/,\d+\.0,(United Kingdom|Germany)$/)).toBeGreaterThan(10_000);
  expect(matching(/^\d+,\w+,[^,"]* ,/)).toBeGreaterThan(1_000);
});

test('ends on the end date, within the hours of business', async () => {
  const dates = (await generated())
    .split('\n')
    .slice(1, -1)
    .map((line) => /,(\d{4}-\d\d-\d\d) (\d\d):/.exec(line));
  expect(dates.at(-1)?.[1]).toBe('2011-12-09');
  expect(dates[0]?.[1]).toBe('2011-11-10');
  expect(dates.every((date) => Number(date?.[2]) >= 6 && Number(date?.[2]) < 20)).toBe(true);
});

test('shares all rows out over the days, none on closed days', () => {
  const days = makeCalendar({ rows: 50_000, seed: 1, endDate: '2011-12-31', days: 60 });
  expect(days.reduce((sum, day) => sum + day.rowCount, 0)).toBe(50_000);
  expect(days.filter((day) => day.rowCount === 0).map((day) => day.date)).toEqual(['2011-12-25', '2011-12-26']);
});

test.each([{ rows: 0 }, { rows: 1.5 }, { days: 0 }, { endDate: 'yesterday' }, { seed: Number.NaN }])(
  'refuses %j',
  async (wrong) => {
    await expect(generated(wrong)).rejects.toMatchObject({ code: 'bad_generator_request' });
  },
);
