import { describe, expect, test } from '@jest/globals';
import { commandLine, shellQuoted } from '../../../cli/command-line';
import { graphDot, graphLines } from '../../../cli/dag-picture';
import { demoInterval, leftOver } from '../../../cli/demo-data';
import { deployRows, isUnchanged } from '../../../cli/deploying';
import { parseConf } from '../../../cli/json-option';
import { freshnessOf, freshnessText, pendingText } from '../../../cli/pending';
import { intervalOf } from '../../../cli/run-ref';
import type { ListedRun } from '../../../client';
import type { DagSpec, TaskSpec } from '../../../engine';

function aSpec(tasks: readonly (readonly [string, readonly string[], string?])[]): DagSpec {
  const specs = tasks.map(
    ([taskId, upstream, group]): TaskSpec => ({
      taskId,
      kind: 'task',
      group: group ?? null,
      upstream,
      input: {},
      policy: {},
    }),
  );
  return { dagId: 'shop', tasks: specs } as unknown as DagSpec;
}

const diamond = aSpec([
  ['a', []],
  ['b', ['a'], 'middle'],
  ['c', ['a'], 'middle'],
  ['d', ['a', 'b', 'c']],
]);

describe('the picture of a DAG', () => {
  test('has its tasks by levels, with what each waits for and no edge that follows from others', () => {
    expect(graphLines(diamond)).toEqual([
      '   task  kind  group   after',
      '1  a     task',
      '2  b     task  middle  ← a',
      '   c     task  middle  ← a',
      '3  d     task          ← b, c',
    ]);
  });

  test("in Graphviz's language has all edges, and groups as clusters", () => {
    const dot = graphDot(diamond);

    expect(dot).toContain('subgraph "cluster_middle"');
    expect(dot.match(/ -> /g)).toHaveLength(5);
  });
});

describe('the plan of a deploy', () => {
  const versions = { spec: 'abc', code: 'def' };

  test('has the schedule beside its DAG', () => {
    const desired = { dagId: 'new_dag' } as never;
    const rows = deployRows({
      dags: [
        { kind: 'new', dagId: 'new_dag', versions },
        { kind: 'removed', dagId: 'gone', versions: null },
      ],
      schedules: [
        { kind: 'create', desired },
        { kind: 'remove', scheduleId: 'tidemill/gone', dagId: 'gone', why: '' },
      ],
    });

    expect(rows.map(({ dagId, dag, schedule }) => [dagId, dag, schedule])).toEqual([
      ['gone', 'removed', 'remove'],
      ['new_dag', 'new', 'create'],
    ]);
    expect(isUnchanged(rows)).toBe(false);
  });

  test('without a schedule and without a change changes nothing', () => {
    expect(isUnchanged(deployRows({ dags: [{ kind: 'unchanged', dagId: 'a', versions }], schedules: [] }))).toBe(true);
  });
});

describe('the days of a demo', () => {
  const days = { first: '2010-12-01', last: '2011-12-09' };

  test.each<[number | 'all', string]>([
    [21, '2010-12-01/2010-12-22'],
    ['all', '2010-12-01/2011-12-10'],
    [9_999, '2010-12-01/2011-12-10'],
  ])('%s days are the interval %s', (count, interval) => {
    expect(demoInterval(days, count)).toBe(interval);
  });
});

describe('what the data of an earlier demo leaves behind', () => {
  const earlier = { first: '2010-12-05', last: '2010-12-09' };

  test.each([
    ['2011-01-01/2011-01-05', ['2010-12-05/2010-12-10']],
    ['2010-12-01/2010-12-20', []],
    ['2010-12-07/2010-12-08', ['2010-12-05/2010-12-07', '2010-12-08/2010-12-10']],
    ['2010-12-05/2010-12-08', ['2010-12-08/2010-12-10']],
    ['2010-11-01/2010-11-02', ['2010-12-05/2010-12-10']],
  ])('beside %s is %j', (interval, left) => {
    expect(leftOver(earlier, interval)).toEqual(left);
    expect(leftOver(null, interval)).toEqual([]);
  });
});

describe('freshness', () => {
  const now = Date.parse('2026-11-20T12:00:00Z');

  test.each<[string | null, string, string]>([
    ['2026-11-20T14:30:00Z', 'fresh', 'fresh for 2h 30m'],
    ['2026-11-18T12:00:00Z', 'stale', 'stale for 2d'],
    [null, 'unknown', ''],
  ])('until %s is %s', (until, state, text) => {
    expect(freshnessOf(until, now)).toBe(state);
    expect(freshnessText(until, now)).toBe(text);
  });

  test('says which day has rows that are not loaded yet, and sums up when there are many', () => {
    const day = (date: string, rowCount: number, isPublished = false) => ({
      day: date,
      rowCount,
      isPublished,
      files: [],
    });
    const seven = ['01', '02', '03', '04', '05', '06', '07'].map((date) => day(`2010-12-${date}`, 10));

    expect(pendingText([day('2010-12-01', 1)])).toEqual(['day 2010-12-01 has 1 row not yet loaded']);
    expect(pendingText([day('2010-12-01', 2, true)])[0]).toMatch(/run the day again$/);
    expect(pendingText(seven).at(-1)).toBe('and 2 more days up to 2010-12-07 with 20 rows');
  });
});

describe('a run in a list', () => {
  test.each([
    ['shop manual__x: success\n2010-12-01T00:00:00Z to 2010-12-02T00:00:00Z, 11 tasks', '2010-12-01T00:00:00Z'],
    ['shop manual__x: running\n2010-12-01T00:00:00.5Z to 2010-12-02T00:00:00Z', '2010-12-01T00:00:00.5Z'],
    ['', undefined],
  ])('has its interval from the two lines %j', (summary, start) => {
    expect(intervalOf({ summary } as ListedRun)?.start).toBe(start);
  });
});

describe('a command line to copy', () => {
  test.each([
    ['plain/path-1.csv', 'plain/path-1.csv'],
    ['two words', '"two words"'],
    ['it\'s "so"', '"it\'s \\"so\\""'],
    ['a "b" c', `'a "b" c'`],
    ['$HOME', '"\\$HOME"'],
  ])('%j is quoted as %s', (text, quoted) => {
    expect(shellQuoted(text)).toBe(quoted);
  });

  test('calls the launcher by its file when it is not on the PATH', () => {
    expect(commandLine('tables')).toMatch(/^node \S*bin\/tidemill\.cjs tables$/);
  });
});

test.each([['{'], ['[1]'], ['5']])('--conf %s is refused with a hint', (text) => {
  expect(() => parseConf(text)).toThrow(/Write it as/);
});
