import { describe, expect, test } from '@jest/globals';
import { askTimetable } from '../../../../engine/time/ask';
import { businessDays } from '../../../../engine/time/business-days';
import { epochMs } from '../../../../engine/time/instant';
import { seriesOf } from '../../../../engine/time/series-of';
import {
  dueRuns,
  manualInterval,
  nextRuns,
  runsAroundChanges,
  type ScheduleState,
} from '../../../../engine/time/timetable';
import type { TimetableSpec } from '../../../../engine/time/timetable-spec';
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

const schedule = (timetable: TimetableSpec, facts: Partial<ScheduleState> = {}): ScheduleState => ({
  timetable,
  startDate: null,
  endDate: null,
  catchup: false,
  watermark: null,
  activeSince: null,
  ...facts,
});

/** `start/end` of each due run, to the minute. */
const due = (timetable: TimetableSpec, facts: Partial<ScheduleState>, now: string): readonly string[] =>
  dueRuns(schedule(timetable, facts), epochMs(now)).map(({ interval }) => short(interval));
const next = (timetable: TimetableSpec, facts: Partial<ScheduleState>, now: string, count = 2): readonly string[] =>
  nextRuns(schedule(timetable, facts), epochMs(now), count).map(({ interval }) => short(interval));
const short = ({ start, end }: { start: string; end: string }): string => `${start.slice(0, 16)}/${end.slice(0, 16)}`;

describe('unpausing without catch-up, as in Airflow: paused on 31 January at 15:00, unpaused on 2 February at 15:00', () => {
  const unpaused = '2026-02-02T15:00:00Z';
  const facts = { watermark: '2026-01-31T00:00:00Z', activeSince: unpaused };

  test('the interval style skips one of the two missed runs and starts the latest', () => {
    expect(due(cron('@daily'), facts, unpaused)).toEqual(['2026-02-01T00:00/2026-02-02T00:00']);
  });

  test('the trigger style skips both and waits', () => {
    const timetable = cronTrigger('@daily', { interval: '1 day' });
    expect(due(timetable, facts, unpaused)).toEqual([]);
    expect(due(timetable, facts, '2026-02-03T00:00:00Z')).toEqual(['2026-02-02T00:00/2026-02-03T00:00']);
  });

  test.each([cron('@daily'), cronTrigger('@daily', { interval: '1 day' })])(
    'with catch-up %j runs all of them',
    (timetable) => {
      expect(due(timetable, { ...facts, catchup: true }, unpaused)).toEqual([
        '2026-01-31T00:00/2026-02-01T00:00',
        '2026-02-01T00:00/2026-02-02T00:00',
      ]);
    },
  );
});

describe('a DAG enabled on 31 January at 15:00 without catch-up', () => {
  const facts = { activeSince: '2026-01-31T15:00:00Z', startDate: '2026-01-01T00:00:00Z' };

  test('starts the latest complete interval at once, in the interval style', () => {
    expect(due(cron('@daily'), facts, '2026-01-31T15:00:00Z')).toEqual(['2026-01-30T00:00/2026-01-31T00:00']);
  });

  test('waits for the next fire, in the trigger style; one that was missed while nobody was up is made up for', () => {
    const timetable = cronTrigger('@daily', { interval: '1 day' });
    expect(due(timetable, facts, '2026-01-31T23:59:59Z')).toEqual([]);
    expect(due(timetable, facts, '2026-02-01T09:00:00Z')).toEqual(['2026-01-31T00:00/2026-02-01T00:00']);
    expect(due(timetable, facts, '2026-02-03T09:00:00Z')).toEqual(['2026-02-02T00:00/2026-02-03T00:00']);
  });

  test('a trigger that is delayed counts from when its run was due', () => {
    const timetable = cronTrigger('0 14 * * *', { interval: '1 day', delay: '2 hours' });
    expect(due(timetable, facts, '2026-01-31T16:00:00Z')).toEqual(['2026-01-30T14:00/2026-01-31T14:00']);
  });
});

