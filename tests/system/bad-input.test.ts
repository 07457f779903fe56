import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Failure, Run } from '../../engine';
import { loadProject, type Project } from '../../runner';
import { openWarehouse, type Row, type Warehouse } from '../../warehouse';
import { ownDags, withHouse } from '../support/house';
import { fingerprintsOf, rowsOf, runHere } from '../support/published';

const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const testTimeoutMs = 240_000;

/** Good records of a day: so many that a few bad ones do not bring the day's quality below its bound. */
function goodRecords(day: string, count = 400): readonly string[] {
  return Array.from(
    { length: count },
    (_, index) => `${540_000 + index},X${index % 50},"CUP, BLUE",1,${day} 10:00:00,1.25,12345.0,EIRE`,
  );
}

function csv(...records: readonly string[]): string {
  return `${[header, ...records].join('\n')}\n`;
}

/** A day's file with these bytes as its last record. */
function withRecord(record: string | Buffer): Buffer {
  return Buffer.concat([Buffer.from(csv(...goodRecords('2010-12-02'))), Buffer.from(record), Buffer.from('\n')]);
}

const good = csv(...goodRecords('2010-12-02'));

interface BadSource {
  readonly what: string;
  /** Null: no such file is delivered. */
  readonly content: string | Buffer | null;
  readonly source?: string;
  readonly task?: string;
  readonly code: string;
  /** What the message says: file, line, column. */
  readonly message: RegExp;
}

/** Sources of which nothing can be loaded: the run fails and says why. */
const refused: readonly BadSource[] = [
  {
    what: 'an empty file',
    content: '',
    code: 'source_empty',
    message: /^bad\/an-empty-file\.csv is empty/,
  },
  {
    what: 'a truncated gzip',
    content: gzipSync(good).subarray(0, -40),
    code: 'source_truncated',
    message: /^bad\/a-truncated-gzip\.csv ends in the middle of its gzipped data/,
  },
  {
    what: 'a missing column',
    content: good.replace('Quantity,', ''),
    code: 'source_header',
    message: /a-missing-column\.csv, line 1: Missing: Quantity\./,
  },
  {
    what: 'a renamed column',
    content: good.replace('InvoiceDate', 'InvoiceDay'),
    code: 'source_header',
    message: /a-renamed-column\.csv, line 1, column 5: column "InvoiceDay" is not known\. Did you mean "InvoiceDate"\?/,
  },
  {
    what: 'duplicate headers',
    content: good.replace('Description', 'StockCode'),
    code: 'source_header',
    message: /duplicate-headers\.csv, line 1, column 3: column "StockCode" is there twice/,
  },
  {
    what: 'a wrong delimiter',
    content: good.replaceAll(',', ';'),
    code: 'source_header',
    message: /a-wrong-delimiter\.csv, line 1, column 1: the columns are separated by semicolons/,
  },
  {
    what: 'a header in Latin-1',
    content: Buffer.from(good.replace('Description', 'D\u00e9signation'), 'latin1'),
    code: 'source_header',
    message: /a-header-in-latin-1\.csv, line 1: its first line is not UTF-8/,
  },
  {
    what: 'UTF-16',
    content: Buffer.from(`\uFEFF${good}`, 'utf16le'),
    code: 'source_header',
    message: /utf-16\.csv, line 1: its first line holds NUL bytes/,
  },
  {
    what: 'one line of 10 MB and nothing else',
    content: 'x'.repeat(10 << 20),
    code: 'source_header',
    message: /one-line-of-10-mb-and-nothing-else\.csv, line 1: its first line does not end/,
  },
  {
    what: 'dates of another format only',
    content: good.replaceAll('2010-12-02 10:00:00', '12/2/2010 10:00'),
    code: 'source_dates',
    message:
      /dates-of-another-format-only\.csv has an InvoiceDate of the form YYYY-MM-DD.*Line 2 has "12\/2\/2010 10:00"/,
  },
  {
    what: 'texts in Quantity only',
    content: good.replaceAll(',1,2010', ',one,2010'),
    task: 'quality.invoices',
    code: 'quality_check_failed',
    message: /quality\.invoices/,
  },
  {
    what: 'a path outside the data folder',
    content: null,
    source: '../secret.csv',
    task: 'wait_for_file',
    code: 'source_outside_landing',
    message: /^Source "\.\.\/secret\.csv" lies outside the landing root/,
  },
  {
    what: 'a link that leads outside the data folder',
    content: null,
    source: 'bad/link.csv',
    task: 'wait_for_file',
    code: 'source_outside_landing',
    message: /^Source "bad\/link\.csv" lies outside the landing root/,
  },
];

