import { describe, expect, test } from '@jest/globals';
import { matchesDay, parseCron } from '../../../../engine/time/cron';
import { codeOf } from '../../../support/errors';

const every = (from: number, to: number, step = 1): number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);

describe('parsing a cron expression', () => {
  test('a star stands for every value of its field', () => {
    expect(parseCron('* * * * *')).toEqual({
      minutes: every(0, 59),
      hours: every(0, 23),
      daysOfMonth: every(1, 31),
      months: every(1, 12),
      daysOfWeek: every(0, 6),
      restrictsDayOfMonth: false,
      restrictsDayOfWeek: false,
      isHourly: true,
    });
  });

  test.each([
    ['5 * * * *', [5]],
    ['5,1,3,1 * * * *', [1, 3, 5]],
    ['10-13 * * * *', [10, 11, 12, 13]],
    ['*/20 * * * *', [0, 20, 40]],
    ['10-40/15 * * * *', [10, 25, 40]],
    ['50/4 * * * *', [50, 54, 58]],
    ['1-3,58/1,30 * * * *', [1, 2, 3, 30, 58, 59]],
  ])('minutes of %s', (text, minutes) => {
    expect(parseCron(text).minutes).toEqual(minutes);
  });

  test.each([
    ['0 0 * JAN,mar-May *', 'months', [1, 3, 4, 5]],
    ['0 0 * * MON-fri', 'daysOfWeek', [1, 2, 3, 4, 5]],
    ['0 0 * * 7', 'daysOfWeek', [0]],
    ['0 0 * * 0,7', 'daysOfWeek', [0]],
    ['0 0 * * 5-7', 'daysOfWeek', [0, 5, 6]],
    ['0 0 * * */2', 'daysOfWeek', [0, 2, 4, 6]],
    ['0 0 * * 5/1', 'daysOfWeek', [5, 6]],
    ['0 0 31 * *', 'daysOfMonth', [31]],
    ['0 8/6 * * *', 'hours', [8, 14, 20]],
  ] as const)('%s: %s', (text, field, values) => {
    expect(parseCron(text)[field]).toEqual(values);
  });

  test.each([
    ['@hourly', '0 * * * *'],
    ['@daily', '0 0 * * *'],
    ['@midnight', '0 0 * * *'],
    ['@weekly', '0 0 * * 0'],
    ['@monthly', '0 0 1 * *'],
    ['@yearly', '0 0 1 1 *'],
    ['@annually', '0 0 1 1 *'],
  ])('%s is %s', (nickname, text) => {
    expect(parseCron(nickname)).toEqual(parseCron(text));
  });

  test('blanks around and between the fields do not matter', () => {
    expect(parseCron('  0\t2   * * * ')).toEqual(parseCron('0 2 * * *'));
  });

  test.each([
    ['0 * * * *', true],
    ['0 */2 * * *', false],
    ['0 0-23 * * *', false],
  ])('%s counts as hourly: %s', (text, isHourly) => {
    expect(parseCron(text).isHourly).toBe(isHourly);
  });

  test.each([
    ['', '1 fields'],
    ['0 0 * *', '4 fields'],
    ['0 0 0 * * *', '6 fields'],
    ['@reboot', '1 fields'],
    ['60 * * * *', 'minute "60" is not between 0 and 59'],
    ['* 24 * * *', 'hour "24" is not between 0 and 23'],
    ['* * 0 * *', 'day of month "0" is not between 1 and 31'],
    ['* * * 13 *', 'month "13" is not between 1 and 12'],
    ['* * * mon *', 'month "mon" is not between 1 and 12'],
    ['* * * * 8', 'day of week "8" is not between 0 and 7'],
    ['* * * * sunday', 'day of week "sunday" is not between 0 and 7'],
    ['30-10 * * * *', '"30-10" is an empty range of minute'],
    ['*/0 * * * *', '"*/0" is an empty range of minute'],
    ['*-5 * * * *', '"*-5" is not understood as minute'],
    ['1.5 * * * *', '"1.5" is not understood as minute'],
    ['-1 * * * *', '"-1" is not understood as minute'],
    ['1, * * * *', '"" is not understood as minute'],
    ['0 0 L * *', 'day of month "L" is not between 1 and 31'],
    ['0 0 ? * *', '"?" is not understood as day of month'],
  ])('"%s" is bad_cron: %s', (text, why) => {
    const parse = () => parseCron(text);
    expect(parse).toThrow(why);
    expect(codeOf(parse)).toBe('bad_cron');
  });
});

describe('the days on which an expression fires', () => {
  const day = (dayOfMonth: number, dayOfWeek: number, month = 1) => ({ month, dayOfMonth, dayOfWeek });

  test.each([
    ['0 0 13 * 5', day(13, 1), true, 'the day of the month alone'],
    ['0 0 13 * 5', day(20, 5), true, 'the weekday alone'],
    ['0 0 13 * 5', day(20, 1), false, 'neither'],
    ['0 0 13 * *', day(13, 1), true, 'the day of the month, any weekday'],
    ['0 0 13 * *', day(20, 5), false, 'another day of the month'],
    ['0 0 * * 5', day(20, 5), true, 'the weekday, any day of the month'],
    ['0 0 * * 5', day(20, 4), false, 'another weekday'],
    ['0 0 */2 * 5', day(20, 5), false, 'a stepped star does not restrict: both must match'],
    ['0 0 */2 * 5', day(21, 5), true, 'a stepped star and the weekday match'],
    ['0 0 * 2 *', day(20, 5, 1), false, 'another month'],
    ['0 0 * 2 *', day(20, 5, 2), true, 'the month'],
  ])('%s on %j: %s (%s)', (text, on, expected, _why) => {
    expect(matchesDay(parseCron(text), on)).toBe(expected);
  });
});
