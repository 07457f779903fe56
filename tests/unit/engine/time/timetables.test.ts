import { describe, expect, test } from '@jest/globals';
import { businessDays } from '../../../../engine/time/business-days';
import { timezoneOf } from '../../../../engine/time/timetable-spec';
import { timetableText } from '../../../../engine/time/timetable-text';
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
import { codeOf, thrownBy } from '../../../support/errors';

const usual = { kind: 'cron', gap: 'shift', fold: null, calendar: null } as const;

describe('timetables are plain data with their defaults written out', () => {
  test.each([
    [cron('0 6 * * *'), { kind: 'interval', fires: { ...usual, crons: ['0 6 * * *'] }, timezone: 'UTC', delayMs: 0 }],
    [
      cron(['0 9 * * *', '0 17 * * *', '0 9 * * *'], {
        timezone: 'Europe/London',
        delay: '90 minutes',
        gap: 'skip',
        fold: 'both',
      }),
      {
        kind: 'interval',
        fires: { ...usual, crons: ['0 9 * * *', '0 17 * * *'], gap: 'skip', fold: 'both' },
        timezone: 'Europe/London',
        delayMs: 5_400_000,
      },
    ],
    [
      cronTrigger('0 6 * * *', { interval: '1 day' }),
      {
        kind: 'trigger',
        fires: { ...usual, crons: ['0 6 * * *'] },
        timezone: 'UTC',
        delayMs: 0,
        intervalMs: 86_400_000,
      },
    ],
    [
      delta('6 hours'),
      { kind: 'interval', fires: { kind: 'delta', everyMs: 21_600_000 }, timezone: 'UTC', delayMs: 0 },
    ],
    [
      deltaTrigger('1 hour', { interval: '1 day', delay: '1 minute' }),
      {
        kind: 'trigger',
        fires: { kind: 'delta', everyMs: 3_600_000 },
        timezone: 'UTC',
        delayMs: 60_000,
        intervalMs: 86_400_000,
      },
    ],
    [
      dates(['2026-07-01', '2026-03-01T06:00:00Z', '2026-07-01'], { interval: '1 week', timezone: 'Europe/London' }),
      {
        kind: 'trigger',
        fires: { kind: 'dates', instants: ['2026-03-01T06:00:00Z', '2026-06-30T23:00:00Z'] },
        timezone: 'Europe/London',
        delayMs: 0,
        intervalMs: 604_800_000,
      },
    ],
    [once(), { kind: 'once' }],
    [continuous(), { kind: 'continuous' }],
    [noSchedule, { kind: 'none' }],
  ])('%j', (timetable, expected) => {
    expect(timetable).toEqual(expected);
  });

  test('one of your own keeps its settings in the spec and its functions beside it', () => {
    const interval = { start: '2026-01-01T00:00:00Z', end: '2026-01-02T00:00:00Z' };
    const { spec, timetable } = customTimetable({
      name: 'lunar',
      settings: { phase: 'full' },
      timezone: 'Asia/Kolkata',
      next: (after, { phase }) => (phase === 'full' && after === '' ? interval : null),
      last: (at, { phase }) => (phase === 'full' && at === '' ? interval : null),
    });
    expect(spec).toEqual({
      kind: 'custom',
      name: 'lunar',
      settings: { phase: 'full' },
      timezone: 'Asia/Kolkata',
      delayMs: 0,
      wakeEveryMs: 60_000,
    });
    expect([timetable.next(''), timetable.next('x'), timetable.last(''), timetable.last('x')]).toEqual([
      interval,
      null,
      interval,
      null,
    ]);
  });

  test('the zone of a timetable is its own, and UTC without one', () => {
    expect(timezoneOf(cron('@daily', { timezone: 'Europe/London' }))).toBe('Europe/London');
    expect(timezoneOf(noSchedule)).toBe('UTC');
  });
});

describe('what cannot be a timetable is refused where it is written', () => {
  const day = { interval: '1 day' } as const;
  test.each([
    ['bad_cron', () => cron('0 0 * *')],
    ['bad_cron', () => cronTrigger(['@daily', 'daily'], day)],
    ['bad_duration', () => cron('@daily', { delay: '2 h' as '2 hours' })],
    ['bad_schedule', () => cron([])],
    ['bad_schedule', () => cron('@daily', { gap: 'leap' as 'skip' })],
    ['bad_schedule', () => cron('@daily', { fold: 'twice' as 'both' })],
    ['bad_schedule', () => cronTrigger('@daily', {} as typeof day)],
    ['bad_schedule', () => cronTrigger('@daily', { interval: '0 days' })],
    ['bad_schedule', () => delta('500 milliseconds')],
    ['bad_schedule', () => delta('1.5 seconds')],
    ['bad_schedule', () => dates([], day)],
    [
      'bad_schedule',
      () =>
        dates(
          Array.from({ length: 1_001 }, () => '2026-01-01'),
          day,
        ),
    ],
    ['bad_date', () => dates(['2026-02-30'], day)],
    ['bad_calendar', () => businessDays({ holidays: ['25 December'] })],
    ['bad_calendar', () => businessDays({ weekend: ['sunday' as 'sun'] })],
    ['bad_calendar', () => businessDays({ weekend: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] })],
    ['bad_calendar', () => businessDays({ roll: 'nxt' as 'next' })],
  ])('%s: %s', (code, write) => {
    expect(codeOf(write)).toBe(code);
  });

  test('an unknown zone is named with the nearest one', () => {
    const error = thrownBy(() => cron('@daily', { timezone: 'Europe/Londn' }));
    expect(error).toMatchObject({ name: 'DefinitionError', code: 'unknown_timezone' });
    expect(error.message).toContain('Did you mean "Europe/London"?');
  });

  test('a missing interval says what to write', () => {
    expect(thrownBy(() => cronTrigger('@daily', {} as { interval: '1 day' })).message).toBe(
      "cronTrigger: a run needs an interval longer than nothing, such as { interval: '1 day' }.",
    );
  });
});

describe('a timetable in words', () => {
  const custom = customTimetable({ name: 'lunar', settings: {}, delay: '1 hour', next: () => null, last: () => null });
  const on = businessDays({ holidays: ['2026-12-25', '2026-12-28'], roll: 'next' });
  test.each([
    [noSchedule, 'by trigger only'],
    [once(), 'once'],
    [continuous(), 'continuous, one run after the other'],
    [custom.spec, 'lunar (of its own), 1h after'],
    [cron('0 0 * * *'), '0 0 * * * UTC'],
    [cron(['0 9 * * *', '0 17 * * *'], { delay: '2 hours' }), '0 9 * * * or 0 17 * * * UTC, 2h after'],
    [cron('0 2 * * *', { gap: 'skip', fold: 'last' }), '0 2 * * * UTC, gap skipped, fold last'],
    [cron('0 6 * * *', { on }), '0 6 * * * UTC, on business days (2 holidays), else the next one'],
    [cron('0 6 * * *', { on: businessDays() }), '0 6 * * * UTC, on business days (0 holidays)'],
    [cronTrigger('0 6 * * *', { interval: '7 days' }), '0 6 * * * UTC, for the 7d before'],
    [delta('90 minutes'), 'every 1h 30m'],
    [dates(['2026-01-01'], { interval: '1 day' }), 'on 1 date, for the 1d before'],
    [dates(['2026-01-01', '2026-01-05'], { interval: '1 day' }), 'on 2 dates, for the 1d before'],
  ])('%#: %j reads "%s"', (timetable, text) => {
    expect(timetableText(timetable)).toBe(text);
  });
});
