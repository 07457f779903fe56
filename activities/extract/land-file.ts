import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { EngineBug, OutsideUnavailable, TaskError } from '../../engine';
import type { SqlSession } from '../../warehouse';
import type { TaskContext } from '../context';
import { invoiceColumns } from './columns';
import { isSameFile, type KnownPath, knownContent, lookAt, rememberPath } from './known-paths';
import { findLanded, type LandedFile, landedFolder, landedTable, putLanded } from './landed';
import type { SourceFile } from './resolve-source';
import { type ScannedFile, scanFile } from './scan/scan-file';
import { openSource } from './scan/source-bytes';

type LandContext = Pick<TaskContext, 'warehouse' | 'attemptName' | 'signal' | 'log'>;

/** Runs of one process that want the same file wait for the first one instead of scanning it too. */
const underWay = new Map<string, Promise<unknown>>();

/**
 * Lands one file: its records, split by calendar day into immutable parts, once per content. A file
 * that has not changed since is not read again. Safe for several runs at once.
 */
export async function landFile(context: LandContext, source: SourceFile): Promise<LandedFile> {
  const key = `${context.warehouse.store.uri}|${source.name}`;
  while (underWay.has(key)) await underWay.get(key);
  context.signal.throwIfAborted();
  const work = landOnce(context, source);
  const settled = work.then(
    () => undefined,
    () => undefined,
  );
  underWay.set(key, settled);
  try {
    return await work;
  } finally {
    underWay.delete(key);
  }
}

async function landOnce(context: LandContext, source: SourceFile): Promise<LandedFile> {
  const { store } = context.warehouse;
  const now = await lookAt(source);
  const known = await knownContent(store, now);
  if (known !== null) {
    const sha256 = known.settled ? known.sha256 : await hashContent(source, context.signal);
    const landed = await findLanded(store, sha256);
    if (landed !== null) {
      if (!known.settled) await rememberPath(store, { ...now, sha256 });
      return landed;
    }
  }
  return await scanAndLand(context, source, now);
}

async function scanAndLand(context: LandContext, source: SourceFile, before: KnownPath): Promise<LandedFile> {
  const { store } = context.warehouse;
  const name = createHash('sha256').update(source.name).digest('hex').slice(0, 16);
  const stem = `${landedFolder}/scans/${context.attemptName}-${name}`;
  const goodPath = await store.stageFile(`${stem}-good.csv`);
  const rejectedPath = await store.stageFile(`${stem}-rejected.csv`);
  try {
    const { signal } = context;
    const scanned = await scanFile({ path: source.path, name: source.name, goodPath, rejectedPath, signal });
    if (!isSameFile(before, await lookAt(source))) throw changedWhileRead(source.name);
    const landed =
      (await findLanded(store, scanned.sha256)) ??
      (await putLanded(store, await writeParts({ context, source, scanned, goodPath, rejectedPath })));
    await rememberPath(store, { ...before, sha256: scanned.sha256 });
    context.log.info({ file: source.name, sha256: scanned.sha256, ...scanned.counts }, 'file landed');
    return landed;
  } finally {
    await Promise.all([rm(goodPath, { force: true }), rm(rejectedPath, { force: true })]);
  }
}

interface PartsRequest {
  readonly context: LandContext;
  readonly source: SourceFile;
  readonly scanned: ScannedFile;
  readonly goodPath: string;
  readonly rejectedPath: string;
}

async function writeParts(request: PartsRequest): Promise<LandedFile> {
  const { context, source, scanned } = request;
  const { counts, sha256 } = scanned;
  if (scanned.earliestDay === null && counts.recordCount > 0) throw noReadableDate(source.name, scanned);
  const { columns, files } = await context.warehouse.session((session) => writeByDay(session, request), {
    signal: context.signal,
  });
  const written = files.reduce((sum, file) => sum + file.rowCount, 0);
  if (written !== counts.recordCount) {
    throw new EngineBug(`${source.name}: ${counts.recordCount} records were scanned and ${written} landed`, {
      ...counts,
    });
  }
  const parts = files.map((file) => ({ ...file, stats: {} })).sort((a, b) => (String(a.day) < String(b.day) ? -1 : 1));
  return { format: 1, file: source.name, sha256, counts, columns, parts };
}

