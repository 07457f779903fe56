import { describe, expect, test } from '@jest/globals';
import { resume } from '../../../../engine/run/advance';
import type { RunEvent } from '../../../../engine/run/events';
import { aPlan } from '../../../support/builders';
import { aMachine, second, started, stop, succeeded, timerFired } from '../../../support/machine';

const deferral = { timeoutMs: 60_000 };
const plan = aPlan({ export: { kind: 'deferred', deferral, policy: { retries: 1 } }, next: ['export'] });
const deferred = aMachine(plan).send(started('export'), succeeded('export', { job: 7 }));

const completed = (at = second(9)): RunEvent => ({
  kind: 'completed_outside',
  taskId: 'export',
  at,
  output: { rows: 5 },
});

const failedThere = (retryable: boolean): RunEvent => ({
  kind: 'failed_outside',
  taskId: 'export',
  at: second(9),
  failure: { code: 'failed_outside', message: 'disk full', retryable, details: null },
});

const timer = { kind: 'set_timer', taskId: 'export', until: second(61), purpose: 'completion' };
const wait = { kind: 'await_completion', taskId: 'export', tryNumber: 1, until: second(61) };

describe('a deferred task', () => {
  test('waits for its end from outside once its handler has started the work', () => {
    expect(deferred.states).toEqual({ export: 'deferred' });
    expect(deferred.commands).toEqual([timer, wait]);
    expect(deferred.run.tasks.export?.reason?.message).toBe(`waits for the end of {"job":7}, until ${second(61)}`);
    expect(deferred.run.attempts).toMatchObject([{ state: 'deferred' }]);
    const quiet = aMachine(plan).send(started('export'), succeeded('export', null));
    expect(quiet.run.tasks.export?.reason?.message).toBe(`waits for the end, until ${second(61)}`);
  });

  test('takes its output from outside; what comes later changes nothing', () => {
    const machine = deferred.send(completed());
    expect(machine.states).toEqual({ export: 'success', next: 'queued' });
    expect(machine.commands[0]).toEqual({ kind: 'cancel_timer', taskId: 'export' });
    expect(machine.run.tasks.export?.output).toEqual({ rows: 5 });
    expect(machine.send(completed(), failedThere(true)).run.tasks.export?.state).toBe('success');
  });

  test('that failed there is tried again if it may', () => {
    expect(deferred.send(failedThere(true)).states.export).toBe('up_for_retry');
    expect(deferred.send(failedThere(false)).states).toEqual({ export: 'failed', next: 'upstream_failed' });
  });

  test('that nobody completes has failed, and may be tried again', () => {
    const machine = deferred.send(timerFired('export', second(61)));
    expect(machine.run.tasks.export).toMatchObject({
      state: 'up_for_retry',
      failure: { code: 'deferred_timed_out' },
    });
    expect(machine.commands[0]).toEqual({ kind: 'cancel_task', taskId: 'export' });
  });

  test('is given up when its run is stopped, also while its handler runs', () => {
    const stopped = deferred.send(stop());
    expect(stopped.states).toEqual({ export: 'failed', next: 'skipped' });
    expect(stopped.commands.slice(0, 2)).toEqual([
      { kind: 'cancel_timer', taskId: 'export' },
      { kind: 'cancel_task', taskId: 'export' },
    ]);
    const early = aMachine(plan)
      .send(started('export'))
      .send(stop())
      .send(succeeded('export', { job: 7 }));
    expect(early.run).toMatchObject({ state: 'failed', tasks: { export: { state: 'failed' } } });
  });

  test('waits on when its driver is replaced', () => {
    expect(resume(plan, JSON.parse(JSON.stringify(deferred.run)), second(5)).commands).toEqual([timer, wait]);
  });
});
