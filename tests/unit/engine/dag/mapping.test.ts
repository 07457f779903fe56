import { describe, expect, test } from '@jest/globals';
import { renderIndex } from '../../../../engine/map/index-label';
import { aCompiledDag, anyHandler, edgesOf, taskNamed } from '../../../support/authoring';
import { thrownBy } from '../../../support/errors';

const load = async (_ctx: unknown, _input: { file: string; into?: string }): Promise<string> => 'done';
const pair = async (_ctx: unknown, _input: { a: number; b: string }): Promise<null> => null;
const listed = async (_ctx: unknown, _input: object): Promise<readonly string[]> => [];

describe('a mapped task', () => {
  test('is data: what it is mapped over, and the task of one instance', () => {
    const dag = aCompiledDag(({ task, mapped, run }) => {
      const files = task('files', listed, {});
      const where = task('where', async () => 'there', {});
      mapped('load', load, { retries: 2, triggerRule: 'all_done', mapIndexTemplate: '{file}', maxActiveInstances: 3 })
        .partial({ into: where })
        .expand({ file: files });
      task('last', anyHandler, { id: run.runId });
    });

    expect(edgesOf(dag).load).toEqual(['files', 'where']);
    expect(taskNamed(dag, 'load')).toMatchObject({
      kind: 'map',
      policy: { retries: 2, triggerRule: 'all_done' },
      input: {
        over: { kind: 'cross', axes: [['file', { kind: 'list', value: { $ref: ['output', 'files'] } }]] },
        inputs: { load: { into: { $ref: ['output', 'where'] }, file: { $ref: ['item', 'file'] } } },
        maxLength: 100_000,
        indexTemplate: '{file}',
      },
      map: {
        output: 'load',
        maxActive: 3,
        body: [{ taskId: 'load', kind: 'task', upstream: [], input: null, policy: { retries: 2 } }],
      },
    });
    expect([...dag.handlers.keys()].sort()).toEqual(['files', 'last', 'load', 'where']);
  });

  test('keeps the functions of its lists beside the handlers, and maps over lists made of lists', async () => {
    const dag = aCompiledDag(({ task, mapped }) => {
      const files = task('files', listed, {});
      const upper = files.map((file) => file.toUpperCase());
      const numbers = files.map((file) => file.length);
      mapped('pair', pair).expandKwargs(numbers.zip(upper.zip(['x'], { fill: '-' })).map(([a, [b]]) => ({ a, b })));
      mapped('zipped', async (_ctx: unknown, _input: { two: readonly [string, number] }) => null).expand({
        two: files.zip([1, 2]),
      });
    });
    const { over } = taskNamed(dag, 'pair').input as { over: { list: unknown } };

    expect(over).toEqual({
      kind: 'kwargs',
      list: {
        kind: 'map',
        fn: 'pair~3',
        of: {
          kind: 'zip',
          of: [
            { kind: 'map', fn: 'pair~1', of: { kind: 'list', value: { $ref: ['output', 'files'] } } },
            {
              kind: 'zip',
              fill: '-',
              of: [
                { kind: 'map', fn: 'pair~2', of: { kind: 'list', value: { $ref: ['output', 'files'] } } },
                { kind: 'list', value: ['x'] },
              ],
            },
          ],
        },
      },
    });
    const upper = dag.handlers.get('pair~2') as unknown as (ctx: unknown, item: string) => Promise<string>;
    expect(await upper(null, 'abc')).toBe('ABC');
  });

  test('finds out what there is to do as ordinary work, also where its instances are local', () => {
    const dag = aCompiledDag(({ mapped }) => {
      mapped('load', load, { local: true }).expand({ file: ['a'] });
    });
    const { policy, map } = taskNamed(dag, 'load');

    expect(policy.local).toBe(false);
    expect(map?.body[0]?.policy).toMatchObject({ local: true, executionTimeoutMs: 5_000 });
  });

  test.each([
    [{ file: 'a.csv' }, '{file} of {part.no}', 'a.csv of null'],
    [{ file: { name: 'a' }, n: 3 }, '{file.name} {n} {file}', 'a 3 {"name":"a"}'],
    [{ file: 'x'.repeat(200) }, '{file}', 'x'.repeat(80)],
  ])('names the instance with %j by %s: %s', (input, template, name) => {
    expect(renderIndex(template, input)).toBe(name);
  });

  test('has no names without a template', () => {
    expect(renderIndex(null, { file: 'a' })).toBeNull();
  });
});

