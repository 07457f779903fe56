import { expect, test } from '@jest/globals';
import { isLatest } from '../../activities/latest-only';
import { cron, cronTrigger, isoInstant, noSchedule, once, type RunType, startOfDay } from '../../engine';

const today = startOfDay(isoInstant(Date.now()).slice(0, 10), 'UTC');
const daysAgo = (count: number): string => isoInstant(Date.parse(today) - count * 86_400_000);
const timetable = cron('0 0 * * *');

test.each<[string, RunType, number, boolean]>([
  ['the latest complete day', 'scheduled', 1, true],
  ['an older day', 'scheduled', 3, false],
  ['an older day of a backfill', 'backfill', 3, false],
  ['any day by hand', 'manual', 900, true],
])('a run for %s (%s)', async (_what, run_type, days, expected) => {
  const interval = { start: daysAgo(days), end: daysAgo(days - 1) };
  expect(await isLatest({ interval }, { run_type, timetable, end_date: null })).toBe(expected);
});

test('a run after which the schedule has no more is the latest', async () => {
  const interval = { start: daysAgo(9), end: daysAgo(8) };
  expect(await isLatest({ interval }, { run_type: 'scheduled', timetable, end_date: interval.end })).toBe(true);
  expect(await isLatest({ interval }, { run_type: 'scheduled', timetable: noSchedule, end_date: null })).toBe(true);
});

test('among triggers, and of a DAG that runs once', async () => {
  const weekly = cronTrigger('0 0 * * *', { interval: '7 days' });
  const ending = (days: number) => ({ interval: { start: daysAgo(days + 7), end: daysAgo(days) } });
  const input = { run_type: 'scheduled', timetable: weekly, end_date: null } as const;
  expect(await isLatest(ending(0), input)).toBe(true);
  expect(await isLatest(ending(1), input)).toBe(false);
  expect(await isLatest(ending(9), { ...input, timetable: once() })).toBe(true);
});
