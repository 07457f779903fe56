import { describe, expect, test } from '@jest/globals';
import {
  continuous,
  cron,
  cronTrigger,
  customTimetable,
  dates,
  delta,
  deltaTrigger,
  noSchedule,
  once,
} from '../../../../engine/time/timetables';
import { wakesOf } from '../../../../engine/time/wake';

const daily = (hours: number[], minutes: number[], seconds = 0) => ({ kind: 'daily', hours, minutes, seconds });

describe('the wake-ups of cron', () => {
  test('hours with the same minutes share a calendar', () => {
    expect(wakesOf(cron('15,45 6,18 * * *'), null)).toEqual([daily([6, 18], [15, 45])]);
  });

  test('the delay moves them, over midnight too', () => {
    expect(wakesOf(cron('30 23 * * *', { delay: '2 hours' }), null)).toEqual([daily([1], [30])]);
    expect(wakesOf(cron('0 0 * * *', { delay: '90 seconds' }), null)).toEqual([daily([0], [1], 30)]);
    expect(wakesOf(cron('0 0 * * *', { delay: '250 milliseconds' }), null)).toEqual([daily([0], [0], 1)]);
  });

  test('every offset of the zone is covered', () => {
    expect(wakesOf(cron('0 3 * * *', { timezone: 'Europe/London' }), null)).toEqual([daily([2, 3], [0])]);
    // Lord Howe Island once stood at +10:00; today it changes between +10:30 and +11:00.
    expect(wakesOf(cron('0 3 * * *', { timezone: 'Australia/Lord_Howe' }), null)).toEqual([
      daily([15], [30]),
      daily([16], [0, 30]),
      daily([17], [0]),
    ]);
    // Monrovia was behind by 44 minutes and 30 seconds until 1972.
    expect(wakesOf(cron('0 3 * * *', { timezone: 'Africa/Monrovia' }), null)).toEqual([
      daily([3], [0]),
      daily([3], [44], 30),
    ]);
  });

  test('several expressions add up', () => {
    expect(wakesOf(cronTrigger(['0 3 * * *', '0 5 * * *'], { interval: '1 day' }), null)).toEqual([daily([3, 5], [0])]);
  });
});

describe('other wake-ups', () => {
  test.each([
    [delta('6 hours'), null, { everyMs: 21_600_000, offsetMs: 0 }],
    [delta('6 hours', { delay: '10 minutes' }), null, { everyMs: 21_600_000, offsetMs: 600_000 }],
    [
      deltaTrigger('1 hour', { interval: '1 day' }),
      '2026-01-01T00:20:00.500Z',
      { everyMs: 3_600_000, offsetMs: 1_201_000 },
    ],
    [delta('7 hours'), '1969-12-31T23:00:00Z', { everyMs: 25_200_000, offsetMs: 21_600_000 }],
  ])('%j from %s: every so often', (timetable, startDate, wake) => {
    expect(wakesOf(timetable, startDate)).toEqual([{ kind: 'every', ...wake }]);
  });

  test('each date is an instant', () => {
    expect(wakesOf(dates(['2026-01-01', '2026-03-01'], { interval: '1 day', delay: '1 hour' }), null)).toEqual([
      { kind: 'instant', at: '2026-01-01T01:00:00Z' },
      { kind: 'instant', at: '2026-03-01T01:00:00Z' },
    ]);
  });

  test.each([once(), continuous()])('%j wakes at its start date', (timetable) => {
    expect(wakesOf(timetable, null)).toEqual([]);
    expect(wakesOf(timetable, '2026-01-01T00:00:00.001Z')).toEqual([{ kind: 'instant', at: '2026-01-01T00:00:01Z' }]);
  });

  test('a timetable of your own is asked as often as it says; none needs none', () => {
    const { spec } = customTimetable({
      name: 'a',
      settings: {},
      wakeEvery: '5 minutes',
      next: () => null,
      last: () => null,
    });
    expect(wakesOf(spec, null)).toEqual([{ kind: 'every', everyMs: 300_000, offsetMs: 0 }]);
    expect(wakesOf(noSchedule, '2026-01-01T00:00:00Z')).toEqual([]);
  });
});
