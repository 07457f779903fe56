import { describe, expect, test } from '@jest/globals';
import { explainTask } from '../../../../engine/run/explain';
import { inputOf } from '../../../../engine/run/input';
import { descendantsOf, plannedTask } from '../../../../engine/run/plan';
import { untouchedTask } from '../../../../engine/run/run';
import { isFailure, isInFlight, isTerminal, type TaskState, taskStates } from '../../../../engine/run/task-state';
import { anIdentity, aPlan, aRun } from '../../../support/builders';
import { codeOf } from '../../../support/errors';

describe('explain', () => {
  const plan = aPlan({ a: [], b: [], c: ['a', 'b'] }, { maxActiveTasks: 2 });
  const why = { code: 'retry_delay', message: 'try 2 of 3 at noon', tasks: [] } as const;

  test('of a task that waits is what its gate says as of now', () => {
    expect(explainTask(plan, aRun({ a: 'success', b: 'running' }), 'c')).toEqual({
      code: 'upstream_unfinished',
      message: '1 of 2 upstream not finished: b',
      tasks: ['b'],
    });
  });

  test('of a task whose gate says run is nothing', () => {
    expect(explainTask(plan, aRun({ a: 'success', b: 'success' }), 'c')).toBeNull();
  });

  test('of a task that waits for a slot counts the slots', () => {
    const run = aRun({ a: 'running', b: 'queued', c: 'scheduled' }, { window: 2 });
    expect(explainTask(plan, run, 'c')).toMatchObject({
      code: 'no_free_slot',
      message: '2 of 2 slots of this run are in use',
    });
  });

  const told = taskStates.filter((state) => state !== 'none' && state !== 'scheduled');

  test.each(told)('of a task that is %s is the reason that it was given, or none', (state) => {
    expect(explainTask(plan, aRun({ a: { state, reason: why } }), 'a')).toEqual(why);
    expect(explainTask(plan, aRun({ a: state }), 'a')).toBeNull();
  });

  test('of a state that does not exist is a bug of the engine', () => {
    expect(codeOf(() => explainTask(plan, aRun({ a: 'dreaming' as TaskState }), 'a'))).toBe('engine_bug');
  });
});

describe('the input that a handler is given', () => {
  const plan = aPlan({
    a: [],
    b: {
      after: ['a'],
      input: {
        rows: { $ref: ['output', 'a'] },
        path: { $ref: ['output', 'a', 'files', 'first'] },
        missing: { $ref: ['output', 'never'] },
        source: { $ref: ['run', 'params', 'source'] },
        start: { $ref: ['run', 'interval', 'start'] },
        id: { $ref: ['run', 'run_id'] },
        other: { $ref: ['run', 'elsewhere'] },
        plain: 5,
      },
    },
  });
  const identity = anIdentity({ params: { source: 'landing' } });

  test('has every reference replaced by what is known now', () => {
    const run = aRun({ a: { state: 'success', output: { files: { first: 'x.csv' } } } }, { identity });
    expect(inputOf(plan, run, 'b')).toEqual({
      rows: { files: { first: 'x.csv' } },
      path: 'x.csv',
      missing: null,
      source: 'landing',
      start: '2010-12-01T00:00:00Z',
      id: 'scheduled__2010-12-01T00:00:00Z',
      other: null,
      plain: 5,
    });
  });

  test('has null for an upstream that gave nothing', () => {
    expect(inputOf(plan, aRun({ a: 'failed' }, { identity }), 'b')).toMatchObject({ rows: null, path: null });
  });

  test('of a spec with a reference of an unknown kind is a bug of the engine', () => {
    const odd = aPlan({ a: { input: { $ref: ['star', 'sign'] } } });
    expect(codeOf(() => inputOf(odd, aRun(), 'a'))).toBe('engine_bug');
  });
});

describe('a plan', () => {
  const plan = aPlan({ a: [], b: ['a'], c: ['a'], d: ['b', 'c'], e: { policy: { retries: 7 } } });

  test('knows the tasks below, at any distance, each once', () => {
    expect([...descendantsOf(plan, ['a'])].sort()).toEqual(['b', 'c', 'd']);
    expect([...descendantsOf(plan, ['d', 'e'])]).toEqual([]);
  });

  test('knows its last tasks, and the whole policy of each', () => {
    expect(plan.leaves).toEqual(['d', 'e']);
    expect(plannedTask(plan, 'e').policyOfTask).toEqual({ ...plan.spec.defaults, retries: 7 });
    expect(plannedTask(plan, 'a').downstream).toEqual(['b', 'c']);
  });

  test('does not answer for a task that it does not have', () => {
    expect(codeOf(() => plannedTask(plan, 'z'))).toBe('engine_bug');
  });
});

test('every task state is in at most one of over, in flight and neither, and only what is over can be a failure', () => {
  const groups = taskStates.map((state) => [isTerminal(state), isInFlight(state), isFailure(state)]);
  for (const [isOver, isRunning, isBroken] of groups) {
    expect(isOver && isRunning).toBe(false);
    expect(isBroken && !isOver).toBe(false);
  }
  expect(taskStates.filter(isTerminal)).toEqual(['success', 'failed', 'skipped', 'upstream_failed']);
  expect(taskStates.filter(isInFlight)).toEqual(['queued', 'running', 'restarting']);
  expect(untouchedTask.state).toBe('none');
});
