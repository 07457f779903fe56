import { describe, expect, test } from '@jest/globals';
import type { PastAnswer } from '../../../../engine/gates/past';
import { resume } from '../../../../engine/run/advance';
import { RunDraft } from '../../../../engine/run/draft';
import type { RunEvent } from '../../../../engine/run/events';
import { explainTask } from '../../../../engine/run/explain';
import { tellPast } from '../../../../engine/run/past';
import { summarizeRun } from '../../../../engine/run/summary';
import { aPlan, aRun } from '../../../support/builders';
import { aMachine, failed, second, started, stop, succeeded } from '../../../support/machine';

const known = (previous: PastAnswer['previous']): RunEvent => ({
  kind: 'past_known',
  past: { previous },
  at: second(1),
});
const own = { policy: { past: 'own' } } as const;

describe('a task that depends on its past', () => {
  const plan = aPlan({ a: own, b: ['a'], c: [] });

  test('makes the run ask for the one before it, and waits for the answer with a reason', () => {
    const machine = aMachine(plan);
    expect(machine.commands).toEqual([
      { kind: 'ask_past' },
      { kind: 'start_task', taskId: 'c', tryNumber: 1, pokeCount: 0 },
    ]);
    expect(explainTask(plan, machine.run, 'a')).toMatchObject({
      code: 'past_run',
      message: 'asks which run was before this one',
    });
  });

  test('starts in the first run of all', () => {
    const machine = aMachine(plan).send(known(null));
    expect(machine.commands).toMatchObject([{ kind: 'start_task', taskId: 'a' }]);
    expect(explainTask(plan, machine.run, 'a')).toBeNull();
  });

  test('waits while the past fails, names the run, and goes on when it was mended', () => {
    const waiting = aMachine(plan).send(known({ runId: 'r1', isOver: true, states: { a: 'failed' } }));
    expect(waiting.commands).toEqual([]);
    expect(explainTask(plan, waiting.run, 'a')?.message).toContain('past run r1 did not end well');
    const mended = waiting.send(known({ runId: 'r2', isOver: true, states: {} }));
    expect(mended.commands).toMatchObject([{ kind: 'start_task', taskId: 'a' }]);
    expect(explainTask(plan, mended.run, 'b')).toMatchObject({ code: 'upstream_unfinished' });
  });

  test('that its trigger rule lets run, and only its past holds back, explains itself when nothing is known', () => {
    const { run } = aMachine(plan);
    const { past: _past, ...older } = run;
    expect(explainTask(plan, older, 'a')?.code).toBe('past_run');
  });

  test('is skipped when the run is stopped while it waits', () => {
    const machine = aMachine(plan).send(started('c'), succeeded('c'), stop());
    expect(machine.states).toMatchObject({ a: 'skipped', b: 'skipped' });
    expect(machine.run.state).toBe('failed');
  });

  test('asks again after its driver was replaced', () => {
    const { run } = aMachine(plan).send(known({ runId: 'r1', isOver: false, states: {} }));
    expect(resume(plan, run, second(9)).commands).toEqual([{ kind: 'ask_past' }]);
    expect(resume(plan, run, second(9)).state.past).toEqual({ previous: { runId: 'r1', isOver: false, states: {} } });
  });
});

test('a run tells of the tasks that the next one may wait for, when they come to an end and when they begin anew', () => {
  const plan = aPlan({ a: own, b: ['a'], c: [] });
  const atWork = aMachine(plan).send(known(null)).send(started('a'), started('c'));
  expect(atWork.send(succeeded('c')).commands).toEqual([]);
  expect(atWork.send(succeeded('a')).commands).toContainEqual({ kind: 'tell_past', states: { a: 'success' } });
  const draft = new RunDraft(plan, aRun({ a: 'success', c: 'success' }));
  draft.set('a', { state: 'none' });
  tellPast(draft);
  expect(draft.step().commands).toEqual([{ kind: 'tell_past', states: { a: 'none' } }]);
});

test('the end of a run tells what the next one must not build on', () => {
  const plan = aPlan({ a: own, b: ['a'] });
  const failedRun = aMachine(plan)
    .send(known(null))
    .send(started('a'), failed('a', { retryable: false }));
  expect(failedRun.run.endedAt).not.toBeNull();
  expect(summarizeRun(plan, failedRun.run, second(9)).unmet).toEqual({ a: 'failed' });
  expect(summarizeRun(aPlan({ a: [] }), failedRun.run, second(9)).unmet).toBeUndefined();
});

test('waiting for the downstream means the task itself and those directly after it', () => {
  const plan = aPlan({ a: { policy: { past: 'own_and_downstream' } }, b: ['a'], c: ['b'] });
  expect(plan.tasks.get('a')?.awaits).toEqual(['a', 'b']);
  expect(plan.awaited).toEqual(['a', 'b']);
});

test('tasks that are named are waited for whatever they are called, and a task can be left out of the default', () => {
  const defaults = { ...aPlan({ a: [] }).spec.defaults, past: 'own' } as const;
  const plan = aPlan({ a: { policy: { past: ['z'] } }, b: { policy: { past: 'none' } }, c: [], z: [] }, { defaults });
  expect(['a', 'b', 'c'].map((id) => plan.tasks.get(id)?.awaits)).toEqual([['z'], [], ['c']]);
});