describe('triggers', () => {
  const weekly = cronTrigger('0 6 * * *', { interval: '7 days' });

  test('their intervals may overlap, and each is handed over once', () => {
    const facts = { catchup: true, startDate: '2026-03-01T00:00:00Z', watermark: '2026-03-02T06:00:00Z' };
    expect(due(weekly, facts, '2026-03-04T12:00:00Z')).toEqual([
      '2026-02-24T06:00/2026-03-03T06:00',
      '2026-02-25T06:00/2026-03-04T06:00',
    ]);
  });

  test('the start date bounds fires, not what their intervals reach back to; so does the end date', () => {
    const facts = { catchup: true, startDate: '2026-03-01T06:00:00Z', endDate: '2026-03-02T06:00:00Z' };
    expect(due(weekly, facts, '2026-03-09T00:00:00Z')).toEqual([
      '2026-02-22T06:00/2026-03-01T06:00',
      '2026-02-23T06:00/2026-03-02T06:00',
    ]);
  });

  test('catching up without any start begins when the DAG became active', () => {
    const facts = { catchup: true, activeSince: '2026-03-03T07:00:00Z' };
    expect(due(weekly, facts, '2026-03-03T08:00:00Z')).toEqual([]);
    expect(due(weekly, facts, '2026-03-04T06:00:00Z')).toEqual(['2026-02-25T06:00/2026-03-04T06:00']);
  });

  test('of several expressions any fires', () => {
    const timetable = cronTrigger(['0 9 * * *', '30 17 * * *'], { interval: '8 hours' });
    expect(next(timetable, {}, '2026-03-01T12:00:00Z')).toEqual([
      '2026-03-01T09:30/2026-03-01T17:30',
      '2026-03-02T01:00/2026-03-02T09:00',
    ]);
  });
});

describe('several expressions in the interval style', () => {
  test('the intervals lie between all of their fires', () => {
    expect(next(cron(['0 9 * * *', '30 17 * * *']), {}, '2026-03-01T12:00:00Z')).toEqual([
      '2026-03-01T09:00/2026-03-01T17:30',
      '2026-03-01T17:30/2026-03-02T09:00',
    ]);
  });
});

describe('deltas', () => {
  const facts = { startDate: '2026-03-28T10:10:00Z', catchup: true };

  test('are counted from the start date and know no daylight saving', () => {
    expect(due(delta('1 day'), facts, '2026-03-30T12:00:00Z')).toEqual([
      '2026-03-28T10:10/2026-03-29T10:10',
      '2026-03-29T10:10/2026-03-30T10:10',
    ]);
    expect(due(delta('1 day'), facts, '2026-03-29T10:09:59Z')).toEqual([]);
    expect(next(delta('1 day'), facts, '2026-03-01T00:00:00Z', 1)).toEqual(['2026-03-28T10:10/2026-03-29T10:10']);
  });

  test('without one they are counted from 1970', () => {
    expect(due(delta('6 hours'), {}, '2026-03-28T13:00:00Z')).toEqual(['2026-03-28T06:00/2026-03-28T12:00']);
    expect(next(delta('6 hours'), {}, '2026-03-28T13:00:00Z', 1)).toEqual(['2026-03-28T12:00/2026-03-28T18:00']);
  });

  test('trigger runs from the start date on', () => {
    const timetable = deltaTrigger('1 hour', { interval: '1 day' });
    expect(due(timetable, facts, '2026-03-28T11:30:00Z')).toEqual([
      '2026-03-27T10:10/2026-03-28T10:10',
      '2026-03-27T11:10/2026-03-28T11:10',
    ]);
  });
});

describe('explicit dates', () => {
  const timetable = dates(['2026-03-31', '2026-06-30'], { interval: '90 days' });

  test('each is a run, then there are no more', () => {
    const facts = { catchup: true, startDate: '2026-01-01T00:00:00Z' };
    expect(due(timetable, facts, '2026-03-30T00:00:00Z')).toEqual([]);
    expect(due(timetable, facts, '2027-01-01T00:00:00Z')).toEqual([
      '2025-12-31T00:00/2026-03-31T00:00',
      '2026-04-01T00:00/2026-06-30T00:00',
    ]);
    expect(next(timetable, {}, '2026-04-01T00:00:00Z', 5)).toEqual(['2026-04-01T00:00/2026-06-30T00:00']);
    expect(next(timetable, {}, '2026-07-01T00:00:00Z', 5)).toEqual([]);
  });

  test('as ends of back-to-back intervals they leave none before the first and after the last', () => {
    const rule = { kind: 'dates', instants: ['2026-03-31T00:00:00Z', '2026-06-30T00:00:00Z'] } as const;
    const series = seriesOf(
      { kind: 'interval', fires: rule, timezone: 'UTC', delayMs: 0 },
      { startMs: null, custom: null },
    );
    const whole = { start: epochMs('2026-03-31'), end: epochMs('2026-06-30') };
    expect(series?.next(0)).toEqual(whole);
    expect(series?.next(epochMs('2026-07-01'))).toBeNull();
    expect(series?.last(epochMs('2026-03-31'))).toBeNull();
    expect(series?.last(epochMs('2026-07-01'))).toEqual(whole);
  });
});

