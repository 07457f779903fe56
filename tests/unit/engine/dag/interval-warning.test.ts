import { expect, test } from '@jest/globals';
import { intervalWarning } from '../../../../engine/dag/interval-warning';
import { aDag, aDay } from '../../../support/builders';

const slice = (name: string) => ({ kind: 'sql' as const, model: { name, sha256: '', kind: 'slice' as const } });
const instant = { start: aDay.start, end: aDay.start };

test('a run over no time warns when the DAG has slices, and names some of them', () => {
  const few = aDag({ a: [], 'core.sales': slice('core.sales') });
  const many = aDag({ 'x.a': slice('x.a'), 'x.b': slice('x.b'), 'x.c': slice('x.c'), 'x.d': slice('x.d') });

  expect(intervalWarning(few, instant)).toBe(
    'shop has no schedule that would give this run an interval, so its slices (core.sales) read nothing. Give one: --interval START/END',
  );
  expect(intervalWarning(many, instant)).toContain('(x.a, x.b, x.c and 1 more)');
});

test('a run over some time, and a DAG without slices, have nothing to warn of', () => {
  expect(intervalWarning(aDag({ 'x.a': slice('x.a') }), aDay)).toBeNull();
  expect(intervalWarning(aDag({ a: [] }), instant)).toBeNull();
});
