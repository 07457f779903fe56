import { describe, expect, test } from '@jest/globals';
import { resume } from '../../../../engine/run/advance';
import type { RunEvent } from '../../../../engine/run/events';
import { planOf } from '../../../../engine/run/plan';
import type { TaskState } from '../../../../engine/run/task-state';
import { aDag, aPlan, aRun, dayBreak } from '../../../support/builders';
import {
  aMachine,
  cancelled,
  failed,
  machineAt,
  restart,
  second,
  skipped,
  started,
  stop,
  succeeded,
  timerFired,
} from '../../../support/machine';

describe('a run that is stopped', () => {
  const plan = aPlan(
    {
      done: [],
      running: [],
      retrying: { policy: { retries: 1 } },
      poking: { kind: 'sensor' },
      queued: [],
      scheduled: [],
      none: ['running'],
    },
    { maxActiveTasks: 3 },
  );
  const before = aMachine(plan)
    .send(started('done'), started('running'), started('retrying'))
    .send(succeeded('done'), failed('retrying'))
    .send(started('poking'), succeeded('poking', false))
    .send({ kind: 'window_changed', window: 2, at: second(2) });

  test('is in every state before', () => {
    expect(before.states).toEqual({
      done: 'success',
      running: 'running',
      retrying: 'up_for_retry',
      poking: 'up_for_reschedule',
      queued: 'queued',
      scheduled: 'queued',
    });
  });

  test('skips what has not begun, fails what waits, cancels what is in flight, and waits for it', () => {
    const machine = before.send(stop('ada', second(3)));
    expect(machine.states).toMatchObject({
      done: 'success',
      running: 'running',
      retrying: 'failed',
      poking: 'failed',
      none: 'skipped',
    });
    expect(machine.commands).toEqual([
      { kind: 'cancel_task', taskId: 'running' },
      { kind: 'cancel_timer', taskId: 'retrying' },
      { kind: 'cancel_timer', taskId: 'poking' },
      { kind: 'cancel_task', taskId: 'queued' },
      { kind: 'cancel_task', taskId: 'scheduled' },
    ]);
    expect(machine.run).toMatchObject({ endedAt: null, ending: { reason: { message: 'stopped by ada' } } });
    expect(machine.run.tasks.none?.reason?.message).toBe('stopped by ada');
  });

  test('ends as failed, "stopped by", when the last attempt is over', () => {
    const machine = before
      .send(stop('ada', second(3)))
      .send(cancelled('running', second(4)), cancelled('queued', second(4)), cancelled('scheduled', second(5)));
    expect(machine.run).toMatchObject({
      state: 'failed',
      reason: { code: 'stopped', message: 'stopped by ada' },
      endedAt: second(5),
    });
    expect(machine.states.running).toBe('failed');
  });

  test('a task that waits for a slot is skipped: it never began', () => {
    const narrow = aPlan({ a: [], b: [] }, { maxActiveTasks: 1 });
    expect(aMachine(narrow).send(stop()).states).toEqual({ a: 'queued', b: 'skipped' });
  });

  test('the first cause stays', () => {
    const machine = before.send(stop('ada')).send(stop('bob'), { kind: 'run_timed_out', at: second(9) });
    expect(machine.run.ending?.reason.message).toBe('stopped by ada');
    expect(machine.commands).toEqual([]);
  });

  const one = aPlan({ a: { policy: { retries: 3 } }, b: ['a'] });
  const stopped = aMachine(one).send(started('a')).send(stop());

  test.each<[string, RunEvent, TaskState]>([
    ['it succeeds all the same', succeeded('a', null, second(2)), 'success'],
    ['it fails: no further try', failed('a', { at: second(2) }), 'failed'],
    ['it skips itself', skipped('a', second(2)), 'skipped'],
    ['it is cancelled', cancelled('a', second(2)), 'failed'],
  ])('an attempt in flight ends as it ends: %s', (_how, event, state) => {
    const { run } = stopped.send(event);
    expect(run).toMatchObject({ state: 'failed', endedAt: second(2), reason: { message: 'stopped by ada' } });
    expect(run.tasks).toMatchObject({ a: { state }, b: { state: 'skipped' } });
  });

  test('a sensor that found nothing meanwhile has not timed out, it was stopped', () => {
    const machine = aMachine(aPlan({ wait: { kind: 'sensor' } }))
      .send(started('wait'))
      .send(stop())
      .send(succeeded('wait', false, second(2)));
    expect(machine.run.tasks.wait).toMatchObject({ state: 'failed', failure: null, reason: { code: 'stopped' } });
    expect(machine.run.attempts).toMatchObject([{ state: 'waiting' }]);
  });

  test('a stop in the batch in which a task became ready starts nothing', () => {
    const machine = aMachine(aPlan({ a: [], b: ['a'] })).send(started('a'), succeeded('a'), stop());
    expect(machine.states).toEqual({ a: 'success', b: 'skipped' });
    expect(machine.commands).toEqual([{ kind: 'end_run' }]);
  });
});

describe('a run that takes too long', () => {
  const plan = aPlan({ a: [] }, { dagRunTimeoutMs: 60_000 });

  test('asks for a timer when it begins', () => {
    expect(aMachine(plan).commands[0]).toEqual({ kind: 'set_run_timer', until: second(60) });
  });

  test('is brought to its end when that fires', () => {
    const machine = aMachine(plan)
      .send(started('a'))
      .send({ kind: 'run_timed_out', at: second(60) });
    expect(machine.commands).toEqual([{ kind: 'cancel_task', taskId: 'a' }]);
    expect(machine.send(cancelled('a', second(61))).run).toMatchObject({
      state: 'failed',
      reason: { code: 'run_timed_out' },
      endedAt: second(61),
    });
  });
});

