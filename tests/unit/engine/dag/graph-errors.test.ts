import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { Builders } from '../../../../engine/dag/authoring';
import { compile } from '../../../../engine/dag/compile';
import { defineDag } from '../../../../engine/dag/define';
import { aCompiledDag, aDefinition, anyHandler, edgesOf } from '../../../support/authoring';
import { codeOf, thrownBy } from '../../../support/errors';

type Body = Parameters<typeof aDefinition>[0];

describe('what is wrong with a graph', () => {
  const error = (body: Body, reads = {}) => thrownBy(() => aCompiledDag(body, { reads }));

  test('a DAG without tasks', () => {
    expect(error(({ group }) => group('empty', () => []))).toMatchObject({
      name: 'DefinitionError',
      code: 'dag_without_tasks',
      details: { dag: 'shop' },
    });
  });

  test('a cycle, with its path', () => {
    const cycle = error(({ task }) => {
      const before = task('before', anyHandler, {});
      const a = task('a', anyHandler, {}).after(before);
      const b = task('b', anyHandler, {}).after(a);
      const c = task('c', anyHandler, {}).after(b);
      a.after(c);
      task('behind', anyHandler, {}).after(c);
    });
    expect(cycle).toMatchObject({ code: 'dag_cycle', details: { dag: 'shop' } });
    expect(cycle.message).toContain('a → b → c → a');
  });

  test('a cycle far behind the first task is found too', () => {
    const cycle = error(({ sql }) => [sql('d'), sql('a'), sql('b'), sql('c')], {
      a: ['c'],
      b: ['a'],
      c: ['b'],
      d: ['c'],
    });
    expect(cycle.message).toContain('cycle: c → a → b → c.');
  });

  test('a group that comes after itself is a cycle', () => {
    const cycle = error(({ task, group }) => {
      const loop = group('loop', () => {
        const a = task('a', anyHandler, {});
        task('b', anyHandler, {}).after(a);
      });
      loop.after(loop);
    });
    expect(cycle).toMatchObject({ code: 'dag_cycle' });
  });

  test('a task that comes after itself is left as it is: there is nothing to wait for', () => {
    const dag = aCompiledDag(({ task }) => {
      const a = task('a', anyHandler, {});
      a.after(a);
    });
    expect(edgesOf(dag)).toEqual({ a: [] });
  });

  test('a task of another DAG as upstream, with the nearest name of this one', () => {
    let elsewhere: ReturnType<Builders<unknown>['task']> | undefined;
    aDefinition(({ task }) => {
      elsewhere = task('extrakt', anyHandler, {});
    });
    const unknown = error(({ task }) => {
      task('extract', anyHandler, {});
      task('clean', anyHandler, { rows: elsewhere });
    });
    expect(unknown).toMatchObject({
      code: 'unknown_upstream',
      details: { dag: 'shop', task: 'clean', name: 'extrakt' },
    });
    expect(unknown.message).toContain('Did you mean "extract"?');
  });

  test('a SQL model, check or whole without a file, with the nearest name', () => {
    const reads = { 'core.orders': [] };
    expect(error(({ sql }) => sql('core.order'), reads)).toMatchObject({
      code: 'unknown_sql_model',
      details: { dag: 'shop', model: 'core.order' },
    });
    expect(error(({ sql, check }) => check('core.orderz', { on: sql('core.orders') }), reads).message).toContain(
      'Did you mean "core.orders"?',
    );
    const whole = error(({ sql, publish }) => publish('p', sql('core.orders'), { wholes: ['dims'] }), reads);
    expect(whole).toMatchObject({ code: 'unknown_sql_model', details: { model: 'dims' } });
  });

  test('an output given to SQL under a name that the SQL does not read, with what it reads', () => {
    const reads = { 'staging.orders': ['raw'], 'core.constant': [] };
    const unread = (model: string, name: string) =>
      error(({ task, sql }) => {
        const landed = task('landed', async () => ({}) as never, {});
        sql(model, { from: { [name]: landed } });
      }, reads);
    expect(unread('staging.orders', 'rwa')).toMatchObject({
      code: 'unread_input',
      details: { dag: 'shop', task: 'staging.orders', name: 'rwa', reads: ['raw'] },
    });
    expect(unread('staging.orders', 'rwa').message).toContain('Did you mean "raw"? It reads: raw.');
    expect(unread('core.constant', 'raw').message).toContain('It reads: nothing.');
  });

  test('a schema of parameters that JSON cannot hold', () => {
    const definition = defineDag({ id: 'shop', params: z.object({ since: z.date() }) }, ({ task }) =>
      task('a', anyHandler, {}),
    );
    expect(codeOf(() => compile(definition, new Map()))).toBe('bad_params_schema');
  });
});
