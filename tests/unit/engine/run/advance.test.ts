import { describe, expect, test } from '@jest/globals';
import { advance, startRun } from '../../../../engine/run/advance';
import type { RunEvent } from '../../../../engine/run/events';
import { anIdentity, aPlan, dayBreak } from '../../../support/builders';
import { aMachine, failed, second, skipped, started, succeeded, timerFired } from '../../../support/machine';
import { simulate } from '../../../support/simulate';

describe('a run', () => {
  test('begins with the tasks that wait for nothing', () => {
    const { run, commands } = aMachine(aPlan({ a: [], b: ['a'], c: [] }));
    expect(run).toMatchObject({ state: 'running', startedAt: dayBreak, endedAt: null, window: 40 });
    expect(run.tasks).toMatchObject({ a: { state: 'queued', tryNumber: 1 }, c: { state: 'queued', tryNumber: 1 } });
    expect(run.tasks).not.toHaveProperty('b');
    expect(commands).toEqual([
      { kind: 'start_task', taskId: 'a', tryNumber: 1, pokeCount: 0 },
      { kind: 'start_task', taskId: 'c', tryNumber: 1, pokeCount: 0 },
    ]);
  });

  test('goes on with what the success of a task frees, and keeps its output', () => {
    const machine = aMachine(aPlan({ a: [], b: ['a'] })).send(started('a'), succeeded('a', { rows: 7 }, second(5)));
    expect(machine.run.tasks.a).toMatchObject({
      state: 'success',
      output: { rows: 7 },
      startedAt: second(0),
      firstStartedAt: second(0),
      endedAt: second(5),
      reason: null,
    });
    expect(machine.commands).toEqual([{ kind: 'start_task', taskId: 'b', tryNumber: 1, pokeCount: 0 }]);
  });

  test('a failed task blocks its children and lets its siblings finish', () => {
    const plan = aPlan({ a: [], b: ['a'], c: ['a'], d: ['b', 'c'], e: ['d'] });
    const { run } = simulate(plan, { outcome: ({ taskId }) => ({ kind: taskId === 'b' ? 'fail' : 'succeed' }) });
    expect(run.tasks).toMatchObject({
      a: { state: 'success' },
      b: { state: 'failed' },
      c: { state: 'success' },
      d: { state: 'upstream_failed', reason: { code: 'upstream_failed', tasks: ['b'] } },
      e: { state: 'upstream_failed', reason: { tasks: ['d'] } },
    });
    expect(run).toMatchObject({ state: 'failed', reason: { code: 'leaf_failed', tasks: ['e'] } });
  });

  test('ends at the instant of its last event, once', () => {
    const plan = aPlan({ a: [] });
    const machine = aMachine(plan).send(started('a'), succeeded('a', null, second(9)));
    expect(machine.run).toMatchObject({ state: 'success', endedAt: second(9), reason: { code: 'leaves_succeeded' } });
    expect(machine.commands).toEqual([{ kind: 'end_run' }]);
    const after = machine.send(failed('a'), { kind: 'run_timed_out', at: second(99) });
    expect(after.run).toBe(machine.run);
    expect(after.commands).toEqual([]);
  });

  test('no events change nothing', () => {
    const machine = aMachine(aPlan({ a: [] }));
    expect(machine.send().run).toBe(machine.run);
  });

  test('a state that was handed out is never changed', () => {
    const plan = aPlan({ a: [], b: ['a'] });
    const first = aMachine(plan);
    const before = JSON.stringify(first.run);
    first.send(started('a')).send(failed('a'));
    expect(JSON.stringify(first.run)).toBe(before);
  });

  test('a task that its handler skips is skipped with its message, and so is what needs its success', () => {
    const { run } = aMachine(aPlan({ a: [], b: ['a'] })).send(started('a'), skipped('a'));
    expect(run.tasks).toMatchObject({
      a: { state: 'skipped', reason: { code: 'skipped_by_handler', message: 'no rows today' } },
      b: { state: 'skipped', reason: { code: 'trigger_rule_unmet', message: '1 upstream skipped: a' } },
    });
    expect(run.state).toBe('success');
  });

  test('a task whose trigger rule decides against it before its other upstream is done ends at once', () => {
    const machine = aMachine(aPlan({ a: [], slow: [], b: ['a', 'slow'] })).send(started('a'), failed('a'));
    expect(machine.run.tasks.b).toMatchObject({ state: 'upstream_failed', endedAt: second(1) });
    expect(machine.run.endedAt).toBeNull();
  });

  test('a verdict reaches the whole chain below in one step', () => {
    const chain = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`t${index}`, index === 0 ? [] : [`t${index - 1}`]]),
    );
    const { run } = aMachine(aPlan(chain)).send(started('t0'), failed('t0'));
    expect(run.tasks.t49).toMatchObject({ state: 'upstream_failed' });
    expect(run.state).toBe('failed');
  });

  test('a task with two parents that end in one batch is decided after both', () => {
    const plan = aPlan({
      a: [],
      b: ['a'],
      c: ['a'],
      d: { after: ['b', 'c'], policy: { triggerRule: 'all_skipped' } },
    });
    const { run } = aMachine(plan).send(started('a'), skipped('a'));
    expect(run.tasks).toMatchObject({ b: { state: 'skipped' }, c: { state: 'skipped' }, d: { state: 'queued' } });
  });

  test('whether two events come together or one by one changes no verdict', () => {
    const plan = aPlan({
      a: [],
      gate: { kind: 'short_circuit' },
      b: { after: ['a', 'gate'], policy: { triggerRule: 'one_success' } },
    });
    const events: RunEvent[] = [started('a'), started('gate'), succeeded('a'), succeeded('gate', false)];
    const together = aMachine(plan).send(...events);
    const apart = events.reduce((machine, event) => machine.send(event), aMachine(plan));
    expect(together.states.b).toBe('queued');
    expect(together.run).toEqual(apart.run);
  });
});

