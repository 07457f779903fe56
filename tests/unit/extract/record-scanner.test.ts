import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createRecordScanner, type RejectedRecord } from '../../../activities/extract/scan/record-scanner';

interface Scanned {
  readonly good: readonly string[];
  readonly rejected: readonly RejectedRecord[];
  readonly recordCount: number;
  readonly blankLineCount: number;
  readonly earliestDay: string | null;
}

/** Scans bytes of three cells a record, the last one a date, in pieces of `size` bytes. */
function scan(bytes: Buffer | string, size = 1 << 20): Scanned {
  const rejected: RejectedRecord[] = [];
  const scanner = createRecordScanner({
    fieldCount: 3,
    dateField: 2,
    firstLine: 2,
    onRejected: (record) => rejected.push(record),
  });
  const data = Buffer.from(bytes as string);
  let text = '';
  for (let at = 0; at < data.length; at += size) text += scanner.push(data.subarray(at, at + size)).toString();
  text += scanner.end().toString();
  const { recordCount, goodCount, rejectedCount, blankLineCount } = scanner.counts();
  expect(goodCount + rejectedCount).toBe(recordCount);
  expect(rejected).toHaveLength(rejectedCount);
  return {
    good: text.split('\n').slice(0, -1),
    rejected,
    recordCount,
    blankLineCount,
    earliestDay: scanner.earliestDay(),
  };
}

describe('a record scanner', () => {
  test.each<[string, string, string[]]>([
    ['plain records', 'a,b,c\nd,e,f\n', ['2,a,b,c', '3,d,e,f']],
    ['a last line without an end', 'a,b,c\nd,e,f', ['2,a,b,c', '3,d,e,f']],
    ['Windows line ends among others', 'a,b,c\r\nd,e,f\n', ['2,a,b,c', '3,d,e,f']],
    ['quoted commas', '"a,b",c,d\n', ['2,"a,b","c","d"']],
    ['doubled quotes', 'a,"say ""b""",c\n', ['2,"a","say ""b""","c"']],
    ['a quote in the middle of a cell, as it stands', 'a,7" plate,c\n', ['2,"a","7"" plate","c"']],
    ['a lone carriage return, as it stands', 'a,b\rc,d\n', ['2,"a","b\rc","d"']],
    ['empty quoted cells', '"",b,""\n', ['2,"","b",""']],
    ['non-ASCII text', 'a,£20,c\n', ['2,a,£20,c']],
    ['only commas', ',,\n', ['2,,,']],
  ])('takes %s', (_what, text, good) => {
    expect(scan(text).good).toEqual(good);
  });

  test('numbers records by the physical line on which they begin', () => {
    const { good } = scan('a,"two\nlines",c\nd,e,f\n\ng,h,i\n');
    expect(good.join('\n')).toBe('2,"a","two\nlines","c"\n4,d,e,f\n6,g,h,i');
  });

  test('counts blank lines apart: they are no records', () => {
    expect(scan('\na,b,c\n\r\n\n')).toMatchObject({ recordCount: 1, blankLineCount: 3 });
  });

  test.each<[string, Buffer | string, number, string]>([
    ['too few cells', 'a,b\n', 2, 'the record has 2 fields, the header has 3'],
    ['too many cells', 'a,b,c,d\n', 2, 'the record has 4 fields, the header has 3'],
    ['Latin-1 bytes', Buffer.from('a,caf\xe9,c\n', 'latin1'), 2, 'the record is not UTF-8 text'],
    ['a NUL byte', 'a,b\0,c\n', 2, 'the record holds a NUL byte'],
    ['text after a closing quote', 'a,"b"x,c\n', 2, 'text follows a closing quote'],
    ['a quote that never closes', 'a,"b,c\n', 2, 'a quote is not closed'],
  ])('refuses %s, with the line and the reason, and goes on', (_what, bytes, line, reason) => {
    const { good, rejected } = scan(Buffer.concat([Buffer.from(bytes as string), Buffer.from('x,y,z\n')]));
    expect(rejected).toMatchObject([{ line, reason }]);
    expect(good).toEqual(['3,x,y,z']);
  });

  test('lets a stray quote cost its own line only, whatever follows', () => {
    const following = Array.from({ length: 5_000 }, (_, index) => `r${index},b,c\n`).join('');
    const { good, rejected } = scan(`a,"b,c\n${following}`);
    expect(rejected).toEqual([{ line: 2, reason: 'a quote is not closed', row: 'a,"b,c' }]);
    expect(good).toHaveLength(5_000);
    expect(good[0]).toBe('3,r0,b,c');
  });

  test('gives each line of a record that spans lines wrongly its own chance', () => {
    const { good, rejected } = scan('a,"b\nx,y,z"\nd,e,f\n');
    expect(rejected.map(({ line }) => line)).toEqual([2]);
    expect(good).toEqual(['3,"x","y","z"""', '4,d,e,f']);
  });

  test('refuses a line of ten megabytes without keeping it', () => {
    const { good, rejected } = scan(`a,${'x'.repeat(10 << 20)},c\nd,e,f\n`, 1 << 16);
    expect(rejected).toMatchObject([{ line: 2, reason: 'the record is longer than 1048576 bytes' }]);
    expect(rejected[0]?.row).toHaveLength(2048);
    expect(good).toEqual(['3,d,e,f']);
  });

  test('shows refused bytes that are no UTF-8 as Latin-1', () => {
    expect(scan(Buffer.from('a,caf\xe9\n', 'latin1')).rejected[0]?.row).toBe('a,café');
  });

  test.each([
    ['a,b,2011-03-01 10:00\nc,d,2010-12-01 08:26:00\n', '2010-12-01'],
    ['a,b, 2011-03-01 10:00 \n', '2011-03-01'],
    ['a,"b","2011-03-01 10:00"\n', '2011-03-01'],
    ['a,b,2011-02-30 10:00\nc,d,2011-03-01 10:00\n', '2011-03-01'],
    ['a,b,2011-01-01 24:00\nc,d,2011-03-01 10:00\n', '2011-03-01'],
    ['a,b,12/1/2010 8:26\n', null],
  ])('finds the earliest readable day of %j', (text, day) => {
    expect(scan(text).earliestDay).toBe(day);
  });

  test('finds the same whatever the size of the pieces in which the bytes come', () => {
    const piece = fc.constantFrom('a', '"', ',', '\n', '\r', '£', '\0', '""', 'a,b,c\n', '"x\ny"');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (pieces, size) => {
        const text = pieces.join('');
        expect(scan(text, size)).toEqual(scan(text));
      }),
      { numRuns: 400 },
    );
  });

  test('keeps every cell of well-formed CSV', () => {
    const cell = fc.string({ maxLength: 8 }).filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 8 }), (rows) => {
        const text = rows.map((row) => `${row.map((one) => `"${one.replaceAll('"', '""')}"`).join(',')}\n`).join('');
        const { good, rejected } = scan(text);
        expect(rejected).toEqual([]);
        expect(good.join('\n').replace(/^\d+,/gm, '')).toContain(`"${rows[0]?.[2].replaceAll('"', '""')}"`);
      }),
    );
  });
});