describe('a mapped group', () => {
  test('is one task outside, and the tasks of one instance inside', () => {
    const dag = aCompiledDag(({ task, mapGroup, group }) => {
      const files = task('files', listed, {});
      const key = task('key', async () => 'k', {});
      const first = task('first', anyHandler, {});
      group('outer', () => {
        const each = mapGroup('each', { file: files, n: [1, 2] }, ({ file, n }) => {
          const read = task('read', anyHandler, { file, n, key }).after(first);
          group('inner', () => {
            task('check', anyHandler, { read });
          }).after(read);
          return task('load', anyHandler, { read }, { retries: 1 });
        });
        task('after', anyHandler, { each });
      });
    });
    const unit = taskNamed(dag, 'each');

    expect(edgesOf(dag)).toMatchObject({ each: ['files', 'first', 'key'], after: ['each'] });
    expect(unit).toMatchObject({ kind: 'map', group: 'outer', map: { output: 'load' } });
    expect(unit.map?.body.map(({ taskId, upstream, group }) => [taskId, upstream, group])).toEqual([
      ['read', [], null],
      ['check', ['read'], 'inner'],
      ['load', ['read'], null],
    ]);
    expect((unit.input as { inputs: object }).inputs).toEqual({
      read: { file: { $ref: ['item', 'file'] }, n: { $ref: ['item', 'n'] }, key: { $ref: ['output', 'key'] } },
      check: { read: { $ref: ['inner', 'read'] } },
      load: { read: { $ref: ['inner', 'read'] } },
    });
  });

  test('that returns no task hands nothing on', () => {
    const dag = aCompiledDag(({ task, mapGroup }) => {
      mapGroup('each', { file: ['a'] }, ({ file }) => {
        task('read', anyHandler, { file });
      });
    });
    expect(taskNamed(dag, 'each').map?.output).toBeNull();
  });
});

type Body = Parameters<typeof aCompiledDag>[0];

describe('what is wrong with a mapping is said at load', () => {
  test.each<[string, Body, object]>([
    ['mapping_unfinished', ({ mapped }) => mapped('load', load), { task: 'load' }],
    [
      'mapping_unfinished',
      ({ mapped }) => mapped('none', anyHandler).expand({} as never),
      { where: 'mapped task none' },
    ],
    [
      'mapped_over_no_list',
      ({ mapped }) =>
        mapped('load', load)
          .partial({ into: 'x' })
          .expand({ file: 'a.csv' as never }),
      { where: 'mapped task load: file' },
    ],
    [
      'mapped_over_no_list',
      ({ mapped }) =>
        mapped('load', load)
          .partial({ into: 'x' })
          .expand({ file: {} as never }),
      { where: 'mapped task load: file' },
    ],
    [
      'mapped_twice',
      ({ mapped }) =>
        mapped('load', load)
          .partial({ file: 'a' })
          .expand({ file: ['b'] } as never),
      { name: 'file' },
    ],
    [
      'mapped_always',
      ({ mapped }) => mapped('load', load, { triggerRule: 'always' }).expand({ file: [], into: [] }),
      { where: 'mapped task load' },
    ],
    [
      'bad_map_index_template',
      ({ mapped }) => mapped('load', load, { mapIndexTemplate: '{fiel.name}' }).expand({ file: [], into: [] }),
      { name: 'fiel', names: ['file', 'into'] },
    ],
    [
      'bad_limit',
      ({ mapped }) => mapped('load', load, { maxMapLength: 0 }).expand({ file: [], into: [] }),
      { value: 0 },
    ],
    [
      'nested_mapping',
      ({ mapped, mapGroup }) =>
        mapGroup('each', { n: [1] }, () => {
          mapped('load', load);
        }),
      { task: 'load', group: 'each' },
    ],
    [
      'nested_mapping',
      ({ mapGroup }) =>
        mapGroup('each', { n: [1] }, () => {
          mapGroup('again', { n: [1] }, () => undefined);
        }),
      { task: 'again', group: 'each' },
    ],
    [
      'unmappable_kind',
      ({ sql, mapGroup }) =>
        mapGroup('each', { n: [1] }, () => {
          sql('m');
        }),
      { task: 'm', kind: 'sql' },
    ],
    ['dag_without_tasks', ({ mapGroup }) => mapGroup('each', { n: [1] }, () => undefined), { task: 'each' }],
    [
      'task_inside_mapping',
      ({ task, mapGroup }) => {
        let inside: ReturnType<typeof task> | null = null;
        mapGroup('each', { n: [1] }, () => {
          inside = task('inside', anyHandler, {});
        });
        task('out', anyHandler, { inside });
      },
      { task: 'out', inside: 'inside', group: 'each' },
    ],
  ])('%s', (code, body, details) => {
    expect(thrownBy(() => aCompiledDag(body, { reads: { m: [] } }))).toMatchObject({ code, details });
  });
});
