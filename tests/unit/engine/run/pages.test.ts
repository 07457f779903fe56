import { describe, expect, test } from '@jest/globals';
import { countsLine, taskRows, taskTableMarkdown } from '../../../../engine/run/task-table';
import { failedTasks, retryCount, runLabel } from '../../../../engine/run/verdict';
import { anIdentity, aPlan, aRun, type TaskSketch } from '../../../support/builders';
import { second } from '../../../support/machine';
import { simulate } from '../../../support/simulate';

const wide = (count: number, sketch: TaskSketch = []) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`task_${index}`, sketch]));

describe('the label of a run', () => {
  const plan = aPlan({ a: [], b: { after: ['a'], policy: { triggerRule: 'all_done' } } });

  test('is its state', () => {
    expect(runLabel(aRun({ a: 'failed' }))).toBe('running');
    expect(runLabel(aRun({ a: 'failed' }, { state: 'failed' }))).toBe('failed');
    expect(runLabel(aRun({ a: 'success' }, { state: 'success' }))).toBe('success');
  });

  test('of a success over a failed inner task tells of it', () => {
    const { run } = simulate(plan, { outcome: ({ taskId }) => ({ kind: taskId === 'a' ? 'fail' : 'succeed' }) });
    expect(runLabel(run)).toBe('success, 1 failed');
  });
});

test('tries beyond the first are counted over all tasks', () => {
  expect(retryCount(aRun({ a: { tryNumber: 3 }, b: { tryNumber: 1 }, c: { tryNumber: 2 }, d: {} }))).toBe(3);
});

test('failed tasks are those that failed by themselves, in order', () => {
  expect(failedTasks(aRun({ z: 'failed', a: 'failed', b: 'upstream_failed', c: 'success' }))).toEqual(['a', 'z']);
});

describe('the rows of the task table', () => {
  const plan = aPlan({ a: { policy: { retries: 3 } }, b: ['a'], c: [] });
  const run = aRun({
    a: { state: 'running', tryNumber: 2, startedAt: second(10), endedAt: null },
    c: { state: 'success', tryNumber: 1, startedAt: second(0), endedAt: second(4), rowCount: 7 },
  });

  test('say for every task its state, try, reason, rows and duration, in the order of the spec', () => {
    expect(taskRows(plan, run, second(70))).toEqual([
      {
        taskId: 'a',
        state: 'running',
        tryNumber: 2,
        maxTries: 4,
        reason: '',
        rowCount: null,
        startedAt: second(10),
        durationMs: 60_000,
      },
      {
        taskId: 'b',
        state: 'none',
        tryNumber: 0,
        maxTries: 1,
        reason: '1 of 1 upstream not finished: a',
        rowCount: null,
        startedAt: null,
        durationMs: null,
      },
      {
        taskId: 'c',
        state: 'success',
        tryNumber: 1,
        maxTries: 1,
        reason: '',
        rowCount: 7,
        startedAt: second(0),
        durationMs: 4_000,
      },
    ]);
  });

  test('a clock that goes back gives no negative duration', () => {
    expect(taskRows(plan, run, second(5))[0]?.durationMs).toBe(0);
  });

  test('of a task that is tried again they say what happened to the try before', () => {
    const failure = { code: 'disk_full', message: 'No space.', retryable: true, details: null };
    const again = aRun({ a: { state: 'running', tryNumber: 2, failure }, c: { state: 'success', failure } });
    const [a, b, c] = taskRows(plan, again, second(70)).map((row) => row.reason);

    expect([a, c]).toEqual(['after disk_full: No space.', 'after disk_full: No space.']);
    expect(b).not.toContain('disk_full');
  });

  test('as Markdown they are a table with the counts first', () => {
    expect(taskTableMarkdown(plan, run, second(70)).replaceAll('\u00a0', ' ').split('\n')).toEqual([
      '**running** · 1 none, 1 running, 1 success',
      '',
      'scheduled run of `shop` for 2010-12-01T00:00:00Z to 2010-12-02T00:00:00Z, triggered by schedule',
      '',
      '| task | state | try | reason | rows | duration |',
      '|---|---|---|---|--:|--:|',
      '| a | running | 2 of 4 |  |  | since 02:00:10 |',
      '| b | none |  | 1 of 1 upstream not finished: a |  |  |',
      '| c | success | 1 of 1 |  | 7 | 4.0s |',
    ]);
  });

  test('text of others cannot break the table', () => {
    const hostile = { code: 'handler_failed', message: `x | y\r\n## z ${'!'.repeat(500)}`, tasks: [] } as const;
    const broken = aRun(
      { a: { state: 'failed', reason: hostile } },
      { state: 'failed', reason: hostile, identity: anIdentity({ triggeredBy: 'a|b\nc' }) },
    );
    const lines = taskTableMarkdown(plan, broken, second(1)).split('\n');
    expect(lines).toHaveLength(9);
    expect(lines[6]).toContain('x \\| y ## z !!!');
    expect(lines[6]?.length).toBeLessThan(400);
    expect(lines[2]).toContain('triggered by a\\|b c');
  });
});

describe('a long task table', () => {
  const plan = aPlan(wide(1_000));
  const states = [
    ...Array.from({ length: 150 }, () => 'success' as const),
    ...Array.from({ length: 60 }, () => 'running' as const),
    'failed' as const,
    ...Array.from({ length: 100 }, () => 'upstream_failed' as const),
  ];
  const run = aRun(Object.fromEntries(states.map((state, index) => [`task_${index}`, state])));
  const page = taskTableMarkdown(plan, run, second(1));
  const shown = page.split('\n').filter((line) => line.startsWith('| task_'));

  test('is cut to 100 rows, those first that somebody may have to act on', () => {
    expect(shown).toHaveLength(100);
    expect(shown[0]).toContain('| task_210 | failed |');
    expect(shown[1]).toContain('| task_150 | running |');
    expect(shown[61]).toContain('| upstream_failed |');
    expect(shown[99]).toContain('| upstream_failed |');
  });

  test('counts all and says where the others are', () => {
    expect(page).toContain('689 none, 60 running, 150 success, 1 failed, 100 upstream_failed');
    expect(page).toContain('900 more tasks; all of them: `tidemill tasks states-for-dag-run`');
  });

  test('stays below what a server takes, with the longest names and reasons', () => {
    const name = (index: number) => `${index}_`.padEnd(200, 'x');
    const ids = Array.from({ length: 1_000 }, (_, index) => name(index));
    const why = { code: 'handler_failed', message: '語'.repeat(5_000), tasks: [] } as const;
    const longest = aRun(Object.fromEntries(ids.map((id) => [id, { state: 'failed' as const, reason: why }])), {
      reason: why,
    });
    const text = taskTableMarkdown(aPlan(Object.fromEntries(ids.map((id) => [id, []]))), longest, second(1));
    expect(Buffer.byteLength(text)).toBeLessThan(256 * 1_024);
  });

  test('counts only the states that there are', () => {
    expect(countsLine(aRun({ a: 'success' }), ['a', 'b'])).toBe('1 none, 1 success');
    expect(countsLine(aRun(), [])).toBe('');
  });
});
