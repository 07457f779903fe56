import { describe, expect, test } from '@jest/globals';
import type { NotifyEvent, NotifyRule } from '../../../../engine/dag/notify';
import { deadlineOf, lateNotices, noticesOf } from '../../../../engine/run/notices';
import { aDay, anIdentity, aPlan, aRun, dayBreak } from '../../../support/builders';

const rule = (...on: readonly NotifyEvent[]): NotifyRule => ({ on, by: { kind: 'log' } });
const all = rule('success', 'failure', 'retry', 'skip', 'deadline');
const plan = aPlan({ a: { notify: [all] }, b: { after: ['a'] } }, { notify: [rule('failure'), all] });
const told = (...parts: Parameters<typeof noticesOf>) =>
  noticesOf(...parts).map(({ taskId, event, state }) => [taskId, event, state]);

describe('after a step there is to tell', () => {
  test.each([
    ['success', 'success'],
    ['failed', 'failure'],
    ['upstream_failed', 'failure'],
    ['skipped', 'skip'],
    ['up_for_retry', 'retry'],
  ] as const)('that a task is %s, as %s, and nothing of a task without rules', (state, event) => {
    expect(told(plan, aRun({ a: 'running', b: 'running' }), aRun({ a: state, b: state }), dayBreak)).toEqual([
      ['a', event, state],
    ]);
  });

  test.each(['queued', 'running', 'up_for_reschedule'] as const)('nothing of a task that is %s', (state) => {
    expect(told(plan, aRun(), aRun({ a: state }), dayBreak)).toEqual([]);
  });

  test('nothing again while nothing changed; each retry by itself', () => {
    const [first, second] = [1, 2].map((tryNumber) => aRun({ a: { state: 'up_for_retry', tryNumber } }));
    expect(told(plan, first as never, first as never, dayBreak)).toEqual([]);
    expect(told(plan, aRun({ a: 'success' }), aRun({ a: 'success' }), dayBreak)).toEqual([]);
    expect(noticesOf(plan, first as never, second as never, dayBreak).map(({ id }) => id)).toEqual(['a#retry#2#0']);
  });

  test('how the run ended, once for each rule, with why and for whom', () => {
    const reason = { code: 'leaf_failed', message: 'last tasks failed: b' } as const;
    const over = aRun(
      { a: 'success', b: 'failed' },
      { state: 'failed', endedAt: dayBreak, reason: { ...reason, tasks: [] } as never },
    );
    const before = aRun({ a: 'success', b: 'running' });
    const notices = noticesOf(plan, before, over, dayBreak);
    expect(notices.map(({ id }) => id)).toEqual(['#failure##0', '#failure##1']);
    expect(notices[0]).toMatchObject({
      dagId: 'shop',
      taskId: null,
      state: 'failed',
      reason: reason.message,
      interval: aDay,
      at: dayBreak,
    });
    expect(noticesOf(plan, over, over, dayBreak)).toEqual([]);
  });

  test('of a success, that it is one; nothing where a DAG has no rules', () => {
    const over = aRun({ a: 'success' }, { state: 'success', endedAt: dayBreak });
    expect(told(plan, aRun({ a: 'success' }), over, dayBreak)).toEqual([[null, 'success', 'success']]);
    expect(noticesOf(aPlan({ a: [] }), aRun(), over, dayBreak)).toEqual([]);
  });

  test('why a task failed or is tried again', () => {
    const failed = aRun({
      a: { state: 'failed', tryNumber: 3, reason: { code: 'handler_failed', message: 'a plate broke' } as never },
    });
    expect(noticesOf(plan, aRun({ a: 'running' }), failed, dayBreak)[0]).toMatchObject({
      tryNumber: 3,
      reason: 'a plate broke',
    });
  });
});

describe('a deadline', () => {
  const late = (reference: 'queued_at' | 'interval_end') =>
    deadlineOf(aPlan({ a: [] }, { deadline: { reference, afterMs: 60_000 } }), anIdentity());

  test('counts from when the run was asked for, or from the end of its interval', () => {
    expect(late('queued_at')).toBe('2010-12-02T02:01:00Z');
    expect(late('interval_end')).toBe('2010-12-02T00:01:00Z');
    expect(deadlineOf(plan, anIdentity())).toBeNull();
  });

  test('that a run misses is told with the tasks that are open; one that is over misses none', () => {
    const many = Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((id) => [id, [] as string[]]));
    const wide = aPlan(many, { notify: [all] });
    expect(lateNotices(plan, aRun({ a: 'success', b: 'running' }), dayBreak)).toMatchObject([
      { event: 'deadline', state: 'running', reason: 'not over at its deadline; open: b' },
    ]);
    expect(lateNotices(wide, aRun(), dayBreak)[0]?.reason).toContain('open: a, b, c, d, e and 2 more');
    expect(lateNotices(plan, aRun({}, { state: 'success', endedAt: dayBreak }), dayBreak)).toEqual([]);
    expect(lateNotices(aPlan({ a: [] }), aRun(), dayBreak)).toEqual([]);
  });
});
