import { expect, test } from '@jest/globals';
import { progressLines } from '../../../cli/follow-backfill';
import type { Backfill, BackfillDateState } from '../../../engine';

function aBackfill(states: readonly BackfillDateState[]): Backfill {
  const range = { start: '2010-12-01T00:00:00Z', end: '2010-12-31T00:00:00Z' };
  return {
    format: 1,
    request: {
      ...{ dagId: 'shop', backfillId: 'b', range, reprocess: 'none', backwards: false },
      ...{ maxActive: 2, params: {}, by: 'ada', isDryRun: false },
    },
    status: 'running',
    by: null,
    startedAt: range.start,
    endedAt: null,
    window: 2,
    dates: states.map((state, index) => ({ interval: range, runId: `r${index}`, state, reason: 'because' })),
  };
}

test('a backfill under way is a bar, its counts, and the runs that failed', () => {
  const lines = progressLines(aBackfill(['success', 'failed', 'running', 'pending']));
  expect(lines[0]).toBe(`${'█'.repeat(20)}${'░'.repeat(20)} 2 of 4  running`);
  expect(lines[1]).toBe('1 success, 1 failed, 1 running, 1 pending');
  expect(lines[2]).toBe('2010-12-01 failed: r1: because');
  expect(lines).toHaveLength(3);
});

test('a backfill without dates is a full bar', () => {
  expect(progressLines(aBackfill([]))[0]).toContain('0 of 0');
  expect(progressLines(aBackfill(Array(9).fill('failed')))).toHaveLength(7);
});
