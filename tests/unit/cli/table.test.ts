import { describe, expect, test } from '@jest/globals';
import { cutTo, widthOf } from '../../../cli/style';
import { tableLines } from '../../../cli/table';

const columns = [
  { heading: 'name', align: 'left', canShrink: true },
  { heading: 'rows', align: 'right', canShrink: false },
] as const;

const cells = (...rows: (readonly string[])[]) => rows.map((row) => row.map((text) => ({ text })));

describe('a table', () => {
  test('stands in columns two blanks apart, with numbers to the right', () => {
    expect(tableLines(columns, cells(['a', '1,200'], ['longer', '7']))).toEqual([
      'name     rows',
      'a       1,200',
      'longer      7',
    ]);
  });

  test('is cut to the width of the terminal in the columns that may shrink', () => {
    const lines = tableLines(columns, cells(['a very long name of a table', '12']), { width: 20 });

    expect(lines[1]).toBe('a very long n…    12');
    expect(lines.every((line) => widthOf(line) <= 20)).toBe(true);
  });

  test('keeps a column readable rather than cutting it to nothing', () => {
    const [, row] = tableLines(columns, cells(['a very long name', '12']), { width: 4 });

    expect(row).toContain('a very …');
  });

  test('lets no control character of a text reach the terminal', () => {
    const [, row] = tableLines(columns, cells(['evil\u001b[31m\nname', '1']));

    expect(row).toBe('evil [31m name     1');
  });
});

describe('the width of a text', () => {
  test.each([
    ['plain', 5],
    ['\u001b[32mgreen\u001b[0m', 5],
    ['日本', 4],
    ['é', 1],
    ['■ ▶ ↻', 5],
  ])('%j takes %i columns', (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  test('is kept when it is cut, also in the middle of a wide character', () => {
    expect(cutTo('日本語', 4)).toBe('日…');
    expect(cutTo('short', 5)).toBe('short');
    expect(cutTo('longer', 5)).toBe('long…');
  });
});
