import { describe, expect, test } from '@jest/globals';
import { label } from '../../../../engine/dag/labels';
import { aCompiledDag, aDefinition, anyHandler, taskNamed } from '../../../support/authoring';

describe('a word on an edge', () => {
  test('stands at the task that the edge leads to', () => {
    const dag = aCompiledDag(({ task }) => {
      const a = task('a', anyHandler, {});
      const b = task('b', anyHandler, {});
      task('c', anyHandler, {}).after(label('best case', a), b);
    });
    expect(taskNamed(dag, 'c')).toMatchObject({ upstream: ['a', 'b'], labels: { a: 'best case' } });
    expect(taskNamed(dag, 'b').labels).toBeUndefined();
  });

  test('from and to a group stands at all of its edges', () => {
    const dag = aCompiledDag(({ task, group }) => {
      const load = group('load', () => [task('a', anyHandler, {}), task('b', anyHandler, {})]);
      group('report', () => {
        const c = task('c', anyHandler, {});
        task('d', anyHandler, {}).after(c);
      }).after(label('all of it', load));
    });
    expect(taskNamed(dag, 'c').labels).toEqual({ a: 'all of it', b: 'all of it' });
    expect(taskNamed(dag, 'd').labels).toBeUndefined();
  });

  test.each([[''], ['  '], ['two\nlines'], ['x'.repeat(61)]])('is no more than a word: %j is refused', (text) => {
    const define = () =>
      aDefinition(({ task }) => task('b', anyHandler, {}).after(label(text, task('a', anyHandler, {}))));
    expect(define).toThrow(expect.objectContaining({ code: 'bad_label' }));
  });
});

describe('docs and owners', () => {
  test('of a DAG and of its tasks, of every kind, are in the spec and change its version', () => {
    const build = (docs: string) =>
      aCompiledDag(
        ({ task, teardown, check, sql }) => {
          task('a', anyHandler, {}, { docs: '# Why', owner: 'ada' });
          teardown('t', anyHandler, {}, { owner: 'bob' });
          check('quality.all', { on: sql('core.items', { docs: 'Items.' }), docs: 'Must be empty.' });
        },
        { docs, reads: { 'core.items': [], 'quality.all': ['core.items'] } },
      );
    const dag = build('What to do at night.');

    expect(dag.spec.docs).toBe('What to do at night.');
    expect(taskNamed(dag, 'a')).toMatchObject({ docs: '# Why', owner: 'ada', policy: {} });
    expect(taskNamed(dag, 't').owner).toBe('bob');
    expect(taskNamed(dag, 'core.items').docs).toBe('Items.');
    expect(taskNamed(dag, 'quality.all')).toMatchObject({ docs: 'Must be empty.', input: { options: {} } });
    expect(build('Other words.').specVersion).not.toBe(dag.specVersion);
  });

  test('are no default of all tasks', () => {
    const define = () => aDefinition(({ task }) => task('a', anyHandler, {}), { defaults: { docs: 'x' } as never });
    expect(define).toThrow(expect.objectContaining({ code: 'unknown_option' }));
  });
});
