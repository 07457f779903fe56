import { didYouMean, nearestName, TaskError } from '../../engine';

/** The eight columns of an invoice file, under the names that the warehouse uses. */
export const invoiceColumns = [
  'invoice_no',
  'stock_code',
  'description',
  'quantity',
  'invoice_date',
  'unit_price',
  'customer_id',
  'country',
] as const;
export type InvoiceColumn = (typeof invoiceColumns)[number];

/** What each column is called in a header: by UCI first, then by its "Online Retail II". */
const headerNames: { readonly [column in InvoiceColumn]: readonly string[] } = {
  invoice_no: ['InvoiceNo', 'Invoice'],
  stock_code: ['StockCode'],
  description: ['Description'],
  quantity: ['Quantity'],
  invoice_date: ['InvoiceDate'],
  unit_price: ['UnitPrice', 'Price'],
  customer_id: ['CustomerID', 'Customer ID'],
  country: ['Country'],
};

const otherDelimiters: readonly (readonly [delimiter: string, name: string])[] = [
  [';', 'semicolons'],
  ['\t', 'tabs'],
  ['|', 'vertical bars'],
];

/**
 * Tells which column stands where in a file, in the file's order.
 *
 * Throws `source_header` for a missing, renamed, duplicate or extra column and for another delimiter,
 * naming the file, line 1, the column and the nearest known name.
 */
export function readHeader(file: string, names: readonly string[]): readonly InvoiceColumn[] {
  refuseOtherDelimiter(file, names);
  const columns: InvoiceColumn[] = [];
  const unknown: { readonly name: string; readonly position: number }[] = [];
  for (const [index, name] of names.entries()) {
    const column = invoiceColumns.find((candidate) => headerNames[candidate].includes(name));
    if (column === undefined) unknown.push({ name, position: index + 1 });
    else if (columns.includes(column)) {
      throw headerError(file, index + 1, `column "${name}" is there twice; keep one`, { name });
    } else columns.push(column);
  }
  refuseUnknown(
    file,
    unknown,
    invoiceColumns.filter((column) => !columns.includes(column)),
  );
  return columns;
}

function refuseOtherDelimiter(file: string, names: readonly string[]): void {
  const only = names.length === 1 ? String(names[0]) : null;
  const found = only === null ? undefined : otherDelimiters.find(([delimiter]) => only.includes(delimiter));
  if (found === undefined) return;
  const problem = `the columns are separated by ${found[1]}; save the file with commas`;
  throw headerError(file, 1, problem, { delimiter: found[0] });
}

function refuseUnknown(
  file: string,
  unknown: readonly { readonly name: string; readonly position: number }[],
  missing: readonly InvoiceColumn[],
): void {
  const expected = missing.flatMap((column) => headerNames[column]);
  const first = unknown[0];
  if (first !== undefined) {
    const known = missing.length > 0 ? expected : Object.values(headerNames).flat();
    const wanted = missing.length > 0 ? ` ${listMissing(missing)}` : ' Remove it, or name it as one of the eight.';
    const problem = `column "${shorten(first.name)}" is not known.${didYouMean(first.name, known)}${wanted}`;
    throw headerError(file, first.position, problem, {
      name: shorten(first.name),
      nearest: nearestName(first.name, known),
      missing,
    });
  }
  if (missing.length > 0) throw headerError(file, null, listMissing(missing), { missing });
}

function listMissing(missing: readonly InvoiceColumn[]): string {
  const names = missing.map((column) => headerNames[column].join(' or '));
  return `Missing: ${names.join(', ')}.`;
}

function headerError(
  file: string,
  column: number | null,
  problem: string,
  facts: { readonly [key: string]: unknown },
): TaskError {
  const place = column === null ? 'line 1' : `line 1, column ${column}`;
  return new TaskError({
    code: 'source_header',
    message: `${file}, ${place}: ${problem}`,
    details: { file, line: 1, column, ...facts },
  });
}

function shorten(name: string): string {
  return name.length > 60 ? `${name.slice(0, 60)}…` : name;
}
