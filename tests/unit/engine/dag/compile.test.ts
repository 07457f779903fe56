import { describe, expect, test } from '@jest/globals';
import type { Builders } from '../../../../engine/dag/authoring';
import { policyOf } from '../../../../engine/dag/spec';
import { orderBounds } from '../../../../engine/wire';
import { aCompiledDag, anyHandler, edgesOf, taskNamed } from '../../../support/authoring';
import { thrownBy } from '../../../support/errors';

describe('edges', () => {
  test('an output that is handed over makes one, and after() adds one', () => {
    const dag = aCompiledDag(({ task }) => {
      const a = task('a', anyHandler, {});
      const b = task('b', anyHandler, { rows: a });
      task('c', anyHandler, {}).after(a, b);
    });
    expect(edgesOf(dag)).toEqual({ a: [], b: ['a'], c: ['a', 'b'] });
  });

  test('a parameter of a check may be an output too', () => {
    const dag = aCompiledDag(
      ({ task, sql, check }) => {
        const limit = task('limit', anyHandler, {});
        check('quality.few', { on: sql('core.orders'), limit });
      },
      { reads: { 'core.orders': [], 'quality.few': [] } },
    );
    expect(edgesOf(dag)['quality.few']).toEqual(['core.orders', 'limit']);
  });

  test('the FROM of a SQL model makes one for each task that it reads, and none for tables that are no task', () => {
    const dag = aCompiledDag(({ sql }) => [sql('marts.revenue'), sql('core.orders'), sql('core.customers')], {
      reads: {
        'marts.revenue': ['core.orders', 'core.customers', 'core.calendar'],
        'core.orders': [],
        'core.customers': [],
      },
    });
    expect(edgesOf(dag)).toEqual({
      'core.orders': [],
      'core.customers': [],
      'marts.revenue': ['core.customers', 'core.orders'],
    });
    expect(taskNamed(dag, 'marts.revenue').input).toEqual({
      model: 'marts.revenue',
      inputs: {
        'core.customers': { $ref: ['output', 'core.customers'] },
        'core.orders': { $ref: ['output', 'core.orders'] },
      },
    });
  });

  test('a name that from gives to a task is read from that task, not from a task of that name', () => {
    const dag = aCompiledDag(
      ({ task, sql }) => {
        const landed = task('landed', async () => ({}) as never, {});
        sql('raw');
        sql('staging.orders', { from: { raw: landed } });
      },
      { reads: { raw: [], 'staging.orders': ['raw', 'staging.orders'] } },
    );
    expect(edgesOf(dag)['staging.orders']).toEqual(['landed']);
    expect(taskNamed(dag, 'staging.orders')).toMatchObject({
      input: { model: 'staging.orders', inputs: { raw: { $ref: ['output', 'landed'] } } },
      model: { name: 'staging.orders', sha256: 'sha of staging.orders', kind: 'slice' },
    });
  });
});