describe('a task that is asked to begin again', () => {
  const plan = aPlan({ a: { policy: { retries: 1 } }, b: ['a'] });
  const restarting = aMachine(plan).send(started('a')).send(restart('a'));

  test('is cancelled first', () => {
    expect(restarting.run.tasks.a).toMatchObject({
      state: 'restarting',
      reason: { code: 'restarting', message: 'restarted by ada' },
    });
    expect(restarting.commands).toEqual([{ kind: 'cancel_task', taskId: 'a' }]);
  });

  test('may be so while it is queued', () => {
    expect(aMachine(plan).send(restart('a')).states.a).toBe('restarting');
  });

  test('is not cancelled twice', () => {
    expect(restarting.send(restart('a')).commands).toEqual([]);
  });

  test.each<[string, RunEvent, string[]]>([
    ['is cancelled', cancelled('a'), ['cancelled']],
    ['fails on the cancellation', failed('a', { retryable: false }), ['failed']],
    ['was done already', succeeded('a'), ['success']],
    ['skipped itself', skipped('a'), ['skipped']],
  ])('begins again without using up a try when its attempt %s', (_how, event, attempts) => {
    const machine = restarting.send(event);
    expect(machine.commands).toEqual([{ kind: 'start_task', taskId: 'a', tryNumber: 1, pokeCount: 0 }]);
    expect(machine.states).toEqual({ a: 'queued' });
    expect(machine.run.attempts.map((attempt) => attempt.state)).toEqual(attempts);
  });

  test('begins again no more when its run is being stopped', () => {
    const machine = restarting.send(stop());
    expect(machine.commands).toEqual([]);
    expect(machine.send(cancelled('a')).run).toMatchObject({ state: 'failed', tasks: { a: { state: 'failed' } } });
    expect(machine.send(succeeded('a')).run).toMatchObject({ state: 'failed', tasks: { a: { state: 'success' } } });
  });
});

describe('a run whose driver is replaced', () => {
  const plan = aPlan(
    { a: { policy: { retries: 1 } }, wait: { kind: 'sensor' }, b: ['a'], free: [] },
    { dagRunTimeoutMs: 3_600_000, maxActiveTasks: 2 },
  );
  const drained = aMachine(plan)
    .send(started('a'), started('wait'))
    .send(failed('a'))
    .send({ kind: 'window_changed', window: 0, at: second(1) })
    .send(succeeded('wait', false))
    .send(started('free'));

  test('starts nothing more while it drains', () => {
    expect(drained.states).toEqual({ a: 'up_for_retry', wait: 'up_for_reschedule', free: 'running' });
    const fired = drained.send(timerFired('a', second(61)));
    expect(fired.states.a).toBe('scheduled');
    expect(fired.commands).toEqual([]);
  });

  test('asks again for the timers that were pending, and goes on with the window of its DAG', () => {
    const ready = drained.send(succeeded('free')).run;
    const step = resume(plan, JSON.parse(JSON.stringify(ready)), second(5));
    expect(step.commands).toEqual([
      { kind: 'set_run_timer', until: second(3_600) },
      { kind: 'set_timer', taskId: 'a', until: second(61), purpose: 'retry' },
      { kind: 'set_timer', taskId: 'wait', until: second(61), purpose: 'poke' },
    ]);
    expect(step.state).toEqual({ ...ready, window: 2 });
  });

  test('starts at once what was held back', () => {
    const fired = drained.send(timerFired('a', second(61)), succeeded('free', null, second(62))).run;
    const step = resume(plan, fired, second(70));
    expect(step.commands).toContainEqual({ kind: 'start_task', taskId: 'a', tryNumber: 2, pokeCount: 0 });
  });

  test('without a time-out of the run needs no timer for it', () => {
    const step = resume(aPlan({ a: [] }), aRun({ a: 'scheduled' }, { window: 0 }), second(1));
    expect(step.commands).toEqual([{ kind: 'start_task', taskId: 'a', tryNumber: 1, pokeCount: 0 }]);
  });
});

test('a state that the engine does not know is a bug, not a silent end', () => {
  const plan = planOf(aDag({ a: [] }));
  const odd = machineAt(plan, aRun({ a: 'dreaming' as TaskState }, { startedAt: dayBreak }));
  expect(() => odd.send(stop())).toThrow('this is a bug in the engine');
});

describe('a DAG that is failFast', () => {
  const plan = aPlan({ a: { policy: { retries: 1 } }, running: [], after: ['running'] }, { failFast: true });

  test('ends at the first task that fails for good, and names it', () => {
    const machine = aMachine(plan)
      .send(started('a'), started('running'), failed('a', { retryable: false }))
      .send(cancelled('running'));
    expect(machine.states).toEqual({ a: 'failed', running: 'failed', after: 'skipped' });
    expect(machine.run).toMatchObject({
      state: 'failed',
      reason: { code: 'failed_fast', message: 'the DAG is failFast, and this task failed: a' },
    });
  });

  test('goes on while the failed task has tries left', () => {
    const machine = aMachine(plan).send(started('a'), started('running'), failed('a'));
    expect(machine.states).toEqual({ a: 'up_for_retry', running: 'running' });
  });
});
