import { expect, test } from '@jest/globals';
import { decidePast, type PastRun } from '../../../../engine/gates/past';

const past = (facts: Partial<PastRun>) => ({ previous: { runId: 'r1', isOver: false, states: {}, ...facts } });

test.each([
  [[], null, 'run', ''],
  [['a'], null, 'wait', 'asks which run was before this one'],
  [['a'], { previous: null }, 'run', ''],
  [['a'], past({}), 'wait', 'past run r1 has not finished: a'],
  [['a'], past({ states: { a: 'success' } }), 'run', ''],
  [['a'], past({ states: { a: 'skipped' } }), 'run', ''],
  [['a', 'b'], past({ states: { a: 'success' } }), 'wait', 'past run r1 has not finished: b'],
  [['a'], past({ states: { a: 'failed' } }), 'wait', 'past run r1 did not end well, run it again or clear it: a'],
  [
    ['a', 'b'],
    past({ states: { b: 'upstream_failed' } }),
    'wait',
    'past run r1 did not end well, run it again or clear it: b',
  ],
  [['a'], past({ states: { a: 'none' } }), 'wait', 'past run r1 has not finished: a'],
  [['a'], past({ isOver: true }), 'run', ''],
  [['a'], past({ isOver: true, states: { b: 'failed' } }), 'run', ''],
  [
    ['a'],
    past({ isOver: true, states: { a: 'failed' } }),
    'wait',
    'past run r1 did not end well, run it again or clear it: a',
  ],
] as const)('tasks %j of a past like %j: %s', (awaits, answer, decision, message) => {
  const verdict = decidePast(awaits, answer);
  expect(verdict.decision).toBe(decision);
  if (verdict.decision !== 'run') expect(verdict.reason).toMatchObject({ code: 'past_run', message });
});