describe('groups', () => {
  /** Tasks one after the other. */
  const chain = ({ task }: Builders<unknown>, ...ids: string[]) => {
    const tasks: ReturnType<typeof task>[] = [];
    for (const id of ids) tasks.push(task(id, anyHandler, {}).after(...tasks.slice(-1)));
    return tasks;
  };

  test('to come after a group is to come after its last tasks', () => {
    const dag = aCompiledDag((builders) => {
      const load = builders.group('load', () => [...chain(builders, 'a', 'b'), ...chain(builders, 'c')]);
      builders.task('end', anyHandler, {}).after(load);
    });
    expect(edgesOf(dag).end).toEqual(['b', 'c']);
    expect(taskNamed(dag, 'b').group).toBe('load');
    expect(taskNamed(dag, 'end').group).toBeNull();
  });

  test('a group that comes after something holds back its first tasks', () => {
    const dag = aCompiledDag((builders) => {
      const begin = builders.task('begin', anyHandler, {});
      builders.group('load', () => [...chain(builders, 'a', 'b'), ...chain(builders, 'c')]).after(begin);
    });
    expect(edgesOf(dag)).toMatchObject({ a: ['begin'], b: ['a'], c: ['begin'] });
  });

  test('one group after another links its first tasks to the last ones', () => {
    const dag = aCompiledDag((builders) => {
      const first = builders.group('first', () => chain(builders, 'a', 'b'));
      builders.group('second', () => chain(builders, 'c', 'd')).after(first);
    });
    expect(edgesOf(dag)).toEqual({ a: [], b: ['a'], c: ['b'], d: ['c'] });
  });

  test('a group in a group belongs to it: its ends are ends of the outer one', () => {
    const dag = aCompiledDag((builders) => {
      const begin = builders.task('begin', anyHandler, {});
      const outer = builders.group('outer', () => {
        const inner = builders.group('inner', () => chain(builders, 'a', 'b'));
        builders.group('innermost', () => chain(builders, 'c')).after(inner);
        builders.task('aside', anyHandler, {});
      });
      outer.after(begin);
      builders.task('end', anyHandler, {}).after(outer);
    });
    expect(edgesOf(dag)).toEqual({
      begin: [],
      a: ['begin'],
      b: ['a'],
      c: ['b'],
      aside: ['begin'],
      end: ['aside', 'c'],
    });
    expect(taskNamed(dag, 'c')).toMatchObject({ group: 'innermost', outerGroups: ['outer'] });
    expect(taskNamed(dag, 'aside').outerGroups).toBeUndefined();
  });

  test('edges that the SQL makes inside a group count when its ends are looked for', () => {
    const dag = aCompiledDag(
      ({ sql, group, task }) => {
        const begin = task('begin', anyHandler, {});
        const star = group('star', () => [sql('core.facts'), sql('core.dims')]).after(begin);
        task('end', anyHandler, {}).after(star);
      },
      { reads: { 'core.facts': ['core.dims'], 'core.dims': [] } },
    );
    expect(edgesOf(dag)).toEqual({
      begin: [],
      'core.dims': ['begin'],
      'core.facts': ['core.dims'],
      end: ['core.facts'],
    });
  });

  test('an empty group links nothing', () => {
    const dag = aCompiledDag(({ task, group }) => {
      const nothing = group('nothing', () => []);
      task('a', anyHandler, {}).after(nothing);
    });
    expect(edgesOf(dag)).toEqual({ a: [] });
  });
});

describe('publish', () => {
  const reads = { 'core.orders': [], 'core.items': [], 'core.dim_day': [] };

  test('takes the datasets of the SQL tasks that it names, also by their groups, each once', () => {
    const dag = aCompiledDag(
      ({ task, sql, group, publish }) => {
        const orders = sql('core.orders');
        const rest = group('rest', () => [task('aside', anyHandler, {}), group('items', () => sql('core.items'))]);
        publish('release', [orders, rest, orders], { wholes: ['core.dim_day'], freshWithin: '26 hours', retries: 2 });
      },
      { reads },
    );
    expect(taskNamed(dag, 'release')).toMatchObject({
      kind: 'publish',
      upstream: ['aside', 'core.items', 'core.orders'],
      input: {
        datasets: [{ $ref: ['output', 'core.orders'] }, { $ref: ['output', 'core.items'] }],
        wholes: ['core.dim_day'],
        fresh_within_ms: 93_600_000,
      },
      policy: { retries: 2 },
      wholes: [{ name: 'core.dim_day', sha256: 'sha of core.dim_day' }],
    });
  });

  test('may name one task alone and rebuild nothing', () => {
    const dag = aCompiledDag(({ sql, publish }) => publish('release', sql('core.orders')), { reads });
    expect(taskNamed(dag, 'release').input).toEqual({
      datasets: [{ $ref: ['output', 'core.orders'] }],
      wholes: [],
      fresh_within_ms: null,
    });
    expect(taskNamed(dag, 'release')).not.toHaveProperty('wholes');
  });
});

describe('checks', () => {
  test('options that every task has are policy; the others are parameters of the query, in snake_case', () => {
    const dag = aCompiledDag(
      ({ sql, check }) => {
        const orders = sql('core.orders');
        check('quality.score', { on: orders, minimumScore: 95, retries: 2, triggerRule: 'all_done' });
        check('quality.two', { on: [orders, sql('core.items')] });
      },
      { reads: { 'core.orders': [], 'core.items': [], 'quality.score': ['core.orders'], 'quality.two': [] } },
    );
    expect(taskNamed(dag, 'quality.score')).toMatchObject({
      kind: 'check',
      input: {
        check: 'quality.score',
        on: { 'core.orders': { $ref: ['output', 'core.orders'] } },
        options: { minimum_score: 95 },
      },
      policy: { retries: 2, triggerRule: 'all_done' },
    });
    expect(taskNamed(dag, 'quality.two')).toMatchObject({ upstream: ['core.items', 'core.orders'] });
  });
});