async function writeByDay(session: SqlSession, request: PartsRequest): ReturnType<SqlSession['write']> {
  const { context, source, scanned } = request;
  return await session.write({
    table: landedTable,
    select: partsSelect(request),
    parameters: { file: source.name, earliest_day: scanned.earliestDay ?? '1900-01-01' },
    orderBy: ['line'],
    splitByDay: 'day',
    attempt: context.attemptName,
    folder: `${landedFolder}/${scanned.sha256}`,
  });
}

/** All records of the scan, refused ones included; a date that staging cannot read counts to the earliest day. */
function partsSelect({ scanned, goodPath, rejectedPath }: PartsRequest): string {
  const cells = Object.fromEntries(scanned.columns.map((column) => [column, 'VARCHAR']));
  return `
    select $file::varchar as file, line,
      coalesce(
        case
          when regexp_full_match(trim(invoice_date), '[0-9]{4}-[0-9]{2}-[0-9]{2} ([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?')
            then try_cast(trim(invoice_date)[:10] as date)
        end,
        $earliest_day::date
      ) as day,
      ${invoiceColumns.join(', ')}, null::varchar as reject_reason, null::varchar as reject_row
    from ${readCsv(goodPath, { line: 'BIGINT', ...cells })}
    union all
    select $file::varchar, line, coalesce(try_cast(day as date), $earliest_day::date),
      ${invoiceColumns.map(() => 'null::varchar').join(', ')}, reason, row_text
    from ${readCsv(rejectedPath, { line: 'BIGINT', day: 'VARCHAR', reason: 'VARCHAR', row_text: 'VARCHAR' })}`;
}

/** Both files are ours: nothing about them is guessed, and nothing in them may be refused. */
function readCsv(path: string, columns: { readonly [name: string]: string }): string {
  const list = Object.entries(columns).map(([name, type]) => `'${name}': '${type}'`);
  return `read_csv('${path.replaceAll("'", "''")}', auto_detect = false, header = false, delim = ',', quote = '"',
    escape = '"', new_line = '\\n', columns = {${list.join(', ')}})`;
}

/** The hash of the content as the scanner takes it: gzip makes no difference. */
async function hashContent(source: SourceFile, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of await openSource(source)) {
    signal.throwIfAborted();
    hash.update(chunk);
  }
  return hash.digest('hex');
}

function changedWhileRead(file: string): OutsideUnavailable {
  return new OutsideUnavailable({
    code: 'source_changed',
    message: `${file} changed while it was read; nothing of it was loaded. It is read again with the next try.`,
    details: { file },
  });
}

function noReadableDate(file: string, { counts, firstDate, firstRejected }: ScannedFile): TaskError {
  const details = { file, record_count: counts.recordCount, rejected_count: counts.rejectedCount };
  if (firstDate === null) {
    return new TaskError({
      code: 'source_unreadable_records',
      message: `None of the ${counts.recordCount} records of ${file} can be read. The first one, line ${firstRejected?.line}: ${firstRejected?.reason}.`,
      details: { ...details, line: firstRejected?.line, reason: firstRejected?.reason },
    });
  }
  const text = firstDate.text.slice(0, 60);
  return new TaskError({
    code: 'source_dates',
    message: `None of the ${counts.recordCount} records of ${file} has an InvoiceDate of the form YYYY-MM-DD HH:MM[:SS], so no day can take them. Line ${firstDate.line} has "${text}". Export the dates in that form.`,
    details: { ...details, line: firstDate.line, column: 'InvoiceDate', value: text },
  });
}
