import { describe, expect, test } from '@jest/globals';
import { explainTask } from '../../../../engine/run/explain';
import { aPlan } from '../../../support/builders';
import {
  aMachine,
  cancelled,
  failed,
  restart,
  second,
  skipped,
  started,
  stop,
  succeeded,
} from '../../../support/machine';

const teardown = { role: 'teardown', policy: { triggerRule: 'all_done_setup_success' } } as const;

/** make → work → report, and `remove` takes down what `make` made. */
const plan = aPlan({
  make: { role: 'setup' },
  work: ['make'],
  remove: { ...teardown, after: ['make', 'work'] },
  report: ['work'],
});

describe('a teardown', () => {
  const working = aMachine(plan).send(started('make'), succeeded('make')).send(started('work'));

  test('runs although the work failed, and the run is failed all the same', () => {
    const machine = working.send(failed('work'));
    expect(machine.states).toEqual({
      make: 'success',
      work: 'failed',
      remove: 'queued',
      report: 'upstream_failed',
    });
    expect(machine.send(started('remove'), succeeded('remove')).run.state).toBe('failed');
  });

  test('is skipped when its setup was skipped, and cannot run when its setup failed', () => {
    const begun = aMachine(plan).send(started('make'));
    expect(begun.send(skipped('make')).states).toMatchObject({ work: 'skipped', remove: 'skipped' });
    const { run } = begun.send(failed('make'));
    expect(run.tasks.remove).toMatchObject({
      state: 'upstream_failed',
      reason: { message: 'no setup succeeded: make' },
    });
  });

  test('runs when the run is stopped, after what was in flight', () => {
    const stopping = working.send(stop());
    expect(stopping.states).toEqual({ make: 'success', work: 'running', report: 'skipped' });
    const over = stopping.send(cancelled('work'));
    expect(over.states).toMatchObject({ work: 'failed', remove: 'queued' });
    const ended = over.send(started('remove'), succeeded('remove', null, second(3)));
    expect(ended.run).toMatchObject({ state: 'failed', endedAt: second(3), reason: { message: 'stopped by ada' } });
  });

  test('that is running is not cancelled by a stop, keeps its retries, and may be begun again', () => {
    const retrying = aPlan({
      make: { role: 'setup' },
      remove: { ...teardown, policy: { ...teardown.policy, retries: 1 }, after: ['make'] },
    });
    const stopping = aMachine(retrying).send(started('make'), succeeded('make')).send(started('remove')).send(stop());
    expect(stopping.commands).toEqual([]);
    expect(stopping.send(failed('remove')).states.remove).toBe('up_for_retry');
    const restarted = stopping.send(restart('remove'));
    expect(restarted.send(cancelled('remove')).states.remove).toBe('queued');
    expect(restarted.send(failed('remove')).states.remove).toBe('queued');
  });

  test('of several setups runs if one of them succeeded', () => {
    const two = aPlan({ a: { role: 'setup' }, b: { role: 'setup' }, remove: { ...teardown, after: ['a', 'b'] } });
    const machine = aMachine(two).send(started('a'), started('b')).send(succeeded('a'), failed('b'));
    expect(machine.states.remove).toBe('queued');
  });

  test('without a setup runs when all before it has ended', () => {
    const lone = aPlan({ work: [], remove: { ...teardown, after: ['work'] } });
    expect(aMachine(lone).send(started('work')).send(failed('work')).states.remove).toBe('queued');
  });

  test.each([
    [undefined, 'success'],
    [true, 'failed'],
  ] as const)('that fails says of its run, with failsRun %s: %s', (failsRun, state) => {
    const told = failsRun === undefined ? teardown : { ...teardown, failsRun };
    const machine = aMachine(aPlan({ make: { role: 'setup' }, remove: { ...told, after: ['make'] } }))
      .send(started('make'), succeeded('make'))
      .send(started('remove'), failed('remove'));
    expect(machine.run.state).toBe(state);
  });

  test('that fails ends a failFast DAG early only if it fails the run', () => {
    const tasks = { make: { role: 'setup' }, remove: { ...teardown, after: ['make'] }, slow: [] } as const;
    const failing = (failsRun: object) =>
      aMachine(aPlan({ ...tasks, remove: { ...tasks.remove, ...failsRun } }, { failFast: true }))
        .send(started('make'), started('slow'), succeeded('make'))
        .send(started('remove'), failed('remove'));
    expect(failing({}).run.ending).toBeNull();
    expect(failing({ failsRun: true }).run.ending).toMatchObject({ reason: { code: 'failed_fast' } });
  });

  test('is all that a DAG of teardowns has: then it decides', () => {
    const machine = aMachine(aPlan({ remove: teardown }))
      .send(started('remove'))
      .send(failed('remove'));
    expect(machine.run.state).toBe('failed');
  });

  test('is not cut short and not left out by a branch: it goes by its setups', () => {
    const cut = aPlan({
      make: { role: 'setup' },
      gate: { kind: 'short_circuit', after: ['make'] },
      work: ['gate'],
      remove: { ...teardown, after: ['make', 'work'] },
    });
    const machine = aMachine(cut).send(started('make'), succeeded('make')).send(started('gate'));
    expect(machine.send(succeeded('gate', false)).states).toMatchObject({ work: 'skipped', remove: 'queued' });
  });
});

describe('the scope of a setup', () => {
  const scoped = aPlan({
    make: { role: 'setup' },
    other: [],
    work: { after: ['make', 'other'], policy: { triggerRule: 'one_success' } },
    remove: { ...teardown, after: ['make', 'work'] },
    later: { after: ['remove', 'other'], policy: { triggerRule: 'one_success' } },
  });

  test('waits for the setup whatever its trigger rule', () => {
    const machine = aMachine(scoped).send(started('other'), started('make')).send(succeeded('other'));
    expect(machine.states).not.toHaveProperty('work');
    expect(explainTask(scoped, machine.run, 'work')?.message).toBe('1 of 1 upstream not finished: make');
    expect(machine.send(succeeded('make')).states.work).toBe('queued');
  });

  test('falls with the setup', () => {
    const begun = aMachine(scoped).send(started('other'), started('make')).send(succeeded('other'));
    expect(begun.send(failed('make')).states).toMatchObject({ work: 'upstream_failed' });
    expect(begun.send(skipped('make')).states).toMatchObject({ work: 'skipped' });
  });

  test('ends where all teardowns of the setup lie behind', () => {
    const machine = aMachine(scoped).send(started('other'), started('make')).send(succeeded('other'));
    expect(machine.states.later).toBe('queued');
  });

  test('is all that comes after it when it has no teardown', () => {
    const open = aPlan({
      make: { role: 'setup' },
      near: ['make'],
      other: [],
      far: { after: ['near', 'other'], policy: { triggerRule: 'one_success' } },
    });
    const machine = aMachine(open).send(started('other'), started('make')).send(succeeded('other'));
    expect(machine.states).not.toHaveProperty('far');
    expect(machine.send(succeeded('make')).states.far).toBe('queued');
  });
});
