import { describe, expect, test } from '@jest/globals';
import type { RunEvent } from '../../../../engine/run/events';
import { retryDelayMs } from '../../../../engine/run/retry-delay';
import { aPlan } from '../../../support/builders';
import { aMachine, failed, second, started, succeeded, timerFired } from '../../../support/machine';
import { type Call, simulate } from '../../../support/simulate';

describe('a try that failed', () => {
  const plan = aPlan({ a: { policy: { retries: 2 } }, b: ['a'] });

  test('is followed by another one after its delay, with a reason that tells of both', () => {
    const machine = aMachine(plan).send(started('a'), failed('a', { at: second(10) }));
    expect(machine.run.tasks.a).toMatchObject({
      state: 'up_for_retry',
      tryNumber: 1,
      wakeAt: second(70),
      endedAt: second(10),
      failure: { code: 'user_code_failed' },
      reason: {
        code: 'retry_delay',
        message: `try 2 of 3 at ${second(70)}, after user_code_failed: a broke`,
      },
    });
    expect(machine.commands).toEqual([{ kind: 'set_timer', taskId: 'a', until: second(70), purpose: 'retry' }]);
    const again = machine.send(timerFired('a', second(70)));
    expect(again.commands).toEqual([{ kind: 'start_task', taskId: 'a', tryNumber: 2, pokeCount: 0 }]);
    expect(again.run.tasks.a).toMatchObject({ state: 'queued', wakeAt: null, reason: null });
  });

  test('retries=2 means three tries; then the task has failed, with its last error', () => {
    const { run, calls } = simulate(plan, { outcome: () => ({ kind: 'fail', code: 'sql_failed' }) });
    expect(calls.map((call) => call.tryNumber)).toEqual([1, 2, 3]);
    expect(run.tasks.a).toMatchObject({
      state: 'failed',
      tryNumber: 3,
      failure: { code: 'sql_failed' },
      reason: { code: 'handler_failed', message: 'sql_failed: a broke' },
    });
    expect(run.attempts.map(({ tryNumber, state, errorCode }) => [tryNumber, state, errorCode])).toEqual([
      [1, 'failed', 'sql_failed'],
      [2, 'failed', 'sql_failed'],
      [3, 'failed', 'sql_failed'],
    ]);
  });

  test('a later success keeps the error that it came over', () => {
    const outcome = ({ taskId, tryNumber }: Call) =>
      taskId === 'a' && tryNumber === 1 ? ({ kind: 'fail' } as const) : ({ kind: 'succeed', rowCount: 5 } as const);
    const { run } = simulate(plan, { outcome });
    expect(run.tasks.a).toMatchObject({
      state: 'success',
      tryNumber: 2,
      rowCount: 5,
      reason: null,
      failure: { code: 'user_code_failed' },
    });
    expect(run.attempts.map(({ taskId, state, worker }) => [taskId, state, worker])).toEqual([
      ['a', 'failed', 'worker-1'],
      ['a', 'success', 'worker-1'],
      ['b', 'success', 'worker-1'],
    ]);
  });

  test('the begin of the first try is kept, that of the last one is shown', () => {
    const machine = aMachine(plan)
      .send(started('a', second(1)), failed('a', { at: second(2) }))
      .send(timerFired('a', second(62)))
      .send(started('a', second(62)));
    expect(machine.run.tasks.a).toMatchObject({ firstStartedAt: second(1), startedAt: second(62), endedAt: null });
  });

  test('an error that will not go away by itself is not tried again', () => {
    const machine = aMachine(plan).send(started('a'), failed('a', { retryable: false }));
    expect(machine.states).toMatchObject({ a: 'failed', b: 'upstream_failed' });
  });

  test('a worker that was lost for good uses up a try, and is on record', () => {
    const { run } = simulate(plan, {
      outcome: ({ taskId, tryNumber }) =>
        taskId === 'a' && tryNumber === 1 ? { kind: 'fail', isLost: true } : { kind: 'succeed' },
    });
    expect(run.tasks.a).toMatchObject({ state: 'success', tryNumber: 2 });
    expect(run.attempts.map(({ taskId, tryNumber, state }) => [taskId, tryNumber, state])).toEqual([
      ['a', 1, 'lost'],
      ['a', 2, 'success'],
      ['b', 1, 'success'],
    ]);
  });

  test('executions whose workers were lost are on record before the one that answered', () => {
    const facts = { attempt: 3, startedAt: second(20), endedAt: second(21), worker: 'w' };
    const { run } = aMachine(plan).send(started('a'), { ...succeeded('a'), facts } as RunEvent);
    const never = aMachine(plan).send({ ...failed('a', { at: second(5) }), facts: null } as RunEvent);

    expect(run.attempts.map(({ attempt, state, endedAt }) => [attempt, state, endedAt])).toEqual([
      [1, 'lost', second(20)],
      [2, 'lost', second(20)],
      [3, 'success', second(21)],
    ]);
    expect(never.run.attempts).toMatchObject([{ state: 'lost', startedAt: second(5), endedAt: second(5) }]);
  });
});

