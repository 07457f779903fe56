import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { epochMs, isoInstant, isoInstantMs, plusMs } from '../../../../engine/time/instant';
import { parseBound, parseInterval, splitByDay } from '../../../../engine/time/parse-interval';
import { dayOf, localTime, plusDays, startOfDay } from '../../../../engine/time/zone';
import { codeOf } from '../../../support/errors';
import { holds } from '../../../support/properties';

describe('reading START/END', () => {
  test.each([
    ['2010-12-01/2010-12-02', 'UTC', '2010-12-01T00:00:00Z', '2010-12-02T00:00:00Z'],
    ['2024-07-01/2024-07-02', 'Europe/London', '2024-06-30T23:00:00Z', '2024-07-01T23:00:00Z'],
    ['2010-12-01T06:00Z/2010-12-01T07:00Z', 'Europe/London', '2010-12-01T06:00:00Z', '2010-12-01T07:00:00Z'],
    ['2010-12-01T06:00:00+02:00/2010-12-02', 'UTC', '2010-12-01T04:00:00Z', '2010-12-02T00:00:00Z'],
    ['2010-12-01T06:00:00.250Z/2010-12-02', 'UTC', '2010-12-01T06:00:00.250Z', '2010-12-02T00:00:00Z'],
    ['2012-02-29/2012-03-01', 'UTC', '2012-02-29T00:00:00Z', '2012-03-01T00:00:00Z'],
  ])('%s in %s', (text, timezone, start, end) => {
    expect(parseInterval(text, timezone)).toEqual({ start, end });
  });

  test.each([
    ['2010-12-01', 'write START/END'],
    ['2010-12-01/2010-12-02/2010-12-03', 'write START/END'],
    ['', 'write START/END'],
    ['2010-12-02/2010-12-01', 'its end is not after its start'],
    ['2010-12-01/2010-12-01', 'its end is not after its start'],
    ['2010-12-01/tomorrow', '"tomorrow" is neither a date nor an instant'],
    ['/2010-12-01', '"" is neither a date nor an instant'],
    ['2010-13-01/2011-01-01', '"2010-13-01" is neither'],
    ['2010-02-30/2010-03-05', '"2010-02-30" is neither'],
    ['2010-02-30T00:00Z/2010-03-05', '"2010-02-30T00:00Z" is neither'],
    ['2010-12-01T25:00Z/2010-12-05', '"2010-12-01T25:00Z" is neither'],
    ['2010-12-01T06:00/2010-12-02', '"2010-12-01T06:00" is neither a date nor an instant with a zone'],
    ['01/12/2010', 'write START/END'],
    ['20101201/20101202', '"20101201" is neither'],
  ])('"%s" is bad_interval: %s', (text, why) => {
    const read = () => parseInterval(text, 'UTC');
    expect(codeOf(read)).toBe('bad_interval');
    expect(read).toThrow(why);
  });
});

describe('a bound of a DAG', () => {
  test('is midnight of the zone, or an instant', () => {
    expect(parseBound('2024-07-01', 'DAG shop: startDate', 'Europe/London')).toBe('2024-06-30T23:00:00Z');
    expect(parseBound('2024-07-01T06:00:00Z', 'DAG shop: startDate', 'Europe/London')).toBe('2024-07-01T06:00:00Z');
  });

  test('is bad_date otherwise, and the message names the option', () => {
    const read = () => parseBound('1.12.2010', 'DAG shop: startDate', 'UTC');
    expect(codeOf(read)).toBe('bad_date');
    expect(read).toThrow('DAG shop: startDate: "1.12.2010"');
  });
});

describe('an interval by days', () => {
  test('the first and the last day may be parts of days', () => {
    const parts = splitByDay({ start: '2010-12-01T18:00:00Z', end: '2010-12-03T06:00:00Z' }, 'UTC');
    expect(parts).toEqual([
      { start: '2010-12-01T18:00:00Z', end: '2010-12-02T00:00:00Z' },
      { start: '2010-12-02T00:00:00Z', end: '2010-12-03T00:00:00Z' },
      { start: '2010-12-03T00:00:00Z', end: '2010-12-03T06:00:00Z' },
    ]);
  });

  test('days are those of the zone, of whatever length', () => {
    const parts = splitByDay({ start: '2024-10-26T23:00:00Z', end: '2024-10-29T00:00:00Z' }, 'Europe/London');
    expect(parts.map(({ start }) => start)).toEqual(['2024-10-26T23:00:00Z', '2024-10-28T00:00:00Z']);
  });

  test('a day that the zone skipped is left out', () => {
    const parts = splitByDay({ start: '2011-12-29T10:00:00Z', end: '2011-12-31T10:00:00Z' }, 'Pacific/Apia');
    expect(parts.map(({ start }) => start)).toEqual(['2011-12-29T10:00:00Z', '2011-12-30T10:00:00Z']);
  });

  test('an empty interval has no days', () => {
    expect(splitByDay({ start: '2010-12-01T00:00:00Z', end: '2010-12-01T00:00:00Z' }, 'UTC')).toEqual([]);
  });

  test('the parts are back to back, cover the whole, and each lies within one day of its zone', () => {
    const someZone = fc.constantFrom('UTC', 'Europe/London', 'America/Nuuk', 'Africa/Cairo', 'Pacific/Apia');
    const someStart = fc.integer({ min: epochMs('2010-01-01'), max: epochMs('2026-01-01') });
    const someLength = fc.integer({ min: 1, max: 40 * 86_400_000 });
    holds(
      fc.property(someZone, someStart, someLength, (timezone, startMs, lengthMs) => {
        const whole = { start: isoInstant(startMs), end: isoInstant(startMs + lengthMs) };
        const parts = splitByDay(whole, timezone);
        expect(parts[0]?.start).toBe(whole.start);
        expect(parts.at(-1)?.end).toBe(whole.end);
        for (const [index, part] of parts.entries()) {
          expect(dayOf(plusMs(part.end, -1), timezone)).toBe(dayOf(part.start, timezone));
          if (index > 0) expect(part.start).toBe(parts[index - 1]?.end);
        }
      }),
      { runs: 50 },
    );
  });
});

test('days are counted by the calendar', () => {
  expect(plusDays('2012-02-28', 2)).toBe('2012-03-01');
  expect(plusDays('2011-01-01', -1)).toBe('2010-12-31');
  expect(dayOf('2024-06-30T23:30:00Z', 'Europe/London')).toBe('2024-07-01');
  expect(startOfDay('2024-04-26', 'Africa/Cairo')).toBe('2024-04-25T22:00:00Z');
});

test('instants are written in UTC, whole seconds without a fraction', () => {
  expect(isoInstant(1_000)).toBe('1970-01-01T00:00:01Z');
  expect(isoInstant(1_042)).toBe('1970-01-01T00:00:01.042Z');
  expect(isoInstantMs(1_000)).toBe('1970-01-01T00:00:01.000Z');
  expect(plusMs('2010-12-01T00:00:00Z', 60_000)).toBe('2010-12-01T00:01:00Z');
});

test('an instant as the clocks of a zone show it', () => {
  expect(localTime('2024-03-31T01:00:00Z', 'Europe/London')).toBe('2024-03-31T02:00:00+01:00');
});