describe('business days', () => {
  const on = (roll: 'skip' | 'next' | 'previous') => businessDays({ holidays: ['2026-12-25', '2026-12-28'], roll });

  test('a weekend and a holiday belong to the interval that ends on the next open day', () => {
    expect(next(cron('0 6 * * *', { on: on('skip') }), {}, '2026-12-24T12:00:00Z')).toEqual([
      '2026-12-24T06:00/2026-12-29T06:00',
      '2026-12-29T06:00/2026-12-30T06:00',
    ]);
  });

  test.each([
    ['skip', ['2026-11-30', '2026-12-31', '2027-01-29']],
    ['next', ['2026-11-30', '2026-12-31', '2027-02-01']],
    ['previous', ['2026-11-30', '2026-12-31', '2027-01-29']],
  ] as const)('the last day of the month, where it is closed: %s', (roll, ends) => {
    // 31 January 2027 is a Sunday; the 29th is the Friday before, and there are fires of its own on that day.
    const timetable = cronTrigger(roll === 'next' ? '0 6 30,31 * *' : '0 6 29,30,31 * *', {
      interval: '1 day',
      on: on(roll),
    });
    const all = next(timetable, {}, '2026-11-30T00:00:00Z', 8).map((run) => run.slice(17, 27));
    expect(ends.every((day) => all.includes(day))).toBe(true);
  });

  test('the 25th of December is a holiday: its run is left out, comes later, or sooner', () => {
    const christmas = (roll: 'skip' | 'next' | 'previous') =>
      next(cronTrigger('0 6 25 12 *', { interval: '1 day', on: on(roll) }), {}, '2026-12-01T00:00:00Z', 1)[0]?.slice(
        17,
        27,
      );
    expect([christmas('skip'), christmas('next'), christmas('previous')]).toEqual([
      '2028-12-25',
      '2026-12-29',
      '2026-12-24',
    ]);
  });

  test('nothing is rolled over a closure of more than sixty days', () => {
    const holidays = Array.from({ length: 120 }, (_, day) =>
      new Date(epochMs('2026-06-01') + day * 86_400_000).toISOString().slice(0, 10),
    );
    const timetable = cronTrigger('0 6 1 6 *', {
      interval: '1 day',
      on: businessDays({ holidays, weekend: [], roll: 'next' }),
    });
    expect(next(timetable, {}, '2026-05-01T00:00:00Z', 1)).toEqual(['2027-05-31T06:00/2027-06-01T06:00']);
  });
});

describe('once and continuous depend on what has run, so the DAG starts their runs by itself', () => {
  test.each([once(), continuous(), noSchedule])('nothing of %j is due by the calendar', (timetable) => {
    expect(due(timetable, { startDate: '2026-01-01T00:00:00Z' }, '2026-03-01T00:00:00Z')).toEqual([]);
    expect(runsAroundChanges(schedule(timetable), 0, 2)).toEqual([]);
    expect(manualInterval(timetable, 0)).toEqual({ start: '1970-01-01T00:00:00Z', end: '1970-01-01T00:00:00Z' });
  });

  test('a manual run of equal steps gets the latest complete one, counted from the start date', () => {
    const interval = { start: '2026-01-01T10:00:00Z', end: '2026-01-01T16:00:00Z' };
    const startDate = '2026-01-01T04:00:00Z';
    expect(manualInterval(delta('6 hours'), epochMs('2026-01-01T17:00:00Z'), { startDate })).toEqual(interval);
  });

  test('the one run of once is to come until it was handed over', () => {
    const startDate = '2026-03-01T00:00:00Z';
    expect(next(once(), { startDate }, '2026-01-01T00:00:00Z')).toEqual(['2026-03-01T00:00/2026-03-01T00:00']);
    expect(next(once(), {}, '2026-01-01T00:00:00Z')).toEqual(['2026-01-01T00:00/2026-01-01T00:00']);
    expect(next(once(), { watermark: startDate }, '2026-01-01T00:00:00Z')).toEqual([]);
    expect(next(continuous(), { startDate }, '2026-01-01T00:00:00Z')).toEqual([]);
  });
});

