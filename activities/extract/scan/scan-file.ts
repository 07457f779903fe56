import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { EngineBug } from '../../../engine';
import { type InvoiceColumn, readHeader } from '../columns';
import { type FirstDate, readableDay, readCells } from './good-records';
import { createRecordScanner, type RecordScanner, type RejectedRecord, type ScanCounts } from './record-scanner';
import { emptySource, notText, openSource } from './source-bytes';

/** What one pass over a file found; its records stand in the two files that the caller named. */
export interface ScannedFile {
  /** Of the content: gzipped or not, equal records give an equal hash. */
  readonly sha256: string;
  /** The columns in the file's order. */
  readonly columns: readonly InvoiceColumn[];
  readonly counts: ScanCounts;
  readonly earliestDay: string | null;
  /** What stands first in the file, for the message when no record can be placed on a day. */
  readonly firstDate: FirstDate | null;
  readonly firstRejected: RejectedRecord | null;
}

export interface ScanRequest {
  /** Where the file lies. */
  readonly path: string;
  /** What messages call it. */
  readonly name: string;
  /** Receives good records: the physical line number, then the cells in the file's order, as CSV. */
  readonly goodPath: string;
  /** Receives refused records as CSV: line, day (or empty), reason, row. */
  readonly rejectedPath: string;
  readonly signal: AbortSignal;
}

const LF = 10;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);
/** A first line beyond this is no header: something else was given. */
const maxHeaderBytes = 64 << 10;
const dateInText = /\d{4}-\d{2}-\d{2} \d{2}:\d{2}/;

/**
 * Reads a CSV or gzipped CSV file once, in bounded memory, into good and refused records, so that
 * records scanned = good + refused holds exactly.
 *
 * Throws `source_empty`, `source_truncated`, `source_corrupt` and `source_header`; nothing has landed then.
 */
export async function scanFile(request: ScanRequest): Promise<ScannedFile> {
  const good = await open(request.goodPath, 'w');
  try {
    const rejected = await open(request.rejectedPath, 'w');
    try {
      return await scanInto(request, good, rejected);
    } finally {
      await rejected.close();
    }
  } finally {
    await good.close();
  }
}

async function scanInto(request: ScanRequest, good: FileHandle, rejected: FileHandle): Promise<ScannedFile> {
  const hash = createHash('sha256');
  const refused: RejectedRecord[] = [];
  let firstRejected: RejectedRecord | null = null;
  const source = await openSource(request);
  let head: Buffer = Buffer.alloc(0);
  let started: { readonly columns: readonly InvoiceColumn[]; readonly scanner: RecordScanner } | null = null;

  for await (const chunk of source) {
    request.signal.throwIfAborted();
    hash.update(chunk);
    if (started === null) {
      head = Buffer.concat([head, chunk]);
      const header = splitHeader(request.name, head, false);
      if (header === null) continue;
      started = startScan(request.name, header, refused);
      await good.write(started.scanner.push(header.rest));
    } else await good.write(started.scanner.push(chunk));
    firstRejected ??= refused[0] ?? null;
    await flush(refused, rejected);
  }
  if (started === null) {
    const header = splitHeader(request.name, head, true);
    if (header === null) throw emptySource(request.name);
    started = startScan(request.name, header, refused);
    await good.write(started.scanner.push(header.rest));
  }
  await good.write(started.scanner.end());
  firstRejected ??= refused[0] ?? null;
  await flush(refused, rejected);
  return {
    sha256: hash.digest('hex'),
    columns: started.columns,
    counts: balanced(request.name, started.scanner.counts()),
    earliestDay: started.scanner.earliestDay(),
    firstDate: started.scanner.firstDate(),
    firstRejected,
  };
}

async function flush(refused: RejectedRecord[], rejected: FileHandle): Promise<void> {
  if (refused.length > 0) await rejected.write(refused.splice(0).map(asCsv).join(''));
}

function balanced(name: string, counts: ScanCounts): ScanCounts {
  if (counts.recordCount !== counts.goodCount + counts.rejectedCount) {
    throw new EngineBug(`The records of ${name} do not add up`, { ...counts });
  }
  return counts;
}

interface Header {
  readonly text: string;
  readonly line: number;
  readonly rest: Buffer;
}

/** The first line that is not blank; null when more bytes are needed (or, at the end, when there is none). */
function splitHeader(name: string, head: Buffer, isLast: boolean): Header | null {
  let start = head.subarray(0, 3).equals(byteOrderMark) ? 3 : 0;
  for (let line = 1; start < head.length; line += 1) {
    const newline = head.indexOf(LF, start);
    if (newline === -1 && !isLast) {
      if (head.length - start > maxHeaderBytes) throw notText(name, 'its first line does not end');
      return null;
    }
    const end = newline === -1 ? head.length : newline;
    const bytes = head.subarray(start, end);
    if (bytes.includes(0)) throw notText(name, 'its first line holds NUL bytes (UTF-16, or not a text at all)');
    if (!isUtf8(bytes)) throw notText(name, 'its first line is not UTF-8');
    const text = bytes.toString('utf8').trim();
    if (text !== '') return { text, line, rest: head.subarray(Math.min(end + 1, head.length)) };
    start = end + 1;
  }
  return null;
}

function startScan(
  name: string,
  header: Header,
  refused: RejectedRecord[],
): { readonly columns: readonly InvoiceColumn[]; readonly scanner: RecordScanner } {
  const columns = readHeader(
    name,
    readCells(header.text).map((cell) => cell.trim()),
  );
  const scanner = createRecordScanner({
    fieldCount: columns.length,
    dateField: columns.indexOf('invoice_date'),
    firstLine: header.line + 1,
    onRejected: (record) => refused.push(record),
  });
  return { columns, scanner };
}

function asCsv({ line, reason, row }: RejectedRecord): string {
  const day = readableDay(dateInText.exec(row)?.[0] ?? '') ?? '';
  const quoted = [reason, row].map((cell) => `"${cell.replaceAll('"', '""')}"`);
  return `${line},${day},${quoted.join(',')}\n`;
}
