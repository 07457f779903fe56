import { describe, expect, test } from '@jest/globals';
import {
  type AssetCondition,
  asset,
  assetNames,
  assets,
  conditionText,
  eachPartition,
  isMet,
} from '../../../../engine/assets/condition';
import { emptyMailbox } from '../../../../engine/assets/mailbox';
import { pendingText, scheduleText } from '../../../../engine/assets/schedule-text';
import { continuous, cron, noSchedule } from '../../../../engine/time/timetables';
import { anEvent } from '../../../support/assets';
import { aCompiledDag, anyHandler, taskNamed } from '../../../support/authoring';
import { codeOf } from '../../../support/errors';

const [a, b, c] = [asset('a'), asset('b'), asset('c')];
const nested = assets.all(a, assets.any(b, assets.all(c)));

describe('a condition', () => {
  test.each<[AssetCondition, string[], boolean]>([
    [a, [], false],
    [a, ['a'], true],
    [assets.all(a, b), ['a'], false],
    [assets.all(a, b), ['a', 'b'], true],
    [assets.any(a, b), ['b'], true],
    [assets.any(a, b), ['c'], false],
    [nested, ['a'], false],
    [nested, ['b', 'c'], false],
    [nested, ['a', 'c'], true],
  ])('%j with updates of %j is met: %s', (condition, updated, expected) => {
    expect(isMet(condition, new Set(updated))).toBe(expected);
  });

  test('reads as words and names its assets', () => {
    expect(conditionText(nested)).toBe('a and (b or c)');
    expect(assetNames(assets.any(b, a, b))).toEqual(['a', 'b']);
  });

  test.each([
    () => asset(''),
    () => asset('a b'),
    () => asset(5 as unknown as string),
    () => assets.all(),
    () => assets.any(),
  ])('what names no asset is bad_asset (%#)', (write) => {
    expect(codeOf(write)).toBe('bad_asset');
  });
});

describe('a schedule of assets', () => {
  const plain = { condition: nested, eachPartition: false };

  test('is part of the spec, beside a timetable or without one', () => {
    const specOf = (schedule: NonNullable<Parameters<typeof aCompiledDag>[1]>['schedule']) =>
      aCompiledDag(({ task }) => task('only', anyHandler, {}), { schedule: schedule ?? noSchedule }).spec;
    const time = cron('@daily');
    expect(specOf(nested)).toMatchObject({ timetable: noSchedule, assets: plain });
    expect(specOf(a)).toMatchObject({ assets: { condition: a } });
    expect(specOf(eachPartition(a))).toMatchObject({ assets: { condition: a, eachPartition: true } });
    expect(specOf({ time, assets: a })).toMatchObject({ timetable: time, assets: { condition: a } });
    expect(specOf({ time, assets: eachPartition(a) })).toMatchObject({
      timetable: time,
      assets: { eachPartition: true },
    });
    expect(specOf(time)).not.toHaveProperty('assets');
  });

  test('outlets are part of a task, and events of its run an input', () => {
    const dag = aCompiledDag(({ task, run }) =>
      task('only', anyHandler, { events: run.assetEvents }, { outlets: [a, b] }),
    );
    expect(taskNamed(dag, 'only')).toMatchObject({
      policy: { outlets: ['a', 'b'] },
      input: { events: { $ref: ['run', 'asset_events'] } },
    });
    const write = () =>
      aCompiledDag(({ task }) => task('only', anyHandler, {}, { outlets: [{ kind: 'asset', name: '' }] }));
    expect(codeOf(write)).toBe('bad_asset');
  });

  test('in words', () => {
    expect(scheduleText({ timetable: cron('@daily') })).toBe('@daily UTC');
    expect(scheduleText({ timetable: noSchedule, assets: plain })).toBe('when a and (b or c) was updated');
    expect(scheduleText({ timetable: continuous(), assets: eachPartition(a) })).toBe(
      'continuous, one run after the other, or when a was updated, each partition',
    );
  });

  test('what its events wait for', () => {
    const pending = [anEvent('a', 1), anEvent('a', 2)];
    expect(pendingText(plain, emptyMailbox)).toBeNull();
    expect(pendingText(plain, { ...emptyMailbox, pending })).toBe('has events of a (2); none yet of b, c');
    const each = eachPartition(assets.all(a, b));
    expect(pendingText(each, { ...emptyMailbox, pending: [...pending, anEvent('b', 3, 2)] })).toBe(
      'has events of a (2), b (1); none yet of the same partition',
    );
  });
});
