/** How the scanner looks at bytes: where one record ends, and what it holds. */

/** A quoted cell that does not end within these bounds is taken for a stray quote: too tight would refuse a long text, too wide would let one quote swallow a file. */
const maxQuotedBytes = 64 << 10;
const maxQuotedLines = 50;
const COMMA = 44;
const QUOTE = 34;
const LF = 10;
const CR = 13;
/** Bytes that need a decision; all others are skipped by one table look-up each. */
const isSpecial = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === COMMA || byte === QUOTE || byte === LF || byte === CR || byte === 0 || byte >= 128 ? 1 : 0,
);

/** What one look at the bytes from a record's first one found; one object, reused for speed. */
export interface Look {
  /** Index of the byte after the record's line end; −1 when more bytes are needed. */
  next: number;
  /** Index after the record's last byte, without the line end. */
  end: number;
  fieldCount: number;
  lineCount: number;
  hasNul: boolean;
  isAscii: boolean;
  /** Holds quotes or carriage returns, so its cells must be read one by one. */
  isQuoted: boolean;
  dateStart: number;
  dateEnd: number;
  problem: string | null;
}

/** Nothing seen yet. */
export function emptyLook(): Look {
  return {
    next: -1,
    end: -1,
    fieldCount: 0,
    lineCount: 1,
    hasNul: false,
    isAscii: true,
    isQuoted: false,
    dateStart: -1,
    dateEnd: -1,
    problem: null,
  };
}

/** What a record of this file looks like. */
export interface RecordShape {
  readonly fieldCount: number;
  /** Which field (from 0) holds the date. */
  readonly dateField: number;
}

export interface LookRequest {
  readonly data: Buffer;
  readonly start: number;
  readonly isLast: boolean;
  readonly shape: RecordShape;
  readonly look: Look;
}

/** Finds where the record ends and what it holds. The inner loop of the scanner: no allocation. */
export function lookAtRecord({ data, start, isLast, shape, look }: LookRequest): void {
  const length = data.length;
  const { dateField } = shape;
  let fields = 1;
  let fieldStart = start;
  let index = start;
  Object.assign(look, fresh);
  if (dateField === 0) look.dateStart = start;
  while (index < length) {
    const byte = data[index] as number;
    if (isSpecial[byte] === 0) {
      index += 1;
    } else if (byte === COMMA) {
      if (fields === dateField) look.dateStart = index + 1;
      else if (fields === dateField + 1) look.dateEnd = index;
      fields += 1;
      index += 1;
      fieldStart = index;
    } else if (byte === LF) {
      break;
    } else if (byte === QUOTE) {
      look.isQuoted = true;
      if (index !== fieldStart) {
        index += 1;
        continue;
      }
      const closed = closingQuote(data, index, isLast, look);
      if (closed === needsMore) return;
      if (closed < 0) return refuseFirstLine({ data, start, isLast, shape, look }, closed);
      index = closed;
    } else if (byte === CR) {
      if (index + 1 === length && !isLast) return;
      if (index + 1 === length || data[index + 1] === LF) {
        index += 1;
        break;
      }
      look.isQuoted = true;
      index += 1;
    } else {
      if (byte === 0) look.hasNul = true;
      else look.isAscii = false;
      index += 1;
    }
  }
  if (index >= length && !isLast) return;
  look.fieldCount = fields;
  look.next = Math.min(index + 1, length);
  look.end = index > start && index <= length && data[index - 1] === CR ? index - 1 : Math.min(index, length);
  if (fields === dateField + 1) look.dateEnd = look.end;
  if (look.lineCount > 1 && fields !== shape.fieldCount) {
    refuseFirstLine({ data, start, isLast, shape, look }, wrongCount);
  }
}

const fresh = emptyLook();
const needsMore = -1;
const notClosed = -2;
const textAfterQuote = -3;
const wrongCount = -4;

/** The index after the quote that closes the cell opened at `open`, or one of the negative verdicts. */
function closingQuote(data: Buffer, open: number, isLast: boolean, look: Look): number {
  const limit = Math.min(data.length, open + maxQuotedBytes);
  let lines = 0;
  for (let index = open + 1; index < limit; index += 1) {
    const byte = data[index] as number;
    if (byte === LF) {
      lines += 1;
      if (lines >= maxQuotedLines) return notClosed;
    } else if (byte === 0) look.hasNul = true;
    else if (byte >= 128) look.isAscii = false;
    else if (byte === QUOTE) {
      if (index + 1 === data.length && !isLast) return needsMore;
      const after = data[index + 1];
      if (after === QUOTE) {
        index += 1;
        continue;
      }
      if (after !== undefined && after !== COMMA && after !== LF && after !== CR) return textAfterQuote;
      look.lineCount += lines;
      return index + 1;
    }
  }
  return limit < open + maxQuotedBytes && !isLast ? needsMore : notClosed;
}

/** Gives up on a record that reaches over several lines: its first line is refused, the next ones get their own chance. */
function refuseFirstLine({ data, start, isLast, look }: LookRequest, verdict: number): void {
  const newline = data.indexOf(LF, start);
  if (newline === -1 && !isLast) {
    look.next = -1;
    return;
  }
  const end = newline === -1 ? data.length : newline;
  look.next = newline === -1 ? data.length : newline + 1;
  look.end = end > start && data[end - 1] === CR ? end - 1 : end;
  look.lineCount = 1;
  if (verdict === textAfterQuote) look.problem = 'text follows a closing quote';
  else if (verdict === notClosed) look.problem = 'a quote is not closed';
  else look.problem = `the record reaches over several lines and has ${look.fieldCount} fields`;
}
