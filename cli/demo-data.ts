import { createReadStream, existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { createGunzip } from 'node:zlib';
import { RequestError } from '../engine/errors';
import { load } from './load';
import { countText } from './output';

/** The days of a file of invoices, from the first to the last with rows. */
export interface DataDays {
  readonly first: string;
  readonly last: string;
}

export interface DemoData {
  /** One line that says what the data is. */
  readonly description: string;
  /** Null when no date could be read: the pipeline will say what is wrong with the file. */
  readonly days: DataDays | null;
  /** The days that demos before had brought and that nobody has taken out yet; null when there are none. */
  readonly replaced: DataDays | null;
  /** Where it is: a folder, and the name in it. */
  readonly folder: string;
  readonly file: string;
}

export interface GenerateWish {
  readonly days: number;
  readonly seed: number | undefined;
  /** YYYY-MM-DD; yesterday when not given. */
  readonly endDate: string | undefined;
}

const generatedName = 'generated.csv';
/** Says which file the last demo has put into the folder: files of others stay where they are. */
const markName = '.demo-data.json';

interface Mark {
  readonly file: string;
  /** All days that demos have brought since the last one that took out what was there before. */
  readonly days: DataDays | null;
}
const dayMs = 86_400_000;

/** Writes made-up invoices into the folder that `retail_daily` reads; same wish and same end, same bytes. */
export async function generateData(folder: string, wish: GenerateWish): Promise<DemoData> {
  const { demoData, generateInvoices } = load.activities();
  const endDate = wish.endDate ?? new Date(Date.now() - dayMs).toISOString().slice(0, 10);
  const seed = wish.seed ?? demoData.seed;
  const rows = Math.round((demoData.rows / demoData.days) * wish.days);
  await mkdir(folder, { recursive: true });
  const path = join(folder, generatedName);
  // A worker of an earlier demo may read at this moment: a file is there whole or not at all.
  const writing = join(folder, `.${process.pid}-${generatedName}`);
  await generateInvoices({ path: writing, rows, seed, endDate, days: wish.days });
  const days = { first: plusDays(endDate, 1 - wish.days), last: endDate };
  const replaced = await replaceEarlier(folder, generatedName, days);
  await rename(writing, path);
  return {
    description: `made up: ${countText(rows, 'line')}, ${days.first} to ${endDate}, seed ${seed}`,
    days,
    replaced,
    folder,
    file: generatedName,
  };
}

/** Copies a file of invoices into the folder that `retail_daily` reads, in place of an earlier demo's. */
export async function copyData(folder: string, file: string): Promise<DemoData> {
  const source = resolve(file);
  const name = basename(source);
  if (!existsSync(source)) throw badFile('data_missing', file, 'does not exist');
  if (!(await stat(source)).isFile()) throw badFile('bad_data_file', file, 'is no file');
  if (!/\.csv(\.gz)?$/i.test(name)) throw badFile('bad_data_file', file, 'has another ending than .csv or .csv.gz');
  await mkdir(folder, { recursive: true });
  const days = await daysOf(source);
  const replaced = await replaceEarlier(folder, name, days);
  const target = join(folder, name);
  if (target !== source) await copyWhole(source, target);
  const span = days === null ? 'in which no date could be read' : `${days.first} to ${days.last}`;
  return { description: `${file}, ${span}`, days, replaced, folder, file: name };
}

/** Takes an earlier demo's file away, unless it is the new one's place, and gives the days that are to be taken out. */
async function replaceEarlier(folder: string, file: string, days: DataDays | null): Promise<DataDays | null> {
  const earlier = await readMark(folder);
  await writeMark(folder, { file, days: spanOf(earlier?.days ?? null, days) });
  if (earlier !== null && earlier.file !== file) await rm(join(folder, basename(earlier.file)), { force: true });
  return earlier?.days ?? null;
}

/** To be called when the days of earlier demos have been taken out: the data's own are all that there is. */
export async function settleData({ folder, file, days }: DemoData): Promise<void> {
  await writeMark(folder, { file, days });
}

async function readMark(folder: string): Promise<Mark | null> {
  const text = await readFile(join(folder, markName), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as Mark);
}

async function writeMark(folder: string, mark: Mark): Promise<void> {
  const writing = join(folder, `${markName}.${process.pid}`);
  await writeFile(writing, JSON.stringify(mark));
  await rename(writing, join(folder, markName));
}

function spanOf(a: DataDays | null, b: DataDays | null): DataDays | null {
  if (a === null || b === null) return a ?? b;
  return { first: firstOf(a.first, b.first), last: lastOf(a.last, b.last) };
}

async function copyWhole(source: string, target: string): Promise<void> {
  const writing = `${target}.${process.pid}.copying`;
  await copyFile(source, writing);
  const { atime, mtime } = await stat(source);
  await utimes(writing, atime, mtime);
  await rename(writing, target);
}

const instantForm = /\b(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))[ T]\d{2}:\d{2}/g;
const longestInstant = 20;

/** A quick look at nothing but the dates: what is wrong with a file is said, by line and column, by the run that reads it. */
async function daysOf(path: string): Promise<DataDays | null> {
  const bytes = createReadStream(path);
  const text = /\.gz$/i.test(path) ? bytes.pipe(createGunzip()) : bytes;
  let first = '';
  let last = '';
  let rest = '';
  try {
    for await (const chunk of text.setEncoding('latin1')) {
      rest = rest.slice(-longestInstant) + String(chunk);
      for (const [, day = ''] of rest.matchAll(instantForm)) {
        if (first === '' || day < first) first = day;
        if (day > last) last = day;
      }
    }
  } catch {
    // A file that breaks off has the days before that.
  } finally {
    bytes.destroy();
  }
  return first === '' ? null : { first, last };
}

/** The day `count` days after another. */
export function plusDays(day: string, count: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * dayMs).toISOString().slice(0, 10);
}

/** The interval of the first days of the data, or of all of them, as `START/END`. */
export function demoInterval({ first, last }: DataDays, days: number | 'all'): string {
  const end = plusDays(last, 1);
  if (days === 'all') return `${first}/${end}`;
  const wanted = plusDays(first, days);
  const isShorter = end < wanted;
  return `${first}/${isShorter ? end : wanted}`;
}

/** What an earlier demo's data leaves behind beside an interval: the days before it and those after it. */
export function leftOver(earlier: DataDays | null, interval: string): readonly string[] {
  if (earlier === null) return [];
  const [start = '', end = ''] = interval.split('/');
  const earlierEnd = plusDays(earlier.last, 1);
  const before = [earlier.first, firstOf(earlierEnd, start)] as const;
  const after = [lastOf(earlier.first, end), earlierEnd] as const;
  return [before, after].flatMap(([from, to]) => (from < to ? [`${from}/${to}`] : []));
}

function firstOf(...days: readonly string[]): string {
  return [...days].sort()[0] ?? '';
}

function lastOf(...days: readonly string[]): string {
  return [...days].sort().at(-1) ?? '';
}

function badFile(code: string, file: string, what: string): RequestError {
  return new RequestError({
    code,
    message: `--data ${file} ${what}. Give a CSV file, gzipped or not, with the columns of UCI Online Retail.`,
    details: { file },
  });
}

/** An interval of whole days as people type it: `2010-12-01/2010-12-02`. */
export function intervalOfDays({ start, end }: { readonly start: string; readonly end: string }): string {
  return `${start.slice(0, 10)}/${end.slice(0, 10)}`;
}
