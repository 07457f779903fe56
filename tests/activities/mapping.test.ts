import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { HandlerRegistry } from '../../activities';
import { expand } from '../../activities/mapping/expand';
import { instanceInput } from '../../activities/mapping/instance-input';
import { lazyList, loaded } from '../../activities/mapping/pages';
import { keptOutput } from '../../activities/mapping/prepare';
import {
  compile,
  defineDag,
  type Json,
  type LazyList,
  type ListSpec,
  type OverSpec,
  type TaskOrder,
} from '../../engine';
import { runInProcess } from '../../runner';
import { type ObjectStore, openFileStore, openWarehouse } from '../../warehouse';

let folder: string;
let store: ObjectStore;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemill-mapping-'));
  store = await openFileStore(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const list = (value: Json): ListSpec => ({ kind: 'list', value });

function anOrder(over: OverSpec, inputs: { readonly [taskId: string]: Json } = {}): TaskOrder {
  return {
    dagId: 'shop',
    runId: 'r1',
    execution: 'e1',
    taskId: 'load',
    kind: 'map',
    sensor: null,
    tryNumber: 1,
    pokeCount: 0,
    interval: { start: '2010-12-01T00:00:00Z', end: '2010-12-02T00:00:00Z' },
    timezone: 'UTC',
    params: {},
    input: { over, inputs, maxLength: 100, indexTemplate: '{file}' } as unknown as Json,
    versions: { spec: 's', code: 'c' },
    executionTimeoutMs: 1_000,
    instance: null,
  };
}

async function itemsOf(over: OverSpec, maxLength = 100): Promise<readonly Json[]> {
  const order = anOrder(over, { load: { $ref: ['item'] } });
  const functionOf = () => Promise.resolve(async (item: Json) => `${String(item)}!`);
  const { length, folder: at } = await expand({ store, order, functionOf, maxLength }, 1);
  const inputs: Json[] = [];
  for (let index = 0; index < length; index += 1) {
    inputs.push((await instanceInput(store, 'load', { index, folder: at, inner: {} })).input);
  }
  return inputs;
}

describe('expanding', () => {
  test('makes every combination, the last list varying fastest', async () => {
    const axes = [['file', list(['a', 'b'])] as const, ['part', list([1, 2, 3])] as const];
    expect(await itemsOf({ kind: 'cross', axes })).toEqual([
      { file: 'a', part: 1 },
      { file: 'a', part: 2 },
      { file: 'a', part: 3 },
      { file: 'b', part: 1 },
      { file: 'b', part: 2 },
      { file: 'b', part: 3 },
    ]);
  });

  test.each<[string, ListSpec, readonly Json[]]>([
    ['functions', { kind: 'map', fn: 'f', of: list(['a', 'b']) }, ['a!', 'b!']],
    ['pairs up to the shorter list', { kind: 'zip', of: [list([1, 2]), list(['x'])] }, [[1, 'x']]],
    [
      'pairs up to the longer list',
      { kind: 'zip', of: [list([1, 2]), list(['x'])], fill: 0 },
      [
        [1, 'x'],
        [2, 0],
      ],
    ],
    ['nothing', list([]), []],
  ])('knows %s', async (_what, spec, expected) => {
    const items = await itemsOf({ kind: 'cross', axes: [['n', spec]] });
    expect(items).toEqual(expected.map((n) => ({ n })));
  });

  test('makes no combination of more items than are allowed', async () => {
    const axes = [['a', list([1, 2, 3])] as const, ['b', list([1, 2])] as const];
    await expect(itemsOf({ kind: 'cross', axes }, 5)).rejects.toMatchObject({
      code: 'map_too_long',
      message: expect.stringContaining('6 items (3 × 2); its maxMapLength is 5'),
    });
    const wide = { $list: { length: 900, folder: 'nowhere', pages: [] } };
    await expect(itemsOf({ kind: 'cross', axes: [['a', list(wide)]] })).rejects.toMatchObject({ code: 'map_too_long' });
  });

  test.each<[OverSpec, string]>([
    [{ kind: 'cross', axes: [['a', list({ x: 1 })]] }, 'mapped_over_no_list'],
    [{ kind: 'cross', axes: [['a', list(null)]] }, 'mapped_over_no_list'],
    [{ kind: 'kwargs', list: list([{ a: 1 }, 2]) }, 'bad_mapped_item'],
  ])('%j is refused as %s', async (over, code) => {
    await expect(itemsOf(over)).rejects.toMatchObject({ code, details: { task: 'load' } });
  });

  test('puts the members of an item beside what all share', async () => {
    const order = anOrder({ kind: 'kwargs', list: list([{ file: 'a' }]) }, { load: { into: 'x', file: 'z' } });
    const functionOf = () => Promise.reject(new Error('no functions'));
    const { folder: at } = await expand({ store, order, functionOf, maxLength: 9 }, 1);
    const { input, label } = await instanceInput(store, 'load', { index: 0, folder: at, inner: {} });

    expect([input, label]).toEqual([{ into: 'x', file: 'a' }, 'a']);
  });
});

test('a long output of an instance is an object of its own, a short one travels', async () => {
  const order = { ...anOrder({ kind: 'kwargs', list: list([]) }), instance: { index: 7, folder: 'maps/f', inner: {} } };
  const long = { text: 'x'.repeat(5_000) };
  const kept = await keptOutput(store, order, 1, long);

  expect(kept).toEqual({ $stored: 'maps/f/outputs/load.7.1.1.json' });
  expect(await loaded(store, kept)).toEqual(long);
  expect(await keptOutput(store, order, 1, { n: 1 })).toEqual({ n: 1 });
});

test('a lazy list reads the page that an index is on, and no other', async () => {
  await store.putIfAbsent('l/b.json', '[3,4]');
  const read = lazyList(store, {
    length: 4,
    folder: 'l',
    pages: [
      ['missing.json', 2],
      ['b.json', 2],
    ],
  });

  expect([await read.at(2), await read.at(-1), await read.at(9), read.length]).toEqual([3, 4, undefined, 4]);
});

test('a mapped task runs in the process by the same engine, over more than one shard', async () => {
  const seen: number[] = [];
  const definition = defineDag({ id: 'wide', maxActiveTasks: 200 }, ({ task, mapped, mapGroup }) => {
    const numbers = task('numbers', async () => Array.from({ length: 700 }, (_, index) => index), {});
    const squares = mapped('square', async (_ctx: unknown, { n }: { n: number }) => n * n).expand({ n: numbers });
    const each = mapGroup(
      'each',
      { n: squares },
      ({ n }) => {
        const seenOne = task(
          'see',
          async (_ctx: unknown, input: { n: number }) => {
            seen.push(input.n);
            return input.n;
          },
          { n },
        );
        return task('half', async (_ctx: unknown, { of }: { of: number }) => of / 2, { of: seenOne });
      },
      { maxActiveInstances: 100 },
    );
    task('count', async (_ctx: unknown, { all }: { all: LazyList<number> }) => [all.length, await all.at(699)], {
      all: each,
    });
  });
  const { spec, specVersion, handlers } = compile(definition, new Map());
  const versions = { spec: specVersion, code: 'test' };
  const warehouse = await openWarehouse({ uri: join(folder, 'warehouse') });
  const { run } = await runInProcess({
    dag: { dagId: 'wide', spec, versions },
    runId: 'r1',
    interval: { start: '2010-12-01T00:00:00Z', end: '2010-12-02T00:00:00Z' },
    params: {},
    triggeredBy: 'ada',
    services: {
      registry: new HandlerRegistry([{ dagId: 'wide', versions, handlers }], {}),
      warehouse,
      logFolder: join(folder, 'logs'),
      worker: 'test',
    },
  });
  await warehouse.close();

  expect(run.state).toBe('success');
  expect(run.tasks.count?.output).toEqual([700, (699 * 699) / 2]);
  expect(run.tasks.each?.map?.counts).toEqual({ see: { success: 700 }, half: { success: 700 } });
  expect(new Set(seen).size).toBe(700);
});
