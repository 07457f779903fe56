import { describe, expect, test } from '@jest/globals';
import {
  type DeepRef,
  makeDeepRef,
  makeRef,
  memberAt,
  referenceJson,
  referenceOf,
  referredTasks,
  resolveReferences,
} from '../../../../engine/dag/references';

interface Params {
  readonly source: string;
  readonly window: { readonly days: number };
}

describe('references', () => {
  const params = makeDeepRef<Params>({ kind: 'run', path: ['params'] });

  test('a deep reference leads to members of members', () => {
    expect(referenceOf(params)).toEqual({ kind: 'run', path: ['params'] });
    expect(referenceOf(params.source)).toEqual({ kind: 'run', path: ['params', 'source'] });
    expect(referenceOf(params.window.days)).toEqual({ kind: 'run', path: ['params', 'window', 'days'] });
  });

  test.each([[null], [undefined], ['extract'], [5], [{}], [[]]])('%p is no reference', (value) => {
    expect(referenceOf(value)).toBeNull();
  });

  test('the spec has them as $ref', () => {
    expect(referenceJson({ kind: 'output', task: 'extract', path: ['rows'] })).toEqual({
      $ref: ['output', 'extract', 'rows'],
    });
    expect(referenceJson({ kind: 'run', path: ['interval'] })).toEqual({ $ref: ['run', 'interval'] });
  });

  test('a plain reference has no members of its own', () => {
    const output = makeRef<{ rows: number }>({ kind: 'output', task: 'extract', path: [] });
    expect((output as unknown as DeepRef<{ rows: number }>).rows).toBeUndefined();
  });
});

describe('resolving', () => {
  const lookUp = (path: readonly string[]): string => path.join('.');

  test('replaces references wherever they stand and leaves the rest', () => {
    const input = {
      a: { $ref: ['output', 'x'] },
      list: [1, { $ref: ['run', 'run_id'] }],
      deep: { b: null, c: 'text' },
    };
    expect(resolveReferences(input, lookUp)).toEqual({
      a: 'output.x',
      list: [1, 'run.run_id'],
      deep: { b: null, c: 'text' },
    });
    expect(resolveReferences({ $ref: ['output', 'x'] }, lookUp)).toBe('output.x');
    expect(resolveReferences(true, lookUp)).toBe(true);
  });

  test('a $ref that is no list is data like any other: JSON Schema has such', () => {
    expect(resolveReferences({ $ref: '#/definitions/a' }, lookUp)).toEqual({ $ref: '#/definitions/a' });
  });

  test('what was put in is not searched for references again', () => {
    const hostile = { $ref: ['output', 'secret'] };
    expect(resolveReferences({ a: { $ref: ['run', 'params'] } }, () => hostile)).toEqual({ a: hostile });
  });
});

test('the tasks that an input refers to are named once each', () => {
  const input = { a: { $ref: ['output', 'two'] }, b: [{ $ref: ['output', 'one', 'n'] }, { $ref: ['output', 'two'] }] };

  expect(referredTasks({ ...input, c: { $ref: ['run', 'params'] }, d: 4 })).toEqual(['one', 'two']);
});

test.each([
  [{ a: { b: 1 } }, ['a', 'b'], 1],
  [{ a: { b: 1 } }, ['a'], { b: 1 }],
  [{ a: { b: 1 } }, [], { a: { b: 1 } }],
  [{ a: { b: 1 } }, ['a', 'c'], null],
  [{ a: { b: 1 } }, ['a', 'b', 'c'], null],
  [[1], ['0'], null],
  [null, ['a'], null],
])('the member of %j at %j is %j', (value, path, member) => {
  expect(memberAt(value, path)).toEqual(member);
});
