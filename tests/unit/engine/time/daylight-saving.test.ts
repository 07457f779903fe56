import { describe, expect, test } from '@jest/globals';
import { cronFires, type Fires } from '../../../../engine/time/cron-fires';
import { epochMs, isoInstant } from '../../../../engine/time/instant';
import type { CronRule } from '../../../../engine/time/timetable-spec';

function aCron(expression: string, timezone: string, policy: Partial<CronRule> = {}): Fires {
  const rule: CronRule = { kind: 'cron', crons: [expression], gap: 'shift', fold: null, calendar: null, ...policy };
  return cronFires(rule, timezone);
}

/** The fires of an expression in `[from, until)`. */
function fires(
  expression: string,
  timezone: string,
  from: string,
  until: string,
  policy: Partial<CronRule> = {},
): readonly string[] {
  const cron = aCron(expression, timezone, policy);
  const found: string[] = [];
  let at = cron.next(epochMs(from) - 1);
  while (at !== null && at < epochMs(until)) {
    found.push(isoInstant(at).slice(5, 16));
    at = cron.next(at);
  }
  return found;
}

describe('a wall-clock time in the gap of spring is moved forward by the gap', () => {
  test('daily in London', () => {
    expect(fires('30 1 * * *', 'Europe/London', '2024-03-30T00:00Z', '2024-04-02T00:00Z')).toEqual([
      '03-30T01:30',
      '03-31T01:30',
      '04-01T00:30',
    ]);
  });

  test('daily in New York', () => {
    expect(fires('30 2 * * *', 'America/New_York', '2024-03-09T00:00Z', '2024-03-12T00:00Z')).toEqual([
      '03-09T07:30',
      '03-10T07:30',
      '03-11T06:30',
    ]);
  });

  test('on Lord Howe Island the gap is half an hour', () => {
    expect(fires('15 2 * * *', 'Australia/Lord_Howe', '2024-10-04T00:00Z', '2024-10-07T00:00Z')).toEqual([
      '10-04T15:45',
      '10-05T15:45',
      '10-06T15:15',
    ]);
  });

  test('where midnight itself is skipped, the day begins at one', () => {
    expect(fires('0 0 * * *', 'Africa/Cairo', '2024-04-24T12:00Z', '2024-04-27T12:00Z')).toEqual([
      '04-24T22:00',
      '04-25T22:00',
      '04-26T21:00',
    ]);
  });

  test('a day that the calendar skips fires with the next one, once', () => {
    expect(fires('0 12 * * *', 'Pacific/Apia', '2011-12-28T00:00Z', '2012-01-01T12:00Z')).toEqual([
      '12-28T22:00',
      '12-29T22:00',
      '12-30T22:00',
      '12-31T22:00',
    ]);
  });

  test('an hourly schedule keeps one fire an hour', () => {
    expect(fires('30 * * * *', 'Europe/London', '2024-03-31T00:00Z', '2024-03-31T03:00Z')).toEqual([
      '03-31T00:30',
      '03-31T01:30',
      '03-31T02:30',
    ]);
  });
});

describe('in the fold of autumn', () => {
  test.each([
    ['Europe/London', '30 1 * * *', '2024-10-26', ['10-26T00:30', '10-27T00:30', '10-28T01:30']],
    ['America/New_York', '30 1 * * *', '2024-11-02', ['11-02T05:30', '11-03T05:30', '11-04T06:30']],
    ['Australia/Lord_Howe', '45 1 * * *', '2024-04-05', ['04-05T14:45', '04-06T14:45', '04-07T15:15']],
  ])('%s: %s fires once, at the first of the two', (timezone, expression, from, expected) => {
    const until = isoInstant(epochMs(from) + 3 * 86_400_000);
    expect(fires(expression, timezone, from, until)).toEqual(expected);
  });

  test('an hourly schedule fires in both', () => {
    expect(fires('30 * * * *', 'Europe/London', '2024-10-26T23:00Z', '2024-10-27T03:00Z')).toEqual([
      '10-26T23:30',
      '10-27T00:30',
      '10-27T01:30',
      '10-27T02:30',
    ]);
  });

  test('on Lord Howe Island only the half hour that is repeated fires twice', () => {
    expect(fires('15,45 * * * *', 'Australia/Lord_Howe', '2024-04-06T14:00Z', '2024-04-06T17:00Z')).toEqual([
      '04-06T14:15',
      '04-06T14:45',
      '04-06T15:15',
      '04-06T15:45',
      '04-06T16:15',
      '04-06T16:45',
    ]);
  });

  test('every second hour is not hourly: the repeated hour makes one interval longer', () => {
    expect(fires('0 */2 * * *', 'Europe/London', '2024-10-26T21:00Z', '2024-10-27T05:00Z')).toEqual([
      '10-26T21:00',
      '10-26T23:00',
      '10-27T02:00',
      '10-27T04:00',
    ]);
  });
});

