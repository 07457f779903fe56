import { describe, expect, test } from '@jest/globals';
import { backfillIntervals, checkDirection } from '../../../../engine/backfill/plan';
import { askTimetable } from '../../../../engine/time/ask';
import type { TimetableSpec } from '../../../../engine/time/timetable-spec';
import { cron, delta, noSchedule } from '../../../../engine/time/timetables';
import { aDag, aPolicy } from '../../../support/builders';
import { thrownBy } from '../../../support/errors';

const daily = cron('0 0 * * *');
const rangeOf = (from: string, to: string) => ({ start: `${from}T00:00:00Z`, end: `${to}T00:00:00Z` });

/** The beginnings of the dates of a range, on New Year's noon of 2020. */
function starts(from: string, to: string, timetable: TimetableSpec = daily, startDate: string | null = null) {
  const state = { timetable, startDate, endDate: null, catchup: false, watermark: null, activeSince: null };
  const range = rangeOf(from, to);
  const nowMs = Date.parse('2020-01-01T12:00:00Z');
  const scheduled = askTimetable(state, { kind: 'intervals_in', nowMs, count: 5_001, range });
  return backfillIntervals(aDag({ a: [] }, { timetable }), range, scheduled).map(({ start }) => start);
}

describe('the dates of a range', () => {
  test('are the intervals of the timetable that lie in it whole', () => {
    const three = ['2010-12-01T00:00:00Z', '2010-12-02T00:00:00Z', '2010-12-03T00:00:00Z'];
    expect(starts('2010-12-01', '2010-12-04')).toEqual(three);
    expect(starts('2010-12-01', '2010-12-20', cron('0 0 * * 1'))).toEqual([
      '2010-12-06T00:00:00Z',
      '2010-12-13T00:00:00Z',
    ]);
    expect(starts('2010-12-01', '2010-12-04', daily, '2015-01-01T00:00:00Z')).toEqual(three);
  });

  test('are as many as a thousand and more, without a gap', () => {
    const found = starts('2010-01-01', '2014-01-01');
    expect(found).toHaveLength(1_461);
    expect(new Set(found).size).toBe(1_461);
    expect([...found].sort()).toEqual(found);
  });

  test('are days when the timetable has no intervals of its own', () => {
    expect(starts('2010-12-01', '2010-12-03', noSchedule)).toHaveLength(2);
  });

  test('of an interval of fixed length are those from the start date on', () => {
    expect(starts('2010-12-01', '2010-12-02', delta('12 hours'), '2010-01-01T00:00:00Z')).toHaveLength(2);
  });

  test('leave out what is not complete yet', () => {
    expect(starts('2019-12-30', '2020-01-05')).toEqual(['2019-12-30T00:00:00Z', '2019-12-31T00:00:00Z']);
  });

  test('have to be some, and not too many', () => {
    expect(thrownBy(() => starts('2030-01-01', '2030-02-01'))).toMatchObject({ code: 'backfill_without_dates' });
    expect(thrownBy(() => starts('1990-01-01', '2010-01-01'))).toMatchObject({ code: 'backfill_too_long' });
  });

  test('of no range are none', () => {
    const state = {
      timetable: daily,
      startDate: null,
      endDate: null,
      catchup: false,
      watermark: null,
      activeSince: null,
    };
    expect(askTimetable(state, { kind: 'intervals_in', nowMs: 0, count: 1 })).toEqual([]);
  });
});

test('backwards is refused when a task waits for the run before', () => {
  const own = aDag({ a: { policy: { past: 'own' } }, b: [] });
  const byDefault = aDag({ a: [] }, { defaults: { ...aPolicy, past: 'own' } });
  for (const spec of [own, byDefault]) {
    expect(thrownBy(() => checkDirection(spec, true))).toMatchObject({
      code: 'backfill_backwards',
      details: { tasks: ['a'] },
    });
    expect(() => checkDirection(spec, false)).not.toThrow();
  }
  expect(() => checkDirection(aDag({ a: [] }), true)).not.toThrow();
  expect(() => checkDirection(aDag({ a: { policy: { past: 'none' } } }), true)).not.toThrow();
});
