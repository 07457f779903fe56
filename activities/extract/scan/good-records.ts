/** Where a good record stands in the bytes under the scanner's eyes. */
interface RecordPlace {
  readonly data: Buffer;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly isQuoted: boolean;
  readonly date: readonly [start: number, end: number];
}

export interface GoodRecords {
  /** Starts a new batch; the bytes of the last one may be overwritten. */
  begin(byteCount: number): void;
  add(place: RecordPlace): void;
  bytes(): Buffer;
  count(): number;
  earliestDay(): string | null;
  /** The date cell of the first record, for the message when no date can be read. */
  firstDate(): FirstDate | null;
}

export interface FirstDate {
  readonly line: number;
  readonly text: string;
}

const COMMA = 44;
const QUOTE = 34;
const LF = 10;
const isoMinute = /^(\d{4})-(\d{2})-(\d{2}) ([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/;

/**
 * Writes good records as CSV for DuckDB's reader: the line number, then the record's bytes. Records
 * with quotes are written anew, each cell quoted, so that no lenient reading (a quote in the middle
 * of a cell, a lone carriage return) is ever left to another reader's judgement.
 */
export function createGoodRecords({ dateField }: { readonly dateField: number }): GoodRecords {
  let buffer = Buffer.allocUnsafe(1 << 21);
  let length = 0;
  let count = 0;
  let earliest = Number.POSITIVE_INFINITY;
  let firstDate: FirstDate | null = null;

  const reserve = (byteCount: number): void => {
    if (length + byteCount <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, length + byteCount));
    buffer.copy(larger, 0, 0, length);
    buffer = larger;
  };

  const noteDay = (data: Buffer, start: number, end: number): void => {
    const number = dayNumber(data, start, end);
    if (number >= earliest) return;
    if (readableDay(data.toString('latin1', start, end)) !== null) earliest = number;
  };

  const noteDayOfText = (text: string): void => {
    const bytes = Buffer.from(text.trim(), 'latin1');
    noteDay(bytes, 0, bytes.length);
  };

  return {
    begin: (byteCount) => {
      length = 0;
      reserve(byteCount + (byteCount >> 2) + 1024);
    },
    add: ({ data, start, end, line, isQuoted, date }) => {
      count += 1;
      reserve((end - start) * 2 + 64);
      length = writeNumber(buffer, length, line);
      buffer[length++] = COMMA;
      if (isQuoted) {
        const cells = readCells(data.toString('utf8', start, end));
        length += buffer.write(cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(','), length);
        noteDayOfText(cells[dateField] ?? '');
        firstDate ??= { line, text: cells[dateField] ?? '' };
      } else {
        data.copy(buffer, length, start, end);
        length += end - start;
        noteDay(data, date[0], date[1]);
        firstDate ??= { line, text: data.toString('utf8', date[0], date[1]) };
      }
      buffer[length++] = LF;
    },
    bytes: () => buffer.subarray(0, length),
    count: () => count,
    earliestDay: () => (earliest === Number.POSITIVE_INFINITY ? null : isoDay(earliest)),
    firstDate: () => firstDate,
  };
}

/** The cells of one record whose quotes are known to be well placed. */
export function readCells(record: string): readonly string[] {
  const cells: string[] = [];
  let index = 0;
  while (index <= record.length) {
    if (record.charCodeAt(index) === QUOTE) {
      let cell = '';
      let from = index + 1;
      for (;;) {
        const quote = record.indexOf('"', from);
        const to = quote === -1 ? record.length : quote;
        cell += record.slice(from, to);
        if (record.charCodeAt(to + 1) !== QUOTE) {
          index = to + 1;
          break;
        }
        cell += '"';
        from = to + 2;
      }
      cells.push(cell);
    } else {
      const comma = record.indexOf(',', index);
      const to = comma === -1 ? record.length : comma;
      cells.push(record.slice(index, to));
      index = to;
    }
    if (record.charCodeAt(index) !== COMMA) break;
    index += 1;
  }
  return cells;
}

/** The calendar day (YYYY-MM-DD) of a date text as the warehouse reads it, null when it is none. */
export function readableDay(text: string): string | null {
  const match = isoMinute.exec(text.trim());
  if (match === null) return null;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const date = new Date(Date.UTC(year, month - 1, day));
  date.setUTCFullYear(year);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && year > 0;
  return exists ? `${match[1]}-${match[2]}-${match[3]}` : null;
}

/** `20101201` for bytes that begin with `2010-12-01` after blanks; infinity for others. Quick, and no proof. */
function dayNumber(data: Buffer, start: number, end: number): number {
  let from = start;
  while (from < end && data[from] === 32) from += 1;
  if (end - from < 16) return Number.POSITIVE_INFINITY;
  let number = 0;
  for (let index = from; index < from + 10; index += 1) {
    if (index === from + 4 || index === from + 7) continue;
    const digit = (data[index] as number) - 48;
    if (digit < 0 || digit > 9) return Number.POSITIVE_INFINITY;
    number = number * 10 + digit;
  }
  return number;
}

function isoDay(number: number): string {
  const digits = String(number).padStart(8, '0');
  return `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`;
}

function writeNumber(buffer: Buffer, at: number, value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits += 1;
  let rest = value;
  for (let index = at + digits - 1; index >= at; index -= 1) {
    const next = Math.floor(rest / 10);
    buffer[index] = 48 + (rest - next * 10);
    rest = next;
  }
  return at + digits;
}
