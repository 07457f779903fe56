import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { RequestError } from '../../../engine';
import { makeCalendar } from './calendar';
import type { InvoiceLine } from './invoice-line';
import { openMadeUpShop } from './shop';

export interface GenerateRequest {
  /** Where the file goes; a name that ends in `.gz` is gzipped. */
  readonly path: string;
  readonly rows: number;
  readonly seed: number;
  /** The last day of the data, YYYY-MM-DD. */
  readonly endDate: string;
  readonly days: number;
}

/** What the demo generates when no file is given: three weeks of a middling shop. */
export const demoData = { rows: 36_000, days: 21, seed: 20101201 } as const;

const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n';

/**
 * Writes made-up invoices that are shaped exactly like UCI Online Retail, dirt included. Equal arguments
 * give equal bytes; any number of rows, in constant memory.
 */
export async function generateInvoices(
  request: GenerateRequest,
): Promise<{ readonly firstDay: string; readonly rows: number }> {
  check(request);
  await mkdir(dirname(request.path), { recursive: true });
  const text = Readable.from(csv(request));
  const file = createWriteStream(request.path);
  if (request.path.endsWith('.gz')) await pipeline(text, createGzip(), file);
  else await pipeline(text, file);
  return { firstDay: makeCalendar(request)[0]?.date ?? request.endDate, rows: request.rows };
}

/** In pieces that are neither too many to hand over nor too large to hold. */
const pieceLength = 1 << 18;

function* csv(request: GenerateRequest): Generator<Buffer> {
  const shop = openMadeUpShop(request);
  let piece = header;
  for (const day of makeCalendar(request)) {
    for (const line of shop.day(day)) {
      piece += asCsv(line);
      if (piece.length < pieceLength) continue;
      yield Buffer.from(piece);
      piece = '';
    }
  }
  yield Buffer.from(piece);
}

function asCsv(line: InvoiceLine): string {
  const { invoiceNo, stockCode, description, quantity, invoiceDate, unitPrice, customerId, country } = line;
  const text = /[",]/.test(description) ? `"${description.replaceAll('"', '""')}"` : description;
  return `${invoiceNo},${stockCode},${text},${quantity},${invoiceDate},${unitPrice},${customerId},${country}\n`;
}

function check({ rows, days, endDate, seed }: GenerateRequest): void {
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(endDate) && !Number.isNaN(Date.parse(`${endDate}T00:00:00Z`));
  const problem =
    !Number.isSafeInteger(rows) || rows < 1
      ? `rows must be a whole number from 1 on, not ${rows}`
      : !Number.isSafeInteger(days) || days < 1
        ? `days must be a whole number from 1 on, not ${days}`
        : !Number.isSafeInteger(seed)
          ? `seed must be a whole number, not ${seed}`
          : isDate
            ? null
            : `the end date must be a day such as 2011-12-09, not "${endDate}"`;
  if (problem === null) return;
  throw new RequestError({
    code: 'bad_generator_request',
    message: `Cannot generate invoices: ${problem}.`,
    details: { rows, days, end_date: endDate, seed },
  });
}