describe('around a change of the clocks', () => {
  test('half of the runs are before it', () => {
    const timetable = cron('30 1 * * *', { timezone: 'Europe/London' });
    const [spring, autumn, ...more] = runsAroundChanges(schedule(timetable), epochMs('2026-01-01'), 3);
    expect(more).toEqual([]);
    expect(spring?.at).toBe('2026-03-29T01:00:00Z');
    expect(spring?.runs.map((run) => short(run.interval))).toEqual([
      '2026-03-26T01:30/2026-03-27T01:30',
      '2026-03-27T01:30/2026-03-28T01:30',
      '2026-03-28T01:30/2026-03-29T01:30',
    ]);
    expect(autumn?.runs.map((run) => short(run.interval)).at(-1)).toBe('2026-10-25T00:30/2026-10-26T01:30');
  });

  test('a zone that never changes has none, and a schedule that begins later has only later ones', () => {
    expect(runsAroundChanges(schedule(cron('@daily')), epochMs('2026-01-01'), 4)).toEqual([]);
    const begun = dates(['2026-12-01'], { interval: '1 day', timezone: 'Europe/London' });
    const changes = runsAroundChanges(schedule(begun), epochMs('2026-01-01'), 2);
    expect(changes.map(({ runs }) => runs.length)).toEqual([1, 1]);
  });
});

describe('a timetable of your own', () => {
  const dayMs = 86_400_000;
  const iso = (ms: number): string => new Date(ms).toISOString();
  const { spec, timetable: custom } = customTimetable({
    name: 'every_second_day',
    settings: { everyDays: 2 },
    delay: '1 hour',
    next: (after, { everyDays }) => {
      const end = (Math.floor(epochMs(after) / (everyDays * dayMs)) + 1) * everyDays * dayMs;
      return { start: iso(end - everyDays * dayMs), end: iso(end) };
    },
    last: (at, { everyDays }) => {
      const end = Math.floor(epochMs(at) / (everyDays * dayMs)) * everyDays * dayMs;
      return end <= 0 ? null : { start: iso(end - everyDays * dayMs), end: iso(end) };
    },
  });

  test('is asked as any other', () => {
    const facts = { custom, startDate: '1970-01-01T00:00:00Z', catchup: true };
    expect(due(spec, facts, '1970-01-05T02:00:00Z')).toEqual([
      '1970-01-01T00:00/1970-01-03T00:00',
      '1970-01-03T00:00/1970-01-05T00:00',
    ]);
    expect(next(spec, facts, '1970-01-02T00:00:00Z', 1)).toEqual(['1970-01-01T00:00/1970-01-03T00:00']);
    expect(manualInterval(spec, 3 * dayMs, { custom })).toEqual({
      start: '1970-01-01T00:00:00Z',
      end: '1970-01-03T00:00:00Z',
    });
  });

  test('without its functions it is timetable_missing, and before its first interval there is none', () => {
    expect(codeOf(() => dueRuns(schedule(spec), 0))).toBe('timetable_missing');
    expect(codeOf(() => manualInterval(spec, 0, { custom }))).toBe('bad_interval');
    expect(due(spec, { custom }, '1970-01-01T00:00:00Z')).toEqual([]);
  });

  const day = { start: '2026-01-01T00:00:00Z', end: '2026-01-02T00:00:00Z' };
  test.each([
    ['ends too early', { next: () => day, last: () => null }, /next\("2026-03-01T00:00:00Z"\) ends at 2026-01-02/],
    ['ends too late', { next: () => null, last: () => ({ ...day, end: '2027-01-01T00:00:00Z' }) }, /which is after it/],
    ['has no width', { next: () => ({ start: day.end, end: day.end }), last: () => null }, /is no interval/],
    [
      'cannot be read',
      { next: () => null, last: () => ({ ...day, start: 'yesterday' }) },
      /"yesterday" to "2026-01-02/,
    ],
  ])('an answer that %s is bad_timetable', (_what, wrong, message) => {
    const own = schedule(spec, { custom: wrong });
    const ask = () => [
      nextRuns(own, epochMs('2026-03-01T01:00:00Z'), 1),
      dueRuns(own, epochMs('2026-03-01T01:00:00Z')),
    ];
    expect(codeOf(ask)).toBe('bad_timetable');
    expect(thrownBy(ask).message).toMatch(message);
  });

  test('it may end', () => {
    expect(next(spec, { custom: { next: () => null, last: () => null } }, '2026-03-01T00:00:00Z')).toEqual([]);
  });
});

describe('questions to a timetable, as they cross a wire', () => {
  const state = schedule(cron('30 1 * * *', { timezone: 'Europe/London' }));
  const nowMs = epochMs('2026-03-28T12:00:00Z');

  test('get the same answers as here', () => {
    expect(askTimetable(state, { kind: 'next_runs', nowMs, count: 2 })).toEqual(nextRuns(state, nowMs, 2));
    expect(askTimetable(state, { kind: 'around_changes', nowMs, count: 2 })).toEqual(
      runsAroundChanges(state, nowMs, 2),
    );
    expect(askTimetable(state, { kind: 'manual_interval', nowMs, count: 1 })).toEqual(
      manualInterval(state.timetable, nowMs),
    );
  });
});
