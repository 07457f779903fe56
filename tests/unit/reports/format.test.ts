import { describe, expect, test } from '@jest/globals';
import { sumMoney } from '../../../reports/executive/money';
import { addMonths, isMonthEnd, monthRange } from '../../../reports/frame/calendar';
import {
  formatAxisMoney,
  formatCount,
  formatDay,
  formatMoney,
  formatPercent,
  formatShortMoney,
  roundDecimal,
} from '../../../reports/frame/format';

test.each([
  ['10631048.7440', 2, '10631048.74'],
  ['1.005', 2, '1.01'],
  ['-1.005', 2, '-1.01'],
  ['-0.004', 2, '0.00'],
  ['999.995', 2, '1000.00'],
  ['0.5', 0, '1'],
  ['7', 2, '7.00'],
  ['12345678901234567890.1250', 2, '12345678901234567890.13'],
])('%s rounded to %i places is %s', (decimal, digits, expected) => {
  expect(roundDecimal(decimal, digits)).toBe(expected);
});

test('what is no plain decimal is refused by name', () => {
  expect(() => roundDecimal('1e3', 2)).toThrow('"1e3"');
  expect(() => sumMoney(['1.23456'])).toThrow('"1.23456"');
});

test('sums of money are exact', () => {
  expect(sumMoney(['0.1', '0.2', '12345678901234567.0001'])).toBe('12345678901234567.3001');
  expect(sumMoney(['0.0001', '-0.0002'])).toBe('-0.0001');
  expect(sumMoney([])).toBe('0.0000');
});

test.each([
  [1_503_866, '£1.5m'],
  [285_446, '£285k'],
  [61_558, '£61.6k'],
  [999_499, '£999k'],
  [999_500, '£1m'],
  [1.4, '£1'],
  [-893_979, '−£894k'],
  [2.5e9, '£2.5bn'],
])('%d in short is %s', (amount, expected) => {
  expect(formatShortMoney(amount, 'GBP')).toBe(expected);
});

describe('formats', () => {
  test('group digits and write a true minus before the sign of the currency', () => {
    expect(formatCount(541909)).toBe('541,909');
    expect(formatMoney('-893979.7300', 'GBP')).toBe('−£893,979.73');
    expect(formatMoney('1234567.8', 'EUR', 0)).toBe('€1,234,568');
    expect(formatMoney('5', 'SEK')).toBe('SEK 5.00');
  });

  test('give an axis one unit', () => {
    expect([0, 300_000, 1_500_000].map((amount) => formatAxisMoney(amount, 1_600_000, 'GBP'))).toEqual([
      '£0',
      '£0.3m',
      '£1.5m',
    ]);
  });

  test('write shares and days', () => {
    expect(formatPercent(0.36612)).toBe('36.6%');
    expect(formatDay('2011-12-09')).toBe('9 December 2011');
  });
});

describe('months', () => {
  test('carry over the end of a year both ways', () => {
    expect(addMonths('2010-12-01', 1)).toBe('2011-01-01');
    expect(addMonths('2011-01-01', -1)).toBe('2010-12-01');
    expect(monthRange('2010-11-01', '2011-02-01')).toEqual(['2010-11-01', '2010-12-01', '2011-01-01', '2011-02-01']);
  });

  test('end where the calendar says', () => {
    expect(['2011-02-28', '2012-02-28', '2012-02-29', '2011-12-31'].map(isMonthEnd)).toEqual([true, false, true, true]);
  });
});