describe('running', () => {
  test('rules of retries are compiled to lists of codes; those that a DAG has for all are not repeated', () => {
    const rules = [{ on: 'locked', do: 'retry', delay: '5 seconds' } as const];
    const dag = aCompiledDag(
      ({ task }) => [
        task('same', anyHandler, {}, { retryPolicy: rules }),
        task('own', anyHandler, {}, { retryPolicy: [{ on: ['a', 'b'], do: 'fail' }] }),
      ],
      { defaults: { retryPolicy: rules } },
    );
    expect(dag.spec.defaults.retryPolicy).toEqual([{ on: ['locked'], do: 'retry', delayMs: 5_000 }]);
    expect(dag.spec.tasks.map((task) => task.policy)).toEqual([
      {},
      { retryPolicy: [{ on: ['a', 'b'], do: 'fail', delayMs: null }] },
    ]);
  });

  test.each<[string, Parameters<typeof aCompiledDag>[0], Parameters<typeof aCompiledDag>[1]]>([
    ['of its own', ({ task }) => task('a', anyHandler, {}, { triggerRule: 'all_done' }), {}],
    ['of the DAG', ({ task }) => task('a', anyHandler, {}), { defaults: { triggerRule: 'all_done' } }],
  ])('a DAG that is failFast refuses a task with another trigger rule %s', (_where, body, options) => {
    expect(thrownBy(() => aCompiledDag(body, { ...options, failFast: true }))).toMatchObject({
      code: 'fail_fast_trigger_rule',
      details: { dag: 'shop', task: 'a', rule: 'all_done' },
    });
    expect(aCompiledDag(({ task }) => task('a', anyHandler, {}), { failFast: true }).spec.failFast).toBe(true);
  });

  test('a local task has five seconds at most, also where its DAG gives more', () => {
    const dag = aCompiledDag(
      ({ task, sql }) => [
        task('light', anyHandler, {}),
        task('lighter', anyHandler, {}, { executionTimeout: '1 second' }),
        task('heavy', anyHandler, {}, { local: false, executionTimeout: '1 hour' }),
        sql('core.orders', { local: false }),
      ],
      { defaults: { local: true, executionTimeout: '1 minute' }, reads: { 'core.orders': [] } },
    );
    expect(dag.spec.defaults).toMatchObject({ local: true, executionTimeoutMs: 60_000 });
    expect(Object.fromEntries(dag.spec.tasks.map((task) => [task.taskId, task.policy]))).toEqual({
      light: { executionTimeoutMs: 5_000 },
      lighter: { executionTimeoutMs: 1_000 },
      heavy: { local: false, executionTimeoutMs: 3_600_000 },
      'core.orders': { local: false },
    });
  });

  test.each<[string, Parameters<typeof aCompiledDag>[0]]>([
    ['takes longer', ({ task }) => task('a', anyHandler, {}, { local: true, executionTimeout: '6 seconds' })],
    ['is isolated', ({ task }) => task('a', anyHandler, {}, { local: true, isolation: 'thread' })],
    ['works on files', ({ sql }) => sql('a', { local: true })],
  ])('a task that %s cannot be local', (_what, body) => {
    expect(thrownBy(() => aCompiledDag(body, { reads: { a: [] } }))).toMatchObject({
      code: 'bad_local_task',
      details: { dag: 'shop', task: 'a' },
    });
  });

  test('a place and its memory are compiled to what a worker reads; the worker itself is a place too', () => {
    const dag = aCompiledDag(
      ({ task }) => [
        task('default', anyHandler, {}),
        task('thread', anyHandler, {}, { isolation: 'thread' }),
        task('local', anyHandler, {}, { isolation: 'worker', local: true, executionTimeout: '1 second' }),
      ],
      { defaults: { isolation: 'process', memory: '1.5 GB' } },
    );
    expect(dag.spec.defaults.isolation).toEqual({ kind: 'process', memoryMb: 1_536 });
    const bounds = dag.spec.tasks.map((task) => orderBounds(policyOf(dag.spec, task)));
    expect(bounds).toEqual([
      { executionTimeoutMs: 3_600_000, isolation: { kind: 'process', memoryMb: 1_536 } },
      { executionTimeoutMs: 3_600_000, isolation: { kind: 'thread', memoryMb: null } },
      { executionTimeoutMs: 1_000, isLocal: true },
    ]);
  });
});
