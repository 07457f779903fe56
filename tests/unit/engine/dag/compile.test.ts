import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { Builders } from '../../../../engine/dag/authoring';
import { compile, versionOf } from '../../../../engine/dag/compile';
import { defineDag } from '../../../../engine/dag/define';
import { canonicalJson } from '../../../../engine/json';
import { cron } from '../../../../engine/time/timetable';
import { aCompiledDag, aDefinition, anyHandler, edgesOf, modelsOf, taskNamed } from '../../../support/authoring';
import { codeOf, thrownBy } from '../../../support/errors';

type Body = Parameters<typeof aDefinition>[0];

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
      model: { name: 'staging.orders', sha256: 'sha of staging.orders' },
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
    expect(taskNamed(dag, 'c').group).toBe('innermost');
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

describe('the spec', () => {
  test('has its tasks in topological order; among equals the order of the file decides', () => {
    const { spec } = aCompiledDag(({ task }) => {
      const z = task('z', anyHandler, {});
      const m = task('m', anyHandler, {});
      task('a', anyHandler, {}).after(m);
      task('b', anyHandler, {}).after(z);
      task('c', anyHandler, {});
    });
    expect(spec.tasks.map((task) => task.taskId)).toEqual(['z', 'm', 'a', 'b', 'c']);
  });

  test('a task keeps of its policy only what differs from that of the DAG', () => {
    const dag = aCompiledDag(
      ({ task }) => task('a', anyHandler, {}, { retries: 3, retryDelay: '1 minute', executionTimeout: '2 minutes' }),
      { defaults: { retries: 3, executionTimeout: '2 minutes' } },
    );
    expect(taskNamed(dag, 'a').policy).toEqual({ retryDelayMs: 60_000 });
  });

  test('handlers are kept beside it, under the ids of their tasks', () => {
    const dag = aCompiledDag(
      ({ task, sql, sensor }) => [task('a', anyHandler, {}), sensor('s', async () => true, {}), sql('m')],
      {
        reads: { m: [] },
      },
    );
    expect([...dag.handlers.keys()]).toEqual(['a', 's']);
    expect(dag.handlers.get('a')).toBe(anyHandler);
  });

  const options = {
    schedule: cron('0 0 * * *', { delay: '2 hours' }),
    startDate: '2010-12-01',
    params: z.object({ source: z.string().default('landing') }),
    defaults: { retries: 3 },
  };
  const body = ({ task, sensor, run }: Builders<{ source: string }>) => {
    const landed = sensor('wait', async (_context: unknown, _input: { path: string }) => true, {
      path: run.params.source,
    });
    task('extract', anyHandler, { b: 1, a: [run.interval, { d: 1, c: 2 }] }).after(landed);
  };
  const compiled = () => compile(defineDag({ id: 'shop', ...options }, body), new Map());

  test('a round trip through JSON changes nothing', () => {
    const { spec, specVersion } = compiled();
    const back = JSON.parse(JSON.stringify(spec));
    expect(back).toEqual(spec);
    expect(versionOf(back)).toBe(specVersion);
  });

  test('the same file gives the same bytes, and so does one whose keys stand in another order', () => {
    const turned = defineDag(
      {
        defaults: options.defaults,
        params: options.params,
        startDate: options.startDate,
        schedule: { delayMs: 7_200_000, timezone: 'UTC', kind: 'cron_interval', cron: '0 0 * * *' },
        id: 'shop',
      },
      ({ task, sensor, run }) => {
        const landed = sensor('wait', async (_context: unknown, _input: { path: string }) => true, {
          path: run.params.source,
        });
        task('extract', anyHandler, { a: [run.interval, { c: 2, d: 1 }], b: 1 }).after(landed);
      },
    );
    const { spec, specVersion } = compiled();
    expect(JSON.stringify(compiled().spec)).toBe(JSON.stringify(spec));
    expect(JSON.stringify(compile(turned, new Map()).spec)).toBe(JSON.stringify(spec));
    expect(canonicalJson(spec)).toBe(JSON.stringify(spec));
    expect(specVersion).toMatch(/^[0-9a-f]{16}$/);
  });

  test('another default, another input and another SQL text are each another version', () => {
    const sqlDag = (sha256: string) =>
      compile(
        aDefinition(({ sql }) => sql('m')),
        new Map([['m', { kind: 'slice' as const, reads: [], sha256 }]]),
      );
    expect(sqlDag('one').specVersion).not.toBe(sqlDag('two').specVersion);
    const versions = [{ retries: 3 }, { retries: 4 }].map(
      (defaults) => aCompiledDag(({ task }) => task('a', anyHandler, {}), { defaults }).specVersion,
    );
    expect(new Set(versions).size).toBe(2);
    expect(aCompiledDag(({ task }) => task('a', anyHandler, { n: 1 })).specVersion).not.toBe(
      aCompiledDag(({ task }) => task('a', anyHandler, { n: 2 })).specVersion,
    );
  });

  test('a thousand tasks compile in well under a second, to less than half a megabyte', () => {
    const reads = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`m${index}`, index > 0 ? [`m${index - 1}`] : []]),
    );
    const dag = aCompiledDag(
      ({ task, sql, publish, group }) => {
        const all = group('all', () => Object.keys(reads).map((name) => sql(name)));
        const wide = Array.from({ length: 498 }, (_, index) => task(`t${index}`, anyHandler, { index }));
        task('join', anyHandler, { wide });
        publish('release', all);
      },
      { reads },
    );
    expect(dag.spec.tasks).toHaveLength(1_000);
    expect(JSON.stringify(dag.spec).length).toBeLessThan(500_000);
    expect(modelsOf(reads).size).toBe(500);
  });
});
