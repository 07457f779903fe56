import { describe, expect, test } from '@jest/globals';
import { failedTasksAttribute, runRecord, runSummaryText } from '../../../../engine/run/record';
import { freshUntilOf, summarizeRun } from '../../../../engine/run/summary';
import { aDay, aPlan, aRun, type TaskSketch } from '../../../support/builders';
import { second } from '../../../support/machine';
import { simulate } from '../../../support/simulate';

const wide = (count: number, sketch: TaskSketch = []) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`task_${index}`, sketch]));

describe('the summary of a run', () => {
  const plan = aPlan({ a: [], early: { kind: 'publish', after: ['a'] }, late: { kind: 'publish', after: ['a'] } });
  const published = (freshUntil: unknown) => ({
    state: 'success' as const,
    output: {
      kind: 'published',
      release: 3,
      base: 2,
      tables: [{ table: 'core.fact_sales' }],
      fresh_until: freshUntil as string,
    },
  });

  test('has the states of the grid and how long its tables are fresh', () => {
    const run = aRun(
      { a: { state: 'success', tryNumber: 2 }, early: published('2010-12-03T00:00:00Z') },
      { state: 'success', endedAt: second(60) },
    );
    expect(summarizeRun(plan, run, second(99))).toEqual({
      runId: 'scheduled__2010-12-01T00:00:00Z',
      runType: 'scheduled',
      interval: aDay,
      state: 'success',
      label: 'success',
      startedAt: second(0),
      endedAt: second(60),
      retries: 1,
      freshUntil: '2010-12-03T00:00:00Z',
      freshTables: { 'core.fact_sales': '2010-12-03T00:00:00Z' },
      tasks: { a: 'success', early: 'success', late: 'none' },
    });
  });

  test('of a run under way ends now', () => {
    expect(summarizeRun(plan, aRun(), second(99)).endedAt).toBe(second(99));
  });

  test('of a DAG too wide to draw has no states, so that it stays small', () => {
    const run = aRun({ task_0: 'success' });
    expect(Object.keys(summarizeRun(aPlan(wide(50)), run, second(1)).tasks)).toHaveLength(50);
    expect(summarizeRun(aPlan(wide(51)), run, second(1)).tasks).toEqual({});
  });

  test('the latest of several publishes decides on freshness, and what is no publish has no say', () => {
    const fresh = (tasks: Parameters<typeof aRun>[0]) => freshUntilOf(plan, aRun(tasks));
    expect(fresh({ early: published('2010-12-03T00:00:00Z'), late: published('2010-12-04T00:00:00Z') })).toBe(
      '2010-12-04T00:00:00Z',
    );
    expect(fresh({ late: published(null), a: published('2010-12-09T00:00:00Z') })).toBeNull();
    expect(fresh({ early: { state: 'failed' } })).toBeNull();
  });
});

describe('the record of a finished run', () => {
  const versions = { spec: 'abc', code: 'def' };
  const plan = aPlan({ a: { policy: { retries: 1 } }, p: { kind: 'publish', after: ['a'] }, q: { kind: 'publish' } });

  test('tells in the words of the meta tables what was run, tried and published', () => {
    const { run } = simulate(plan, {
      outcome: ({ taskId, tryNumber }) => {
        if (taskId === 'a') return tryNumber === 1 ? { kind: 'fail' } : { kind: 'succeed', rowCount: 9 };
        if (taskId === 'q') return { kind: 'succeed', output: { kind: 'unchanged' } };
        return { kind: 'succeed', output: { kind: 'published', release: 3, base: 2, tables: [{ table: 't' }] } };
      },
    });
    const record = runRecord({ plan, run, versions, execution: 'e1', at: second(999) });
    expect(JSON.parse(JSON.stringify(record))).toEqual(record);
    expect(record).toMatchObject({
      format: 1,
      dag_id: 'shop',
      run_id: 'scheduled__2010-12-01T00:00:00Z',
      execution: 'e1',
      run_type: 'scheduled',
      state: 'success',
      label: 'success',
      reason: 'every last task succeeded or was skipped',
      interval_start: aDay.start,
      spec_version: 'abc',
      code_version: 'def',
      triggered_by: 'schedule',
      started_at: second(0),
      ended_at: run.endedAt,
      tasks: [
        { task_id: 'a', state: 'success', try_number: 2, row_count: 9 },
        { task_id: 'p', state: 'success' },
        { task_id: 'q', state: 'success' },
      ],
      attempts: [
        {
          task_id: 'a',
          try_number: 1,
          attempt: 1,
          state: 'failed',
          error_code: 'user_code_failed',
          worker: 'worker-1',
        },
        { task_id: 'q', try_number: 1 },
        { task_id: 'a', try_number: 2, state: 'success', error_code: null, error_message: null },
        { task_id: 'p', try_number: 1 },
      ],
      publishes: [
        { task_id: 'p', release: 3, base_release: 2, outcome: 'published', tables: [{ table: 't' }] },
        { task_id: 'q', release: null, base_release: null, outcome: 'unchanged', tables: [] },
      ],
    });
  });

  test('of a run that has no end yet ends now, and a publish that failed is none', () => {
    const record = runRecord({ plan, run: aRun({ p: 'failed' }), versions, execution: 'e1', at: second(9) });
    expect(record).toMatchObject({ ended_at: second(9), reason: null, publishes: [] });
    const odd = aRun({ p: { state: 'success', output: {} } });
    expect(runRecord({ plan, run: odd, versions, execution: 'e1', at: second(9) })).toMatchObject({
      publishes: [{ outcome: null }],
    });
  });
});

describe('the failed tasks as a search attribute', () => {
  const broken = (ids: readonly string[]) => aRun(Object.fromEntries(ids.map((id) => [id, 'failed' as const])));

  test('are twenty at most, and a count of the others', () => {
    const ids = Array.from({ length: 300 }, (_, index) => `t${String(index).padStart(3, '0')}`);
    const attribute = failedTasksAttribute(broken(ids));
    expect(attribute).toHaveLength(21);
    expect(attribute.at(-1)).toBe('+280');
    expect(failedTasksAttribute(broken(ids.slice(0, 20)))).toEqual(ids.slice(0, 20));
    expect(failedTasksAttribute(aRun())).toEqual([]);
  });

  test('stay below what a server takes, with the longest names', () => {
    const ids = Array.from({ length: 15 }, (_, index) => `${index}`.padEnd(200, 'x'));
    const attribute = failedTasksAttribute(broken(ids));
    expect(attribute.join().length).toBeLessThan(2_000);
    expect(attribute.at(-1)).toBe(`+${15 - (attribute.length - 1)}`);
  });
});

describe('the two lines of the memo', () => {
  const plan = aPlan({ a: [], b: [] });

  test('say what the run is and for which interval', () => {
    expect(runSummaryText(plan, aRun()).split('\n')).toEqual([
      'shop scheduled__2010-12-01T00:00:00Z: running',
      '2010-12-01T00:00:00Z to 2010-12-02T00:00:00Z, 2 tasks',
    ]);
  });

  test('and why it failed', () => {
    const { run } = simulate(plan, { outcome: () => ({ kind: 'fail' }) });
    expect(runSummaryText(plan, run).split('\n')).toEqual([
      'shop scheduled__2010-12-01T00:00:00Z: failed (last tasks failed: a, b)',
      '2010-12-01T00:00:00Z to 2010-12-02T00:00:00Z, 2 tasks, failed: a, b',
    ]);
  });
});
