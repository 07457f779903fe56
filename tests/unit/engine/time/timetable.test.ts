import { describe, expect, test } from '@jest/globals';
import { epochMs } from '../../../../engine/time/instant';
import { dueRuns, manualInterval, nextRuns, type ScheduleState } from '../../../../engine/time/timetable';
import type { TimetableSpec } from '../../../../engine/time/timetable-spec';
import { cron, noSchedule } from '../../../../engine/time/timetables';
import { codeOf } from '../../../support/errors';

const daily = cron('0 0 * * *', { delay: '2 hours' });

const schedule = (facts: Partial<ScheduleState> = {}): ScheduleState => ({
  timetable: daily,
  startDate: '2010-12-01T00:00:00Z',
  endDate: null,
  catchup: true,
  watermark: null,
  activeSince: null,
  ...facts,
});

const starts = (facts: Partial<ScheduleState>, now: string): readonly string[] =>
  dueRuns(schedule(facts), epochMs(now)).map((run) => run.interval.start.slice(0, 16));

describe('the runs that are due', () => {
  test('a run is due when its interval is over and the delay has passed, not a moment earlier', () => {
    expect(starts({}, '2010-12-02T01:59:59.999Z')).toEqual([]);
    expect(dueRuns(schedule(), epochMs('2010-12-02T02:00:00Z'))).toEqual([
      { interval: { start: '2010-12-01T00:00:00Z', end: '2010-12-02T00:00:00Z' }, runAt: '2010-12-02T02:00:00Z' },
    ]);
  });

  test('with catch-up every complete interval since the start date is due, oldest first', () => {
    expect(starts({}, '2010-12-04T12:00Z')).toEqual(['2010-12-01T00:00', '2010-12-02T00:00', '2010-12-03T00:00']);
  });

  test('without catch-up only the latest one is', () => {
    expect(starts({ catchup: false }, '2010-12-04T12:00Z')).toEqual(['2010-12-03T00:00']);
  });

  test.each([true, false])('what was handed over is not handed over again (catch-up: %s)', (catchup) => {
    expect(starts({ catchup, watermark: '2010-12-04T00:00:00Z' }, '2010-12-04T12:00Z')).toEqual([]);
    expect(starts({ catchup, watermark: '2010-12-03T00:00:00Z' }, '2010-12-04T12:00Z')).toEqual(['2010-12-03T00:00']);
  });

  test('with catch-up the watermark is where it goes on', () => {
    expect(starts({ watermark: '2010-12-02T00:00:00Z' }, '2010-12-04T12:00Z')).toEqual([
      '2010-12-02T00:00',
      '2010-12-03T00:00',
    ]);
  });

  test.each([true, false])('no interval begins before the start date (catch-up: %s)', (catchup) => {
    expect(starts({ catchup, startDate: '2010-12-03T12:00:00Z' }, '2010-12-04T12:00Z')).toEqual([]);
    expect(starts({ catchup, startDate: '2010-12-03T12:00:00Z' }, '2010-12-05T12:00Z')).toEqual(['2010-12-04T00:00']);
  });

  test('no interval ends after the end date', () => {
    expect(starts({ endDate: '2010-12-03T00:00:00Z' }, '2010-12-10T00:00Z')).toEqual([
      '2010-12-01T00:00',
      '2010-12-02T00:00',
    ]);
    expect(starts({ endDate: '2010-12-02T23:59:59Z' }, '2010-12-10T00:00Z')).toEqual(['2010-12-01T00:00']);
    expect(starts({ endDate: '2010-12-03T00:00:00Z', catchup: false }, '2010-12-10T00:00Z')).toEqual([]);
  });

  test('catch-up without any start begins with the latest interval', () => {
    expect(starts({ startDate: null }, '2010-12-04T12:00Z')).toEqual(['2010-12-03T00:00']);
  });

  test('intervals follow the calendar of the zone: a day of 23 hours and one of 25', () => {
    const timetable = cron('0 0 * * *', { timezone: 'Europe/London' });
    const spring = dueRuns(schedule({ timetable, startDate: '2024-03-31T00:00:00Z' }), epochMs('2024-03-31T23:00Z'));
    const autumn = dueRuns(schedule({ timetable, startDate: '2024-10-26T23:00:00Z' }), epochMs('2024-10-28T00:00Z'));
    expect(spring[0]?.interval).toEqual({ start: '2024-03-31T00:00:00Z', end: '2024-03-31T23:00:00Z' });
    expect(autumn[0]?.interval).toEqual({ start: '2024-10-26T23:00:00Z', end: '2024-10-28T00:00:00Z' });
  });

  test('one wake-up hands over a thousand at most, and the next one goes on', () => {
    const timetable = cron('* * * * *');
    const first = dueRuns(schedule({ timetable }), epochMs('2010-12-05T00:00Z'));
    expect(first).toHaveLength(1_000);
    const watermark = first.at(-1)?.interval.end as string;
    const second = dueRuns(schedule({ timetable, watermark }), epochMs('2010-12-05T00:00Z'));
    expect(second[0]?.interval.start).toBe(watermark);
  });

  test('intervals are back to back over a year, in a zone with daylight saving', () => {
    const timetable = cron('30 * * * *', { timezone: 'Australia/Lord_Howe' });
    let watermark = '2024-01-01T00:00:00Z';
    for (let wake = 0; wake < 9; wake += 1) {
      const due = dueRuns(schedule({ timetable, startDate: watermark, watermark }), epochMs('2025-01-01T00:00Z'));
      for (const [index, run] of due.slice(1).entries()) expect(run.interval.start).toBe(due[index]?.interval.end);
      watermark = due.at(-1)?.interval.end ?? watermark;
    }
    expect(watermark).toBe('2024-12-31T23:30:00Z');
  });

  test('a timetable that never fires, and none at all, have no runs', () => {
    expect(starts({ timetable: cron('0 0 31 2 *') }, '2026-01-01T00:00Z')).toEqual([]);
    expect(starts({ timetable: noSchedule }, '2026-01-01T00:00Z')).toEqual([]);
  });
});

