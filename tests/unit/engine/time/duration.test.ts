import { describe, expect, test } from '@jest/globals';
import { durationMs, durationText, shortDuration } from '../../../../engine/time/duration';
import { codeOf } from '../../../support/errors';

test.each([
  ['1 millisecond', 1],
  ['250 milliseconds', 250],
  ['1 second', 1_000],
  ['1.5 seconds', 1_500],
  ['0.0004 seconds', 0],
  ['10 minutes', 600_000],
  ['2 hours', 7_200_000],
  ['3 days', 259_200_000],
  ['1 week', 604_800_000],
])('%s is %d ms', (text, ms) => {
  expect(durationMs(text, 'retryDelay')).toBe(ms);
});

test.each(['', '10', '10m', '10 min', '-1 hours', '1  hour', '1 hours ', 'ten minutes', '1e3 seconds', '2 months'])(
  '"%s" is bad_duration, and the message names the option',
  (text) => {
    const read = () => durationMs(text, 'task extract: retryDelay');
    expect(codeOf(read)).toBe('bad_duration');
    expect(read).toThrow(`task extract: retryDelay: "${text}" is no duration`);
  },
);

test.each([
  [-5, '0ms'],
  [0, '0ms'],
  [340.4, '340ms'],
  [999.9, '999ms'],
  [1_000, '1.0s'],
  [4_249, '4.2s'],
  [59_999, '59.9s'],
  [60_000, '1m 00s'],
  [185_000, '3m 05s'],
  [3_599_999, '59m 59s'],
  [7_800_000, '2h 10m'],
  [86_399_999, '23h 59m'],
  [86_400_000, '1d 0h'],
  [273_600_000, '3d 4h'],
])('%d ms reads %s: what has not passed yet is not shown', (ms, text) => {
  expect(shortDuration(ms)).toBe(text);
});

describe('a length that people chose', () => {
  test.each([
    [30_000, '30s'],
    [600_000, '10m'],
    [7_200_000, '2h'],
    [90_000, '1m 30s'],
    [3_660_000, '1h 01m'],
    [1_500, '1.5s'],
    [172_800_000, '2d'],
  ])('%i milliseconds read %j', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });
});
