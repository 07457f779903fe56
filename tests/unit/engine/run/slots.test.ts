import { describe, expect, test } from '@jest/globals';
import type { RunEvent } from '../../../../engine/run/events';
import { explainTask } from '../../../../engine/run/explain';
import { priorityKeyOf } from '../../../../engine/run/weights';
import { aPlan } from '../../../support/builders';
import { aMachine, failed, second, started, stop, succeeded, timerFired } from '../../../support/machine';

const granted = (lease: string): RunEvent => ({ kind: 'slots_granted', lease, at: second(1) });
const waits = (lease: string, text: string): RunEvent => ({ kind: 'slots_wait', lease, text, at: second(1) });
const etl = { limit: 'pool/etl', slots: 2, capacity: null };

describe('a task that needs slots', () => {
  const plan = aPlan({ a: { policy: { pool: 'etl', poolSlots: 2, retries: 1 } }, free: [] });

  test('asks for them when its gates say run, and does not hold up the others', () => {
    const machine = aMachine(plan);
    expect(machine.states).toEqual({ a: 'scheduled', free: 'queued' });
    expect(machine.commands).toEqual([
      { kind: 'ask_slots', lease: 'a@1', wants: [etl], priority: 1 },
      { kind: 'start_task', taskId: 'free', tryNumber: 1, pokeCount: 0 },
    ]);
    expect(explainTask(plan, machine.run, 'a')).toMatchObject({
      code: 'no_pool_slot',
      message: 'slots were asked for',
    });
  });

  test('says why it waits, starts when they are granted, and gives them back between two tries', () => {
    const waiting = aMachine(plan).send(waits('a@1', 'pool etl: place 2 of 2, 4 of 4 slots in use'));
    expect(explainTask(plan, waiting.run, 'a')?.message).toBe('pool etl: place 2 of 2, 4 of 4 slots in use');

    const running = waiting.send(granted('a@1'));
    expect(running.commands).toEqual([{ kind: 'start_task', taskId: 'a', tryNumber: 1, pokeCount: 0 }]);
    const retrying = running.send(started('a'), failed('a'));
    expect(retrying.commands).toContainEqual({ kind: 'return_slots', lease: 'a@1' });
    const again = retrying.send(timerFired('a', second(61)));
    expect(again.commands).toEqual([{ kind: 'ask_slots', lease: 'a@2', wants: [etl], priority: 1 }]);
    const done = again.send(granted('a@2')).send(started('a'), succeeded('a'));
    expect(done.commands).toContainEqual({ kind: 'return_slots', lease: 'a@2' });
    expect(done.run.slots).toEqual({});
  });

  test('keeps granted slots while the window has no room for it', () => {
    const machine = aMachine(plan).send({ kind: 'window_changed', window: 0, at: second(1) }, granted('a@1'));
    expect(machine.states.a).toBe('scheduled');
    expect(explainTask(plan, machine.run, 'a')?.code).toBe('no_free_slot');
    expect(machine.send({ kind: 'window_changed', window: 2, at: second(2) }).states.a).toBe('queued');
  });

  test('withdraws its request when the run is stopped, and a grant that comes too late goes back', () => {
    const machine = aMachine(plan).send(started('free')).send(stop());
    expect(machine.commands).toContainEqual({ kind: 'return_slots', lease: 'a@1' });
    expect(machine.send(granted('a@1'), waits('a@1', 'late')).commands).toEqual([
      { kind: 'return_slots', lease: 'a@1' },
    ]);
  });
});

test('a grant that nobody asked for goes back, also in a run that needs no slots', () => {
  expect(aMachine(aPlan({ a: [] })).send(granted('a@1')).commands).toEqual([{ kind: 'return_slots', lease: 'a@1' }]);
});

test('no more requests are under way than the window has places', () => {
  const policy = { pool: 'etl' };
  const plan = aPlan({ a: { policy }, b: { policy }, c: { policy } }, { maxActiveTasks: 2 });
  const machine = aMachine(plan);
  expect(Object.keys(machine.run.slots ?? {})).toEqual(['a', 'b']);
  expect(machine.send(granted('a@1')).states).toEqual({ a: 'queued', b: 'scheduled', c: 'scheduled' });
});

test('caps over all runs are slots too', () => {
  const plan = aPlan({ a: { policy: { maxActive: 3 } } }, { maxActiveTasksOverRuns: 8 });
  expect(plan.tasks.get('a')?.wants).toEqual([
    { limit: 'dag/shop', slots: 1, capacity: 8 },
    { limit: 'task/shop/a', slots: 1, capacity: 3 },
  ]);
});

describe('weights', () => {
  const shape = { a: [], b: ['a'], c: ['a'], d: ['b', 'c'] };
  const weightsOf = (weightRule: 'downstream' | 'upstream' | 'absolute', more = {}): object => {
    const tasks = Object.entries(shape).map(([id, after]) => [id, { after, policy: { weightRule, ...more } }] as const);
    const plan = aPlan(Object.fromEntries(tasks));
    return Object.fromEntries([...plan.tasks].map(([id, { weight }]) => [id, weight]));
  };

  test('are added up as the rule says, each task once', () => {
    expect(weightsOf('downstream')).toEqual({ a: 4, b: 2, c: 2, d: 1 });
    expect(weightsOf('upstream')).toEqual({ a: 1, b: 2, c: 2, d: 4 });
    expect(weightsOf('absolute', { priorityWeight: 7 })).toEqual({ a: 7, b: 7, c: 7, d: 7 });
    expect(weightsOf('downstream', { priorityWeight: 2_000_000_000 })).toMatchObject({ a: 2_147_483_647 });
  });

  test('of a DAG that says nothing are all the same, and the server is told nothing', () => {
    expect(aPlan(shape).hasWeights).toBe(false);
    expect(aPlan(shape).tasks.get('a')?.weight).toBe(1);
  });

  test('decide who starts when there is room for some', () => {
    const plan = aPlan(
      { low: [], high: { policy: { priorityWeight: 5 } }, middle: { policy: { priorityWeight: 2 } } },
      { maxActiveTasks: 1 },
    );
    expect(aMachine(plan).states).toMatchObject({ high: 'queued', low: 'scheduled', middle: 'scheduled' });
  });

  test.each([
    [1_000, 1],
    [100, 1],
    [99, 2],
    [10, 2],
    [9, 3],
    [1, 3],
    [0, 4],
    [-9, 4],
    [-10, 5],
  ])('of %d is priority %d of the server', (weight, key) => {
    expect(priorityKeyOf(weight)).toBe(key);
  });
});
