import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { countText, instantText, intervalText, type ListColumn, type ListFormat, printList } from '../../../cli/output';
import { createPaint, paintFor } from '../../../cli/style';
import { captured } from './captured';

interface Thing {
  readonly name: string;
  readonly count: number;
  readonly tags: readonly string[];
}

const things: readonly Thing[] = [
  { name: 'one', count: 1_200, tags: ['a', 'b'] },
  { name: 'two\twords', count: 3, tags: [] },
];
const columns: readonly ListColumn<Thing>[] = [
  { name: 'thing_name', value: (thing) => thing.name },
  {
    name: 'row_count',
    heading: 'rows',
    value: (thing) => thing.count,
    text: (thing) => thing.count.toLocaleString('en-US'),
  },
  { name: 'tags', value: (thing) => thing.tags, isDetail: true },
];

async function printed(format: ListFormat, rows = things): Promise<string> {
  const sink = captured();
  await printList(rows, columns, { format, empty: 'none', sink });
  return sink.text();
}

describe('a list', () => {
  test('as a table is for people: texts as they read them, details left out', async () => {
    expect(await printed('table')).toBe('thing_name   rows\none         1,200\ntwo words       3\n');
  });

  test('as JSON has every column under its name, with values as they are', async () => {
    expect(JSON.parse(await printed('json'))).toEqual([
      { thing_name: 'one', row_count: 1_200, tags: ['a', 'b'] },
      { thing_name: 'two\twords', row_count: 3, tags: [] },
    ]);
  });

  test('as YAML says the same as JSON', async () => {
    expect(parse(await printed('yaml'))).toEqual(JSON.parse(await printed('json')));
  });

  test('as plain text has one tab between cells, whatever the cells hold', async () => {
    expect(await printed('plain')).toBe('thing_name\trow_count\ttags\none\t1200\ta, b\ntwo words\t3\t\n');
  });

  test('without rows is an empty list for programs', async () => {
    expect(JSON.parse(await printed('json', []))).toEqual([]);
    expect(await printed('table', [])).toBe('');
  });
});

describe('colours', () => {
  const terminal = captured({ columns: 80, rows: 24 });

  test.each<[string, boolean, NodeJS.ProcessEnv]>([
    ['are there on a terminal', true, {}],
    ['are not there where NO_COLOR asks for none', false, { NO_COLOR: '1' }],
    ['are not there on a terminal that knows none', false, { TERM: 'dumb' }],
  ])('%s', (_title, expected, env) => {
    expect(paintFor(terminal, env).hasColor).toBe(expected);
  });

  test('are not there in a pipe, unless they are forced', () => {
    expect(paintFor(captured(), {}).hasColor).toBe(false);
    expect(paintFor(captured(), { FORCE_COLOR: '1' }).hasColor).toBe(true);
  });

  test('are left out of a painted text when there are none', () => {
    expect(createPaint(false).state('failed', 'text')).toBe('text');
  });
});

describe('texts for people', () => {
  test.each([
    ['2010-12-01T08:26:00Z', '2010-12-01 08:26:00'],
    ['2010-12-01T00:00:00Z', '2010-12-01'],
    ['2010-12-01T08:26:00.123Z', '2010-12-01 08:26:00'],
    [null, ''],
  ])('the instant %s reads %j', (instant, text) => {
    expect(instantText(instant)).toBe(text);
  });

  test.each([
    ['2010-12-01T00:00:00Z', '2010-12-02T00:00:00Z', '2010-12-01'],
    ['2010-12-01T00:00:00Z', '2010-12-08T00:00:00Z', '2010-12-01 to 2010-12-07'],
    ['2010-12-01T06:00:00Z', '2010-12-01T07:00:00Z', '2010-12-01 06:00:00 to 2010-12-01 07:00:00'],
    ['2010-12-01T06:00:00Z', '2010-12-01T06:00:00Z', '2010-12-01 06:00:00'],
  ])('the interval from %s to %s reads %j', (start, end, text) => {
    expect(intervalText({ start, end })).toBe(text);
  });

  test('counts agree with their noun', () => {
    expect([countText(1, 'run'), countText(0, 'run'), countText(1_234, 'row')]).toEqual([
      '1 run',
      '0 runs',
      '1,234 rows',
    ]);
  });
});
