import { describe, expect, test } from '@jest/globals';
import { decideTriggerRule, type TriggerRule, triggerRules } from '../../../../engine/gates/trigger-rule';
import type { TaskState } from '../../../../engine/run/task-state';
import { expectedDecision, expectedOfTeardown, statesUpTo } from '../../../support/trigger-rules';

const upstreamOf = (states: readonly TaskState[]) => states.map((state, index) => ({ taskId: `t${index}`, state }));

/** Every subset of so many positions, as a test of a position. */
const subsets = (count: number) =>
  Array.from({ length: 2 ** count }, (_, bits) => (index: number) => ((bits >> index) & 1) === 1);

const decide = (rule: TriggerRule, states: readonly TaskState[]) => decideTriggerRule(rule, upstreamOf(states));

describe('trigger rules', () => {
  const multisets = statesUpTo(4);

  test('the table below is over 2,380 multisets of upstream states', () => {
    expect(multisets).toHaveLength(1 + 13 + 91 + 455 + 1_820);
  });

  test.each(triggerRules)('%s answers as Airflow does for every multiset of up to four upstream states', (rule) => {
    const wrong = multisets.flatMap((states) => {
      const expected = expectedDecision(rule, states);
      const forwards = decide(rule, states).decision;
      const backwards = decide(rule, [...states].reverse()).decision;
      return forwards === expected && backwards === expected ? [] : [{ states, expected, forwards, backwards }];
    });
    expect(wrong).toEqual([]);
  });

  test('a teardown answers as Airflow does for every multiset of up to four upstream states, whichever of them are setups', () => {
    const wrong = multisets.flatMap((states) =>
      subsets(states.length).flatMap((isSetup) => {
        const upstream = states.map((state, index) => ({ taskId: `t${index}`, state, isSetup: isSetup(index) }));
        const setups = upstream.filter((one) => one.isSetup);
        const expected = expectedOfTeardown(upstream);
        const forwards = decideTriggerRule('all_done_setup_success', upstream, setups).decision;
        const backwards = decideTriggerRule('all_done_setup_success', upstream.toReversed(), setups).decision;
        return forwards === expected && backwards === expected ? [] : [{ upstream, expected, forwards }];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test('an answer that is not "run" has a reason that names the tasks it speaks of', () => {
    const unexplained = triggerRules.flatMap((rule) =>
      multisets.filter((states) => {
        const verdict = decide(rule, states);
        if (verdict.decision === 'run') return false;
        const { message, tasks } = verdict.reason;
        return message === '' || !tasks.every((taskId) => message.includes(taskId));
      }),
    );
    expect(unexplained).toEqual([]);
  });

  test.each<[TriggerRule, TaskState[], string]>([
    ['all_success', ['failed', 'running'], '1 upstream failed: t0'],
    ['all_success', ['success', 'skipped'], '1 upstream skipped: t1'],
    ['all_success', ['success', 'running', 'none'], '2 of 3 upstream not finished: t1, t2'],
    ['all_failed', ['success', 'failed'], '1 upstream succeeded: t0'],
    ['all_done_min_one_success', ['failed', 'upstream_failed'], 'no upstream succeeded: t0, t1'],
    ['one_success', ['skipped', 'skipped'], 'every upstream was skipped: t0, t1'],
    ['one_success', ['skipped', 'failed'], 'no upstream succeeded: t1'],
    ['one_failed', ['success'], 'no upstream failed'],
    ['one_done', ['upstream_failed', 'skipped'], 'no upstream ran to an end'],
    ['none_failed_min_one_success', ['skipped'], 'every upstream was skipped: t0'],
  ])('%s over %j says why: %s', (rule, states, message) => {
    const verdict = decide(rule, states);
    expect(verdict).toMatchObject({ reason: { message } });
  });

  test('a reason names five tasks and counts the others', () => {
    const verdict = decide(
      'all_success',
      Array.from({ length: 8 }, () => 'failed' as const),
    );
    expect(verdict).toMatchObject({
      reason: { message: '8 upstream failed: t0, t1, t2, t3, t4 and 3 more', tasks: ['t0', 't1', 't2', 't3', 't4'] },
    });
  });

  test('a rule that does not exist is a bug of the engine, not a silent yes', () => {
    expect(() => decide('most_success' as TriggerRule, ['success'])).toThrow('this is a bug in the engine');
  });
});
