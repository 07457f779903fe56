import { expect, test } from '@jest/globals';
import { readHeader } from '../../../activities/extract/columns';
import type { TaskError } from '../../../engine';

const uci = ['InvoiceNo', 'StockCode', 'Description', 'Quantity', 'InvoiceDate', 'UnitPrice', 'CustomerID', 'Country'];
const second = ['Invoice', 'StockCode', 'Description', 'Quantity', 'InvoiceDate', 'Price', 'Customer ID', 'Country'];

test.each([[uci], [second]])('reads the header %j', (names) => {
  expect(readHeader('a.csv', names)).toEqual([
    'invoice_no',
    'stock_code',
    'description',
    'quantity',
    'invoice_date',
    'unit_price',
    'customer_id',
    'country',
  ]);
});

test('reads columns in any order', () => {
  expect(readHeader('a.csv', [...uci].reverse())[0]).toBe('country');
});

test.each<[string, readonly string[], number | null, object]>([
  ['a missing column', uci.filter((name) => name !== 'Quantity'), null, { missing: ['quantity'] }],
  ['a renamed column', uci.map((name) => (name === 'Quantity' ? 'Quantities' : name)), 4, { nearest: 'Quantity' }],
  ['a duplicate column', [...uci, 'Country'], 9, { name: 'Country' }],
  ['an extra column', [...uci, 'Discount'], 9, { name: 'Discount' }],
  ['semicolons', [uci.join(';')], 1, { delimiter: ';' }],
  ['tabs', [uci.join('\t')], 1, { delimiter: '\t' }],
])('refuses %s, naming file, line and column', (_what, names, column, details) => {
  expect(codeOf(() => readHeader('a.csv', names))).toMatchObject({
    code: 'source_header',
    details: { file: 'a.csv', line: 1, column, ...details },
  });
});

test('says what to do about a header', () => {
  const renamed = uci.map((name) => (name === 'Quantity' ? 'Quantities' : name));
  expect(() => readHeader('a.csv', renamed)).toThrow(
    'a.csv, line 1, column 4: column "Quantities" is not known. Did you mean "Quantity"? Missing: Quantity.',
  );
});

function codeOf(body: () => unknown): TaskError {
  try {
    body();
  } catch (error) {
    return error as TaskError;
  }
  throw new Error('nothing was thrown');
}
