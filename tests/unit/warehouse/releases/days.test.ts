import { expect, test } from '@jest/globals';
import { daysOf, isInRange, monthOf } from '../../../../warehouse/releases/days';
import { schemaChange } from '../../../../warehouse/releases/schema-change';
import { codeOf } from '../../../support/errors';

test('ranges give each of their days once, in order, over the end of a month', () => {
  const ranges = [
    { start: '2011-02-27', end: '2011-03-02' },
    { start: '2011-03-01', end: '2011-03-03' },
    { start: '2011-01-01', end: '2011-01-01' },
  ];

  expect(daysOf(ranges)).toEqual(['2011-02-27', '2011-02-28', '2011-03-01', '2011-03-02']);
  expect(monthOf('2011-02-27')).toBe('2011-02');
  expect(isInRange('2011-03-02', { start: '2011-02-27', end: '2011-03-02' })).toBe(false);
});

test.each([
  ['2011-01-02', '2011-01-01'],
  ['2011-1-1', '2011-01-02'],
  ['2011-13-01', '2011-14-01'],
  ['0001-01-01', '9999-12-31'],
])('the range from %s to %s is refused', (start, end) => {
  expect(codeOf(() => daysOf([{ start, end }]))).toBe('bad_interval');
});

const id = { name: 'id', type: 'BIGINT' };
const note = { name: 'note', type: 'VARCHAR' };

test('columns may be added anywhere and respelled', () => {
  expect(schemaChange('core.t', [id, note], [id, note])).toBe('kept');
  expect(schemaChange('core.t', [id, note], [{ name: 'id', type: 'int8' }, note])).toBe('kept');
  expect(schemaChange('core.t', [id, note], [id, { name: 'new', type: 'DATE' }, note])).toBe('extended');
});

test.each([
  ['goes', [id]],
  ['moves', [note, id]],
  ['changes its type', [id, { name: 'note', type: 'BIGINT' }]],
])('a column that %s is refused', (_how, next) => {
  expect(codeOf(() => schemaChange('core.t', [id, note], next))).toBe('schema_change_refused');
});
