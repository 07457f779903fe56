import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { copyData, generateData, settleData } from '../../../cli/demo-data';

let folder: string;
let landing: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemill-demo-data-'));
  landing = join(folder, 'landing');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';

function csv(name: string, ...days: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, [header, ...days.map((day) => `1,X,THING,1,${day} 08:00:00,1,1,France`), ''].join('\n'));
  return path;
}

function landed(): readonly string[] {
  return readdirSync(landing).filter((name) => name.endsWith('.csv'));
}

test("a second demo's file takes the place of the first one's, and says which days that had", async () => {
  expect((await copyData(landing, csv('a.csv', '2010-12-01', '2010-12-03'))).replaced).toBeNull();
  const second = await copyData(landing, csv('b.csv', '2011-01-01'));

  expect(second).toMatchObject({
    days: { first: '2011-01-01', last: '2011-01-01' },
    replaced: { first: '2010-12-01', last: '2010-12-03' },
  });
  expect(landed()).toEqual(['b.csv']);
});

test('days stay to be taken out until somebody has done so, over several demos', async () => {
  await copyData(landing, csv('a.csv', '2010-12-01'));
  const second = await copyData(landing, csv('b.csv', '2011-01-05'));
  const third = await copyData(landing, csv('c.csv', '2011-03-01'));
  expect([second.replaced, third.replaced]).toEqual([
    { first: '2010-12-01', last: '2010-12-01' },
    { first: '2010-12-01', last: '2011-01-05' },
  ]);

  await settleData(third);
  expect((await copyData(landing, csv('d.csv', '2011-04-01'))).replaced).toEqual(third.days);
});

test('a file that somebody else has put there stays', async () => {
  await copyData(landing, csv('a.csv', '2010-12-01'));
  writeFileSync(join(landing, 'own.csv'), header);
  await copyData(landing, csv('b.csv', '2010-12-02'));

  expect(landed()).toEqual(['b.csv', 'own.csv']);
});

test('made-up data and a file take the place of each other', async () => {
  const made = await generateData(landing, { days: 2, seed: 1, endDate: '2026-11-10' });
  expect(made).toMatchObject({ days: { first: '2026-11-09', last: '2026-11-10' }, replaced: null });

  const given = await copyData(landing, csv('a.csv', '2010-12-01'));
  expect(given.replaced).toEqual({ first: '2026-11-09', last: '2026-11-10' });
  expect(landed()).toEqual(['a.csv']);

  await generateData(landing, { days: 2, seed: 1, endDate: '2026-11-10' });
  expect(landed()).toEqual(['generated.csv']);
});