describe('late and foreign events change nothing', () => {
  const plan = aPlan({ a: [], b: [], c: ['a', 'b'] });
  const waiting = aMachine(plan).send(started('a'), succeeded('a', 1));

  test.each<[string, RunEvent]>([
    ['a second start', started('a', second(9))],
    ['a second success', succeeded('a', 2, second(9))],
    ['a failure after success', failed('a', { at: second(9) })],
    ['a skip after success', skipped('a', second(9))],
    ['a cancellation after success', { kind: 'task_cancelled', taskId: 'a', at: second(9), facts: null }],
    ['a timer of a task that waits for none', timerFired('a', second(9))],
    ['a restart of a task that is over', { kind: 'restart_requested', taskId: 'a', by: 'ada', at: second(9) }],
    ['a restart of a task that has not begun', { kind: 'restart_requested', taskId: 'c', by: 'ada', at: second(9) }],
    ['an outcome of a task that has not begun', succeeded('c', 2, second(9))],
    ['a start of a task that does not exist', started('nobody', second(9))],
    ['an outcome of a task that does not exist', failed('nobody', { at: second(9) })],
  ])('%s', (_what, event) => {
    const after = waiting.send(event);
    expect(after.run).toEqual(waiting.run);
    expect(after.commands).toEqual([]);
  });

  test('an event of an unknown kind is a bug of the engine', () => {
    expect(() => waiting.send({ kind: 'rumour', at: second(9) } as unknown as RunEvent)).toThrow('bug in the engine');
  });
});

describe('the window', () => {
  const wide = aPlan({ a: [], b: [], c: [], d: [] }, { maxActiveTasks: 2 });

  test('so many tasks are in flight at once, in the order of the spec', () => {
    const machine = aMachine(wide);
    expect(machine.states).toEqual({ a: 'queued', b: 'queued', c: 'scheduled', d: 'scheduled' });
    expect(machine.send(started('b'), succeeded('b')).states).toEqual({
      a: 'queued',
      b: 'success',
      c: 'queued',
      d: 'scheduled',
    });
  });

  test('a smaller window takes nobody off, it only starts nobody', () => {
    const machine = aMachine(wide).send({ kind: 'window_changed', window: 1, at: second(1) });
    expect(machine.states).toMatchObject({ a: 'queued', b: 'queued' });
    const one = machine.send(started('a'), succeeded('a'));
    expect(one.states).toMatchObject({ b: 'queued', c: 'scheduled' });
    expect(one.send(started('b'), succeeded('b')).states).toMatchObject({ c: 'queued', d: 'scheduled' });
  });

  test('a larger one is filled at once', () => {
    const { commands } = aMachine(wide).send({ kind: 'window_changed', window: 9, at: second(1) });
    expect(commands).toMatchObject([{ taskId: 'c' }, { taskId: 'd' }]);
  });

  test('a task that waits for a retry or a poke holds no slot', () => {
    const plan = aPlan({ a: { policy: { retries: 1 } }, b: [] }, { maxActiveTasks: 1 });
    expect(aMachine(plan).send(started('a'), failed('a')).states).toEqual({ a: 'up_for_retry', b: 'queued' });
  });
});

describe('the verdict over a run', () => {
  test('is that of its last tasks: an inner failure that is dealt with leaves a success', () => {
    const plan = aPlan({ a: [], b: { after: ['a'], policy: { triggerRule: 'all_done' } } });
    const { run } = simulate(plan, { outcome: ({ taskId }) => ({ kind: taskId === 'a' ? 'fail' : 'succeed' }) });
    expect(run).toMatchObject({ state: 'success', tasks: { a: { state: 'failed' }, b: { state: 'success' } } });
  });

  test('is success when the last tasks were skipped', () => {
    const { run } = simulate(aPlan({ a: [] }), { outcome: () => ({ kind: 'skip' }) });
    expect(run.state).toBe('success');
  });

  test('names at most five of the last tasks that failed', () => {
    const plan = aPlan(Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`t${index}`, []])));
    const { run } = simulate(plan, { outcome: () => ({ kind: 'fail' }) });
    expect(run.reason?.message).toBe('last tasks failed: t0, t1, t2, t3, t4 and 3 more');
  });
});

test('a start is a pure function of the plan, the identity and the instant', () => {
  const plan = aPlan({ a: [], b: ['a'] });
  const start = () => startRun(plan, anIdentity(), dayBreak);
  expect(start()).toEqual(start());
  const { state } = start();
  expect(advance(plan, state, [started('a')])).toEqual(advance(plan, state, [started('a')]));
});
