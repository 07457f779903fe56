import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../../../engine/json';
import { aPlan } from '../../../support/builders';
import { aMachine, started, succeeded } from '../../../support/machine';

describe('a branch', () => {
  const plan = aPlan({
    fork: { kind: 'branch' },
    left: ['fork'],
    right: ['fork'],
    far: ['right'],
    join: { after: ['left', 'right'], policy: { triggerRule: 'none_failed_min_one_success' } },
  });
  const choose = (output: Json) => aMachine(plan).send(started('fork'), succeeded('fork', output));

  test('skips the direct downstream that it did not choose, with a reason that names it', () => {
    const machine = choose('left');
    expect(machine.states).toMatchObject({ fork: 'success', left: 'queued', right: 'skipped', far: 'skipped' });
    expect(machine.run.tasks.right?.reason).toEqual({
      code: 'branch_not_taken',
      message: 'not chosen by: fork',
      tasks: ['fork'],
    });
    expect(machine.send(started('left'), succeeded('left')).states.join).toBe('queued');
  });

  test('may choose several, and keeps what it chose as its output', () => {
    const machine = choose(['right', 'left']);
    expect(machine.states).toMatchObject({ left: 'queued', right: 'queued' });
    expect(machine.run.tasks.fork?.output).toEqual(['left', 'right']);
  });

  test('may choose none: all of its downstream is skipped', () => {
    expect(choose([]).states).toMatchObject({ left: 'skipped', right: 'skipped', far: 'skipped', join: 'skipped' });
  });

  test.each<[Json, string]>([
    ['lefd', 'chose "lefd", which is not directly downstream of it. Did you mean "left"?'],
    ['far', 'chose "far", which is not directly downstream of it.'],
    [['left', 'elsewhere'], 'chose "elsewhere"'],
    [7, 'chose "7"'],
    [null, 'chose "null"'],
  ])('that chooses %j fails for good', (output, message) => {
    const machine = choose(output);
    expect(machine.run.tasks.fork).toMatchObject({
      state: 'failed',
      failure: { code: 'branch_unknown_choice', retryable: false, details: { downstream: ['left', 'right'] } },
    });
    expect(machine.run.tasks.fork?.failure?.message).toContain(message);
    expect(machine.states.left).toBe('upstream_failed');
  });

  test('does not skip what a chosen task leads to', () => {
    const shortcut = aPlan({ fork: { kind: 'branch' }, left: ['fork'], end: ['fork', 'left'] });
    const machine = aMachine(shortcut).send(started('fork'), succeeded('fork', 'left'));
    expect(machine.states).toEqual({ fork: 'success', left: 'queued' });
  });

  test('chooses a group by its name: all of its tasks that are directly downstream', () => {
    const grouped = aPlan({
      fork: { kind: 'branch' },
      a: { after: ['fork'], group: 'full' },
      b: { after: ['fork'], group: 'full' },
      c: { after: ['a', 'b'], group: 'full' },
      d: ['fork'],
    });
    const machine = aMachine(grouped).send(started('fork'), succeeded('fork', ['full']));
    expect(machine.states).toEqual({ fork: 'success', a: 'queued', b: 'queued', d: 'skipped' });
    const wrong = aMachine(grouped).send(started('fork'), succeeded('fork', 'ful'));
    expect(wrong.run.tasks.fork?.failure?.message).toContain('Did you mean "full"?');
  });

  test('chooses an outer group by its name: its tasks, and those of the groups in it', () => {
    const nested = aPlan({
      fork: { kind: 'branch' },
      a: { after: ['fork'], group: 'inner', outerGroups: ['middle', 'outer'] },
      b: { after: ['fork'], group: 'outer' },
      c: ['fork'],
    });
    const machine = aMachine(nested).send(started('fork'), succeeded('fork', 'outer'));
    expect(machine.states).toEqual({ fork: 'success', a: 'queued', b: 'queued', c: 'skipped' });
    const wrong = aMachine(nested).send(started('fork'), succeeded('fork', 'outre'));
    expect(wrong.run.tasks.fork?.failure?.message).toContain('Did you mean "outer"?');
  });

  test('leaves alone what has been decided already', () => {
    const early = aPlan({
      other: [],
      fork: { kind: 'branch' },
      left: { after: ['fork', 'other'], policy: { triggerRule: 'one_success' } },
      right: ['fork'],
    });
    const machine = aMachine(early)
      .send(started('other'), succeeded('other'))
      .send(started('fork'), succeeded('fork', 'right'));
    expect(machine.states).toMatchObject({ left: 'queued', right: 'queued' });
  });
});

describe('a short circuit', () => {
  const plan = aPlan({
    gate: { kind: 'short_circuit' },
    a: ['gate'],
    b: { after: ['a'], policy: { triggerRule: 'all_done' } },
    aside: [],
    both: { after: ['b', 'aside'], policy: { triggerRule: 'always' } },
  });

  test('that says true is a task like any other', () => {
    const machine = aMachine(plan).send(started('gate'), succeeded('gate', true));
    expect(machine.states).toMatchObject({ gate: 'success', a: 'queued' });
  });

  test('that says false skips everything downstream, whatever its trigger rules', () => {
    const machine = aMachine(plan).send(started('gate'), succeeded('gate', false));
    expect(machine.states).toMatchObject({ gate: 'success', a: 'skipped', b: 'skipped', aside: 'queued' });
    expect(machine.run.tasks.b?.reason).toEqual({
      code: 'short_circuited',
      message: 'cut short by: gate',
      tasks: ['gate'],
    });
  });

  test('leaves alone what was asked for already', () => {
    const machine = aMachine(plan).send(started('gate'), succeeded('gate', false));
    expect(machine.states.both).toBe('queued');
  });
});

test('a run that is not the latest skips the direct downstream of its latestOnly; the rest goes by its rules', () => {
  const plan = aPlan({
    latest: { kind: 'latest_only' },
    mail: ['latest'],
    archive: ['mail'],
    tidy: { after: ['mail'], policy: { triggerRule: 'all_done' } },
  });
  const begun = aMachine(plan).send(started('latest'));
  expect(begun.send(succeeded('latest', true)).states).toMatchObject({ latest: 'success', mail: 'queued' });
  const late = begun.send(succeeded('latest', false));
  expect(late.states).toEqual({ latest: 'success', mail: 'skipped', archive: 'skipped', tidy: 'queued' });
  expect(late.run.tasks.mail?.reason).toMatchObject({ code: 'not_latest', tasks: ['latest'] });
});