const missing: BadSource = {
  what: 'a missing file',
  content: null,
  source: 'bad/nowhere.csv',
  task: 'wait_for_file',
  code: 'sensor_timed_out',
  message: /wait_for_file waited 21600 s in \d+ pokes for \{"path":"bad\/nowhere\.csv"\} and found nothing/,
};

/** One bad record among good ones: it is set aside with file, line and reason, and the rest is loaded. */
const setAside: readonly (readonly [what: string, content: Buffer, detail: RegExp, row: RegExp])[] = [
  [
    'Latin-1 bytes',
    withRecord(Buffer.from('1,A,CAF\u00c9,6,2010-12-02 10:00:00,1.25,1.0,EIRE', 'latin1')),
    /^the record is not UTF-8 text$/,
    /^1,A,CAFÉ,6/,
  ],
  [
    'a text in Quantity',
    withRecord('1,A,CUP,six,2010-12-02 10:00:00,1.25,1.0,EIRE'),
    /^Quantity "six" is not a whole number$/,
    /^1,A,CUP,six/,
  ],
  [
    'a date of another format',
    withRecord('1,A,CUP,6,02.12.2010 10:00,1.25,1.0,EIRE'),
    /^InvoiceDate "02\.12\.2010 10:00" is not YYYY-MM-DD HH:MM\[:SS\]$/,
    /^1,A,CUP,6,02\.12\.2010/,
  ],
  [
    'a NUL byte',
    withRecord('1,A,C\0P,6,2010-12-02 10:00:00,1.25,1.0,EIRE'),
    /^the record holds a NUL byte$/,
    /^1,A,C␀P/,
  ],
  [
    'a line of 10 MB',
    withRecord(`1,A,${'x'.repeat(10 << 20)},6,2010-12-02 10:00:00,1.25,1.0,EIRE`),
    /^the record is longer than 1048576 bytes$/,
    /^1,A,xxx/,
  ],
  [
    'a quote that is not closed',
    withRecord('1,A,"CUP,6,2010-12-02 10:00:00,1.25,1.0,EIRE'),
    /^a quote is not closed$/,
    /^1,A,"CUP/,
  ],
  [
    'a cell too many',
    withRecord('1,A,CUP,6,2010-12-02 10:00:00,1.25,1.0,EIRE,extra'),
    /^the record has 9 fields, the header has 8$/,
    /,extra$/,
  ],
];

let folder: string;
let project: Project;
let warehouse: Warehouse;
let before: { readonly [table: string]: string };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemill-bad-input-'));
  project = await loadProject([ownDags]);
  warehouse = await openWarehouse({ uri: join(folder, 'warehouse') });
  deliver(warehouse.landing, 'good.csv', csv(...goodRecords('2010-12-01')));
  const interval = { start: '2010-12-01T00:00:00Z', end: '2010-12-02T00:00:00Z' };
  const run = await runHere({
    ...{ project, warehouse, folder, interval },
    dagId: 'retail_daily',
    params: paramsOf('good.csv'),
  });
  expect(run.state).toBe('success');
  before = await fingerprintsOf(warehouse);
}, 60_000);

afterAll(async () => {
  await warehouse.close();
  rmSync(folder, { recursive: true });
});

function paramsOf(source: string): { readonly source: string; readonly sourceTimezone: string } {
  return { source, sourceTimezone: 'UTC' };
}

function deliver(landing: string, name: string, content: string | Buffer): void {
  mkdirSync(dirname(join(landing, name)), { recursive: true });
  writeFileSync(join(landing, name), content);
}

function nameOf(what: string): string {
  return `bad/${what.toLowerCase().replaceAll(' ', '-')}.csv`;
}

/** Delivers a source into a landing folder, and says what a run has to be given to read it. */
function deliverSource(landing: string, { what, content, source }: BadSource): string {
  if (content !== null) deliver(landing, nameOf(what), content);
  else if (source === 'bad/link.csv') {
    mkdirSync(join(landing, 'bad'), { recursive: true });
    writeFileSync(join(landing, '..', 'secret.csv'), good);
    symlinkSync(join(landing, '..', 'secret.csv'), join(landing, source));
  }
  return source ?? nameOf(what);
}

