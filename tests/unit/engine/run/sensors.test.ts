import { describe, expect, test } from '@jest/globals';
import { aPlan } from '../../../support/builders';
import { aMachine, failed, restart, second, started, succeeded, timerFired } from '../../../support/machine';
import { simulate } from '../../../support/simulate';

describe('a sensor', () => {
  const sensor = (timeoutSeconds: number, retries = 0) => ({
    kind: 'sensor' as const,
    sensor: { pokeIntervalMs: 60_000, timeoutMs: timeoutSeconds * 1_000 },
    input: { path: 'landing/a.csv' },
    policy: { retries },
  });
  const plan = aPlan({ wait: sensor(150), load: ['wait'] });

  test('that finds what it waits for lets the run go on', () => {
    const machine = aMachine(plan).send(started('wait'), succeeded('wait', true));
    expect(machine.states).toMatchObject({ wait: 'success', load: 'queued' });
    expect(machine.run.tasks.wait?.output).toBe(true);
  });

  test('that does not find it pokes again after its interval, in the same try, and holds no slot meanwhile', () => {
    const machine = aMachine(plan).send(started('wait'), succeeded('wait', false, second(1)));
    expect(machine.run.tasks.wait).toMatchObject({
      state: 'up_for_reschedule',
      pokeCount: 1,
      wakeAt: second(61),
      reason: { code: 'next_poke', message: `poke 2 at ${second(61)}` },
    });
    expect(machine.commands).toEqual([{ kind: 'set_timer', taskId: 'wait', until: second(61), purpose: 'poke' }]);
    expect(machine.send(timerFired('wait', second(61))).commands).toEqual([
      { kind: 'start_task', taskId: 'wait', tryNumber: 1, pokeCount: 1 },
    ]);
  });

  test('says what its handler still misses, in its reason and when its time is over', () => {
    const missing = 'Source "a" does not exist. Did you mean "b"?';
    const machine = aMachine(plan).send(started('wait'), succeeded('wait', missing, second(1)));
    expect(machine.run.tasks.wait?.reason?.message).toBe(`${missing}; poke 2 at ${second(61)}`);

    const { run } = simulate(plan, { outcome: () => ({ kind: 'succeed', output: 'No file.' }) });
    expect(run.tasks.wait?.failure?.message).toContain('found nothing: No file. Look whether');
  });

  test('pokes a last time when its time is over, then fails for good with a message that says what to do', () => {
    const { run, calls } = simulate(aPlan({ wait: sensor(150, 3), load: ['wait'] }), {
      outcome: () => ({ kind: 'succeed', output: false }),
    });
    expect(calls.map(({ tryNumber, pokeCount }) => [tryNumber, pokeCount])).toEqual([
      [1, 0],
      [1, 1],
      [1, 2],
      [1, 3],
    ]);
    expect(run.tasks.wait).toMatchObject({
      state: 'failed',
      failure: { code: 'sensor_timed_out', retryable: false, details: { pokes: 4 } },
      reason: { code: 'sensor_timed_out' },
    });
    expect(run.tasks.wait?.failure?.message).toBe(
      'Sensor wait waited 150 s in 4 pokes for {"path":"landing/a.csv"} and found nothing. Look whether it will come, then trigger the run again.',
    );
    expect(run.attempts.map((attempt) => attempt.state)).toEqual(['waiting', 'waiting', 'waiting', 'failed']);
  });

  test('counts its time from its first poke on: a retry does not reset it', () => {
    const { run, calls } = simulate(aPlan({ wait: sensor(150, 5) }), {
      outcome: ({ tryNumber }) => (tryNumber < 3 ? { kind: 'fail' } : { kind: 'succeed', output: false }),
    });
    expect(calls.map(({ tryNumber, pokeCount }) => [tryNumber, pokeCount])).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
      [3, 1],
    ]);
    expect(run.tasks.wait).toMatchObject({ state: 'failed', failure: { code: 'sensor_timed_out' } });
  });

  test('whose poke fails is retried as any task is, with its pokes counted anew', () => {
    const again = aMachine(aPlan({ wait: sensor(900, 1) }))
      .send(started('wait'), succeeded('wait', false, second(1)))
      .send(timerFired('wait', second(61)))
      .send(started('wait', second(61)), failed('wait', { at: second(62) }));
    expect(again.run.tasks.wait).toMatchObject({ state: 'up_for_retry', pokeCount: 0, tryNumber: 1 });
    expect(again.send(timerFired('wait', second(122))).commands).toMatchObject([{ tryNumber: 2, pokeCount: 0 }]);
  });

  test('that is restarted in a later poke stays in its try', () => {
    const machine = aMachine(plan)
      .send(started('wait'), succeeded('wait', false, second(1)))
      .send(timerFired('wait', second(61)))
      .send(started('wait', second(61)), restart('wait', second(62)))
      .send({ kind: 'task_cancelled', taskId: 'wait', at: second(63), facts: null });
    expect(machine.commands).toMatchObject([{ kind: 'start_task', tryNumber: 1, pokeCount: 0 }]);
  });

  test('whose start was never told counts from its first answer', () => {
    const { run } = aMachine(plan).send(succeeded('wait', false, second(30)));
    expect(run.tasks.wait).toMatchObject({ state: 'up_for_reschedule', wakeAt: second(90) });
  });
});

describe('a sensor with a back-off', () => {
  const growing = (more: object) =>
    aPlan({
      wait: { kind: 'sensor', sensor: { pokeIntervalMs: 10_000, timeoutMs: 10_000_000, pokeBackoff: 2, ...more } },
    });
  const waits = (plan: ReturnType<typeof aPlan>) => {
    let machine = aMachine(plan).send(started('wait'));
    return [0, 1, 2, 3].map(() => {
      const at = machine.run.tasks.wait?.wakeAt ?? second(0);
      machine = machine.send(succeeded('wait', false, at));
      const wakeAt = machine.run.tasks.wait?.wakeAt ?? '';
      machine = machine.send(timerFired('wait', wakeAt)).send(started('wait', wakeAt));
      return (Date.parse(wakeAt) - Date.parse(at)) / 1_000;
    });
  };

  test('waits longer from poke to poke, with a jitter that is the same in every replay', () => {
    const delays = waits(growing({}));
    for (const [index, delay] of delays.entries()) {
      expect(delay).toBeGreaterThanOrEqual(10 * 2 ** index);
      expect(delay).toBeLessThan(20 * 2 ** index);
    }
    expect(waits(growing({}))).toEqual(delays);
  });

  test('waits no longer than its longest interval', () => {
    expect(waits(growing({ maxPokeIntervalMs: 15_000 })).slice(1)).toEqual([15, 15, 15]);
  });
});

test('a sensor with softFail that finds nothing in its time is skipped, and so is what needs it', () => {
  const sensor = { pokeIntervalMs: 60_000, timeoutMs: 90_000, softFail: true } as const;
  const { run } = simulate(aPlan({ wait: { kind: 'sensor', sensor }, load: ['wait'] }), {
    outcome: () => ({ kind: 'succeed', output: false }),
  });
  expect(run).toMatchObject({
    state: 'success',
    tasks: { wait: { state: 'skipped', reason: { code: 'sensor_timed_out' } }, load: { state: 'skipped' } },
  });
  expect(run.attempts.at(-1)).toMatchObject({ state: 'skipped', errorCode: 'sensor_timed_out' });
});
