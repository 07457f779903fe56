import { isUtf8 } from 'node:buffer';
import { createGoodRecords, type FirstDate, type GoodRecords } from './good-records';
import { emptyLook, type Look, lookAtRecord, type RecordShape } from './look';

/** A record that cannot be split into cells; `row` is its text, cut to a bound. */
export interface RejectedRecord {
  readonly line: number;
  readonly reason: string;
  readonly row: string;
}

/** Counts over one file. Every record that is no blank line is good or rejected, never both, never lost. */
export interface ScanCounts {
  readonly recordCount: number;
  readonly goodCount: number;
  readonly rejectedCount: number;
  readonly blankLineCount: number;
}

export interface RecordScanner {
  /**
   * Takes the next bytes of a file and gives the good records that they complete, as CSV bytes with
   * the physical line number as first cell. The result is overwritten by the next call.
   */
  push(chunk: Buffer): Buffer;
  /** Says that the file has ended, and gives what was left. */
  end(): Buffer;
  counts(): ScanCounts;
  /** The earliest readable calendar day (YYYY-MM-DD) of a good record, null when there is none. */
  earliestDay(): string | null;
  /** The date cell of the first good record. */
  firstDate(): FirstDate | null;
}

export interface ScannerOptions extends RecordShape {
  /** The physical line on which the first byte stands. */
  readonly firstLine: number;
  readonly onRejected: (record: RejectedRecord) => void;
}

/** Longest record that is read; a longer one is refused without being held in memory. Real ones have about 90 bytes. */
const maxRecordBytes = 1 << 20;
/** How much of a refused record is kept. */
const maxRowBytes = 2048;

const LF = 10;

/** A scan under way. */
interface Scan {
  readonly options: ScannerOptions;
  readonly good: GoodRecords;
  readonly look: Look;
  carry: Buffer;
  line: number;
  recordCount: number;
  rejectedCount: number;
  blankLineCount: number;
  /** Inside a record that is too long, up to the end of its line. */
  isSkipping: boolean;
}

/**
 * Splits CSV bytes into records by RFC 4180, in one pass and bounded memory, and keeps those that
 * cannot be split instead of losing them or their neighbours: a stray quote costs its own line only.
 */
export function createRecordScanner(options: ScannerOptions): RecordScanner {
  const good = createGoodRecords(options);
  const scan: Scan = {
    options,
    good,
    look: emptyLook(),
    carry: Buffer.alloc(0),
    line: options.firstLine,
    recordCount: 0,
    rejectedCount: 0,
    blankLineCount: 0,
    isSkipping: false,
  };
  return {
    push: (chunk) => consume(scan, chunk, false),
    end: () => consume(scan, Buffer.alloc(0), true),
    counts: () => {
      const { recordCount, rejectedCount, blankLineCount } = scan;
      return { recordCount, goodCount: good.count(), rejectedCount, blankLineCount };
    },
    earliestDay: () => good.earliestDay(),
    firstDate: () => good.firstDate(),
  };
}

function consume(scan: Scan, chunk: Buffer, isLast: boolean): Buffer {
  const data = scan.carry.length === 0 ? chunk : Buffer.concat([scan.carry, chunk]);
  scan.good.begin(data.length);
  const rest = take(scan, data, isLast);
  scan.carry = rest === data.length ? Buffer.alloc(0) : Buffer.from(data.subarray(rest));
  return scan.good.bytes();
}

/** Takes every record that is complete, and gives the index of the first byte that must wait. */
function take(scan: Scan, data: Buffer, isLast: boolean): number {
  const { look } = scan;
  let start = 0;
  while (start < data.length) {
    if (scan.isSkipping) {
      const newline = data.indexOf(LF, start);
      if (newline === -1) return data.length;
      scan.isSkipping = false;
      scan.line += 1;
      start = newline + 1;
      continue;
    }
    lookAtRecord({ data, start, isLast, shape: scan.options, look });
    if (look.next === -1) {
      if (data.length - start <= maxRecordBytes) return start;
      scan.recordCount += 1;
      reject(scan, data.subarray(start), `the record is longer than ${maxRecordBytes} bytes`);
      scan.isSkipping = true;
      continue;
    }
    if (look.end === start) {
      scan.blankLineCount += 1;
      scan.line += 1;
    } else {
      scan.recordCount += 1;
      accept(scan, data, start);
    }
    start = look.next;
  }
  return start;
}

function accept(scan: Scan, data: Buffer, start: number): void {
  const { look, line } = scan;
  const reason = look.problem ?? problemOf(data, start, look, scan.options.fieldCount);
  if (reason !== null) reject(scan, data.subarray(start, look.end), reason);
  else {
    const date = [look.dateStart, look.dateEnd] as const;
    scan.good.add({ data, start, end: look.end, line, isQuoted: look.isQuoted, date });
  }
  scan.line += look.lineCount;
}

function reject(scan: Scan, record: Buffer, reason: string): void {
  scan.rejectedCount += 1;
  scan.options.onRejected({ line: scan.line, reason, row: readableText(record.subarray(0, maxRowBytes)) });
}

function problemOf(data: Buffer, start: number, look: Look, fieldCount: number): string | null {
  if (look.hasNul) return 'the record holds a NUL byte';
  if (!look.isAscii && !isUtf8(data.subarray(start, look.end))) return 'the record is not UTF-8 text';
  if (look.fieldCount !== fieldCount) {
    return `the record has ${look.fieldCount} field${look.fieldCount === 1 ? '' : 's'}, the header has ${fieldCount}`;
  }
  return look.end - start > maxRecordBytes ? `the record is longer than ${maxRecordBytes} bytes` : null;
}

/** Text for people: bytes that are no UTF-8 are read as Latin-1, NUL is shown as ␀. */
function readableText(bytes: Buffer): string {
  const text = isUtf8(bytes) ? bytes.toString('utf8') : bytes.toString('latin1');
  return text.replaceAll('\0', '␀');
}