describe('where the clock changes around midnight', () => {
  const at = (instant: string): number => epochMs(instant);
  const fireAfter = (expression: string, timezone: string, instant: string): string =>
    isoInstant(aCron(expression, timezone).next(at(instant)) as number);
  const fireBefore = (expression: string, timezone: string, instant: string): string =>
    isoInstant(aCron(expression, timezone).last(at(instant)) as number);

  test('a fire that was moved into the next day is found on that day', () => {
    expect(fireAfter('30 23 * * *', 'America/Nuuk', '2024-03-31T01:10Z')).toBe('2024-03-31T01:30:00Z');
    expect(fireBefore('30 23 * * *', 'America/Nuuk', '2024-03-31T01:40Z')).toBe('2024-03-31T01:30:00Z');
  });

  test('a clock that is put back over midnight by two hours fires on both days by turns', () => {
    expect(fires('0 * * * *', 'America/Goose_Bay', '1988-10-30T00:00Z', '1988-10-30T05:00Z')).toEqual([
      '10-30T00:00',
      '10-30T01:00',
      '10-30T02:00',
      '10-30T03:00',
      '10-30T04:00',
    ]);
  });

  test('a new day that is taken back for an hour has fired all the same', () => {
    expect(fireBefore('0 0 * * *', 'America/St_Johns', '2006-10-29T02:45Z')).toBe('2006-10-29T02:30:00Z');
    expect(fireAfter('0 0 * * *', 'America/St_Johns', '2006-10-29T02:45Z')).toBe('2006-10-30T03:30:00Z');
    expect(fireAfter('0 * * * *', 'America/St_Johns', '2006-10-29T02:45Z')).toBe('2006-10-29T03:30:00Z');
  });
});

describe('looking for fires', () => {
  const leapDay = aCron('0 0 29 2 *', 'UTC');

  test('29 February is found over a century without a leap day', () => {
    expect(isoInstant(leapDay.next(epochMs('2096-03-01')) as number)).toBe('2104-02-29T00:00:00Z');
    expect(isoInstant(leapDay.last(epochMs('2104-02-28')) as number)).toBe('2096-02-29T00:00:00Z');
  });

  test('an expression that never fires gives nothing', () => {
    expect(aCron('0 0 31 2 *', 'UTC').next(0)).toBeNull();
    expect(aCron('0 0 31 2 *', 'UTC').last(0)).toBeNull();
  });

  test('the next fire comes strictly after, the last one may be now', () => {
    const daily = aCron('0 0 * * *', 'UTC');
    const midnight = epochMs('2010-12-01');
    expect(daily.next(midnight)).toBe(midnight + 86_400_000);
    expect(daily.last(midnight)).toBe(midnight);
    expect(daily.last(midnight - 1)).toBe(midnight - 86_400_000);
  });
});

describe("a policy of one's own", () => {
  const spring = ['Europe/London', '2024-03-30T00:00Z', '2024-04-02T00:00Z'] as const;
  const autumn = ['Europe/London', '2024-10-26T00:00Z', '2024-10-29T00:00Z'] as const;

  test("a time in the gap may be left out: its interval is the next one's", () => {
    expect(fires('30 1 * * *', ...spring, { gap: 'skip' })).toEqual(['03-30T01:30', '04-01T00:30']);
    expect(fires('30 * * * *', 'Europe/London', '2024-03-31T00:00Z', '2024-03-31T03:00Z', { gap: 'skip' })).toEqual([
      '03-31T00:30',
      '03-31T01:30',
      '03-31T02:30',
    ]);
  });

  test.each([
    ['first', ['10-26T00:30', '10-27T00:30', '10-28T01:30']],
    ['last', ['10-26T00:30', '10-27T01:30', '10-28T01:30']],
    ['both', ['10-26T00:30', '10-27T00:30', '10-27T01:30', '10-28T01:30']],
  ] as const)('of a repeated hour fires the %s', (fold, expected) => {
    expect(fires('30 1 * * *', ...autumn, { fold })).toEqual(expected);
  });

  test('an hourly schedule may fire once in the repeated hour', () => {
    expect(fires('30 * * * *', 'Europe/London', '2024-10-27T00:00Z', '2024-10-27T03:00Z', { fold: 'first' })).toEqual([
      '10-27T00:30',
      '10-27T02:30',
    ]);
  });
});