describe('rules by the code of an error', () => {
  const plan = aPlan({
    a: {
      policy: {
        retries: 2,
        retryPolicy: [
          { on: ['source_empty', 'sql_failed'], do: 'fail', delayMs: null },
          { on: ['locked'], do: 'retry', delayMs: 5_000 },
          { on: ['busy', 'sql_failed'], do: 'retry', delayMs: null },
        ],
      },
    },
  });

  test.each([
    ['fail though the error could be retried', 'source_empty', true, null],
    ['retry though the error says no, after a delay of their own', 'locked', false, second(15)],
    ["retry after the task's delay", 'busy', false, second(70)],
    ['count from the first one on', 'sql_failed', true, null],
    ['leave other errors to what they say of themselves', 'timeout', true, second(70)],
    ['leave those too that say no', 'broken', false, null],
  ])('%s', (_what, code, retryable, wakeAt) => {
    const machine = aMachine(plan).send(started('a'), failed('a', { at: second(10), code, retryable }));
    expect(machine.run.tasks.a).toMatchObject({ state: wakeAt === null ? 'failed' : 'up_for_retry', wakeAt });
  });

  test('never give more tries than the task has', () => {
    const { run, calls } = simulate(plan, { outcome: () => ({ kind: 'fail', code: 'locked', retryable: false }) });
    expect(calls).toHaveLength(3);
    expect(run.state).toBe('failed');
  });
});

describe('the delay before the next try', () => {
  const policy = (
    retryDelayMilliseconds: number,
    retryExponentialBackoff: number,
    maxRetryDelayMs: number | null = null,
  ) => ({
    retryDelayMs: retryDelayMilliseconds,
    retryExponentialBackoff,
    maxRetryDelayMs,
  });
  const aTry = (dagId: string, taskId: string, tryNumber: number) => ({
    dagId,
    taskId,
    tryNumber,
    logicalDate: '2010-12-01T00:00:00Z',
  });

  test.each([0, 1])('is constant with a factor of %d, whatever the bound', (factor) => {
    expect(retryDelayMs(policy(30_000, factor, 10_000), aTry('d', 't', 5))).toBe(30_000);
  });

  // Computed in Python: base = max(1, ceil(delay * factor ** (n - 1))); base + int(sha1(text), 16) % base.
  test.each([
    ['retail_daily', 'extract', 1, 30_000, 2, 55],
    ['retail_daily', 'extract', 2, 30_000, 2, 82],
    ['retail_daily', 'extract', 3, 30_000, 2, 138],
    ['retail_daily', 'core.fact_sales', 4, 300_000, 3, 10_903],
    ['d', 't', 1, 200, 2, 1],
    ['d', 't', 5, 7_000, 1.5, 39],
    ['d', 'größe', 2, 60_000, 5, 560],
  ])('%s %s, try %d of %d ms growing by %d: %d s, as Airflow computes it', (dagId, taskId, n, delayMs, factor, s) => {
    expect(retryDelayMs(policy(delayMs, factor), aTry(dagId, taskId, n))).toBe(s * 1_000);
  });

  test.each([12, 2_000])('is a day at most, also where the growth has left all numbers (try %d)', (tryNumber) => {
    expect(retryDelayMs(policy(300_000, 2), aTry('d', 't', tryNumber))).toBe(86_400_000);
  });

  test('is never longer than maxRetryDelay', () => {
    expect(retryDelayMs(policy(30_000, 2, 60_000), aTry('retail_daily', 'extract', 3))).toBe(60_000);
    expect(retryDelayMs(policy(30_000, 2, 600_000), aTry('retail_daily', 'extract', 3))).toBe(138_000);
  });

  test('lies between the base and twice the base', () => {
    for (let n = 1; n <= 8; n += 1) {
      const base = 10_000 * 2 ** (n - 1);
      const delay = retryDelayMs(policy(10_000, 2), aTry('shop', `task_${n}`, n));
      expect(delay).toBeGreaterThanOrEqual(base);
      expect(delay).toBeLessThan(2 * base);
    }
  });
});