describe('the next runs', () => {
  const next = (facts: Partial<ScheduleState>, now: string, count = 2) =>
    nextRuns(schedule(facts), epochMs(now), count).map(
      ({ interval, runAt }) => `${interval.start.slice(0, 10)} at ${runAt.slice(0, 16)}`,
    );

  test('the first is that of the interval under way, at its end plus the delay', () => {
    expect(next({}, '2010-12-05T12:00Z')).toEqual(['2010-12-05 at 2010-12-06T02:00', '2010-12-06 at 2010-12-07T02:00']);
  });

  test('an interval that is over but waits for its delay is still to come', () => {
    expect(next({}, '2010-12-06T01:00Z', 1)).toEqual(['2010-12-05 at 2010-12-06T02:00']);
    expect(next({}, '2010-12-06T02:00Z', 1)).toEqual(['2010-12-06 at 2010-12-07T02:00']);
  });

  test('before the start date they begin with the first interval after it', () => {
    expect(next({}, '2009-01-01T00:00Z', 1)).toEqual(['2010-12-01 at 2010-12-02T02:00']);
    expect(next({ startDate: '2010-12-01T06:00:00Z' }, '2009-01-01T00:00Z', 1)).toEqual([
      '2010-12-02 at 2010-12-03T02:00',
    ]);
  });

  test('they end with the end date', () => {
    expect(next({ endDate: '2010-12-06T00:00:00Z' }, '2010-12-05T12:00Z')).toEqual(['2010-12-05 at 2010-12-06T02:00']);
    expect(next({ endDate: '2010-12-05T00:00:00Z' }, '2010-12-05T12:00Z')).toEqual([]);
  });

  test('without a start date they begin now', () => {
    expect(next({ startDate: null }, '2010-12-05T12:00Z', 1)).toEqual(['2010-12-05 at 2010-12-06T02:00']);
  });

  test('a timetable that never fires, and none at all, have none', () => {
    expect(next({ timetable: cron('0 0 31 2 *') }, '2026-01-01T00:00Z')).toEqual([]);
    expect(next({ timetable: noSchedule }, '2026-01-01T00:00Z')).toEqual([]);
  });
});

describe('the interval of a manual run', () => {
  test.each([
    ['2010-12-05T12:00Z', '2010-12-04T00:00:00Z', '2010-12-05T00:00:00Z'],
    ['2010-12-05T00:00Z', '2010-12-04T00:00:00Z', '2010-12-05T00:00:00Z'],
    ['2010-12-04T23:59Z', '2010-12-03T00:00:00Z', '2010-12-04T00:00:00Z'],
  ])('at %s it is the latest complete one', (now, start, end) => {
    expect(manualInterval(daily, epochMs(now))).toEqual({ start, end });
  });

  test.each(['2024-03-31T01:30Z', '2024-10-27T01:30Z'])('it is never empty on the day of a change (%s)', (now) => {
    const timetable = cron('30 1 * * *', { timezone: 'Europe/London' });
    const { start, end } = manualInterval(timetable, epochMs(now));
    expect(epochMs(end)).toBeGreaterThan(epochMs(start));
    expect(epochMs(end)).toBeLessThanOrEqual(epochMs(now));
  });

  test('without a schedule it is empty, at the instant of asking', () => {
    const now = '2010-12-05T12:00:00.250Z';
    expect(manualInterval(noSchedule, epochMs(now))).toEqual({ start: now, end: now });
  });

  test('a timetable that never fires has none: bad_interval', () => {
    expect(codeOf(() => manualInterval(cron('0 0 31 2 *'), 0))).toBe('bad_interval');
  });

  test('a timetable of an unknown kind is a bug of the engine', () => {
    expect(codeOf(() => manualInterval({ kind: 'lunar' } as unknown as TimetableSpec, 0))).toBe('engine_bug');
  });
});
