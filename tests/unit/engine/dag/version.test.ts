import { describe, expect, test } from '@jest/globals';
import { dagVersion, diffSpecs } from '../../../../engine';
import { aDag, aPolicy } from '../../../support/builders';

test('the version of a DAG is one name over its spec and its code', () => {
  const versions = { spec: 'a', code: 'b' };

  expect(dagVersion(versions)).toMatch(/^[0-9a-f]{16}$/);
  expect(dagVersion({ code: 'b', spec: 'a' })).toBe(dagVersion(versions));
  expect(dagVersion({ spec: 'b', code: 'a' })).not.toBe(dagVersion(versions));
  expect(dagVersion({ spec: 'a', code: 'c' })).not.toBe(dagVersion(versions));
});

describe('the difference of two specs', () => {
  const before = aDag({ a: [], b: ['a'], c: { after: ['b'], policy: { retries: 1 } } });

  test('is empty for equal ones, whatever the order of their keys', () => {
    const same = Object.fromEntries(Object.entries(before).reverse()) as unknown as typeof before;

    expect(diffSpecs(before, same)).toEqual({ header: [], added: [], removed: [], changed: [] });
  });

  test('names tasks that were added, removed and changed, and what of them', () => {
    const after = aDag({ a: [], c: { after: ['a'], policy: { retries: 3, retryDelayMs: 5 } }, d: ['c'] });

    expect(diffSpecs(before, after)).toEqual({
      header: [],
      added: ['d'],
      removed: ['b'],
      changed: [
        {
          taskId: 'c',
          fields: [
            { field: 'policy.retries', before: 1, after: 3 },
            { field: 'policy.retryDelayMs', before: null, after: 5 },
            { field: 'upstream', before: ['b'], after: ['a'] },
          ],
        },
      ],
    });
  });

  test('tells defaults one by one, and an option that is gone', () => {
    const after = aDag({ a: [], b: ['a'], c: ['b'] }, { defaults: { ...aPolicy, retries: 9 }, owner: 'ada' });

    const { header, changed } = diffSpecs(before, after);

    expect(header).toEqual([
      { field: 'defaults.retries', before: 0, after: 9 },
      { field: 'owner', before: null, after: 'ada' },
    ]);
    expect(changed).toEqual([{ taskId: 'c', fields: [{ field: 'policy.retries', before: 1, after: null }] }]);
  });

  test('tells a property whole that came or went', () => {
    const sensor = { pokeIntervalMs: 1, timeoutMs: 2 };
    const after = aDag({ a: { sensor }, b: ['a'], c: { after: ['b'], policy: { retries: 1 } } });

    expect(diffSpecs(before, after).changed).toEqual([
      { taskId: 'a', fields: [{ field: 'sensor', before: null, after: sensor }] },
    ]);
    expect(diffSpecs(after, before).changed[0]?.fields).toEqual([{ field: 'sensor', before: sensor, after: null }]);
  });
});