async function runOn(source: string): Promise<Run> {
  const interval = { start: '2010-12-02T00:00:00Z', end: '2010-12-03T00:00:00Z' };
  return await runHere({
    ...{ project, warehouse, folder, interval },
    dagId: 'retail_daily',
    params: paramsOf(source),
  });
}

function failuresOf(run: Run): readonly (Failure & { readonly task: string })[] {
  return Object.entries(run.tasks).flatMap(([task, { state, failure }]) =>
    state === 'failed' && failure !== null ? [{ task, ...failure }] : [],
  );
}

describe('a run whose source cannot be loaded', () => {
  test.each([...refused, missing].map((one) => [one.what, one] as const))(
    'fails for %s with a code and a place, and nothing is published',
    async (_what, bad) => {
      const release = (await warehouse.release()).release;
      const source = deliverSource(warehouse.landing, bad);

      const run = await runOn(source);

      expect(run.state).toBe('failed');
      expect(failuresOf(run)).toMatchObject([
        { task: bad.task ?? 'extract', code: bad.code, retryable: false, message: expect.stringMatching(bad.message) },
      ]);
      expect(run.tasks.release?.state).toBe('upstream_failed');
      expect((await warehouse.release()).release).toBe(release);
      expect(await fingerprintsOf(warehouse)).toEqual(before);
    },
    testTimeoutMs,
  );
});

describe('a bad record among good ones', () => {
  test.each(setAside)(
    'with %s stands in quality.rejected_rows, and the others are loaded',
    async (what, content, detail, row) => {
      deliver(warehouse.landing, nameOf(what), content);
      const run = await runOn(nameOf(what));
      const rejected = await rowsOf(
        warehouse,
        'select file, line, reason, detail, "row" from quality.rejected_rows where date_key = 20101202',
      );
      const [counts] = await rowsOf(warehouse, countsOfTheDay);

      expect(failuresOf(run)).toEqual([]);
      expect(run.state).toBe('success');
      expect(rejected as readonly Row[]).toEqual([
        {
          file: nameOf(what),
          line: 402,
          reason: 'malformed',
          detail: expect.stringMatching(detail),
          row: expect.stringMatching(row),
        },
      ]);
      expect(counts).toEqual({ landed: 401, loaded: 400, scored: 401 });
    },
    testTimeoutMs,
  );
});

const countsOfTheDay = `select
  (select count(*) from staging.stg_invoices where date_key = 20101202) as landed,
  (select count(*) from core.fact_sales where date_key = 20101202) as loaded,
  (select sum(row_count) from quality.scores where date_key = 20101202)::integer as scored`;

/** The same file for another day: two runs of one day with different sources at once would exclude each other. */
function onDay(content: Buffer, day: string): Buffer {
  return Buffer.from(content.toString('latin1').replaceAll('2010-12-02', day), 'latin1');
}

test(
  'a worker lives through all of them, four at a time, and does good work afterwards',
  async () => {
    await withHouse({ dags: [ownDags] }, async ({ client, landing, startWorker, deploy, read }) => {
      const run = async (source: string, day: number): Promise<string> => {
        const interval = `2010-12-${String(day).padStart(2, '0')}/2010-12-${String(day + 1).padStart(2, '0')}`;
        const [runId = ''] = await client.trigger({ dagId: 'retail_daily', interval, params: paramsOf(source) });
        return (await client.result('retail_daily', runId)).state;
      };
      const hopeless = refused.map((bad) => [deliverSource(landing, bad), 2] as const);
      const mixed = setAside.map(([what, content], index) => {
        deliver(landing, nameOf(what), onDay(content, `2010-12-${10 + index}`));
        return [nameOf(what), 10 + index] as const;
      });
      deliver(landing, 'good.csv', good);
      const worker = await startWorker();
      await deploy();
      const states = await Promise.all([...hopeless, ...mixed].map(([source, day]) => run(source, day)));
      const last = await run('good.csv', 2);

      expect(states).toEqual([...hopeless.map(() => 'failed'), ...mixed.map(() => 'success')]);
      expect(last).toBe('success');
      expect(() => process.kill(worker.pid, 0)).not.toThrow();
      const counts = `select (select count(*) from core.fact_sales) as loaded,
        (select count(*) from quality.rejected_rows) as rejected`;
      expect(await read((warehouse) => rowsOf(warehouse, counts))).toEqual([
        { loaded: 400 * (mixed.length + 1), rejected: mixed.length },
      ]);
    });
  },
  testTimeoutMs,
);
