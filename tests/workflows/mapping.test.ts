import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { defineDag, type LazyList, SkipTask } from '../../engine';
import { uniqueDagId, withRunServer } from '../support/run-server';
import { until } from '../support/until';

const nothing = async (): Promise<null> => null;

test('a mapped task runs once for each item, and what comes after reads the outputs as a list', async () => {
  const id = uniqueDagId('mapped');
  const dag = defineDag({ id }, ({ task, mapped }) => {
    const files = task('files', async () => ['a', 'bb', 'ccc'], {});
    const sizes = mapped(
      'size',
      async (_ctx: unknown, { file, factor }: { file: string; factor: number }) => ({ size: file.length * factor }),
      { mapIndexTemplate: '{file}' },
    )
      .partial({ factor: 10 })
      .expand({ file: files.map((name) => name.toUpperCase()) });
    task(
      'total',
      async (_ctx: unknown, input: { sizes: LazyList<{ size: number }> }) => {
        let total = 0;
        for await (const { size } of input.sizes) total += size;
        return { total, length: input.sizes.length, last: await input.sizes.at(2) };
      },
      { sizes },
    );
  });

  await withRunServer([dag], async (server) => {
    const summary = await server.execute(id, { runId: 'r1' });
    const { run } = await server.client.run(id, 'r1');

    expect(summary).toMatchObject({ state: 'success', tasks: { size: 'success', total: 'success' } });
    expect(run.tasks.total?.output).toEqual({ total: 60, length: 3, last: { size: 30 } });
    expect(run.tasks.size?.map?.counts).toEqual({ size: { success: 3 } });
    expect(existsSync(join(server.folder, 'logs', id, 'r1', 'size', '2', '1.1.jsonl'))).toBe(true);
    expect(await server.client.instances(id, 'r1')).toMatchObject([
      { taskId: 'size', mapIndex: 0, label: 'A', state: 'success' },
      { taskId: 'size', mapIndex: 1, label: 'BB', state: 'success' },
      { taskId: 'size', mapIndex: 2, label: 'CCC', state: 'success' },
    ]);
  });
});

test('every instance counts for the rules of what comes after, is tried again by itself, and is named when it fails', async () => {
  const id = uniqueDagId('instances');
  const calls = new Map<number, number>();
  const handler = async (_ctx: unknown, { n }: { n: number }): Promise<number> => {
    calls.set(n, (calls.get(n) ?? 0) + 1);
    if (n === 2 && calls.get(n) === 1) throw new Error('once');
    if (n === 3) throw new Error('always');
    return n;
  };
  const dag = defineDag({ id }, ({ mapped, task }) => {
    const all = mapped('work', handler, { retries: 1, retryDelay: '10 milliseconds' }).expand({ n: [1, 2, 3, 4] });
    task('after_all', nothing, {}).after(all);
    task('after_one_failed', nothing, {}, { triggerRule: 'one_failed' }).after(all);
    task(
      'cleanup',
      async (_ctx: unknown, { done }: { done: LazyList<number> }) => await done.toArray(),
      { done: all },
      {
        triggerRule: 'all_done',
      },
    );
  });

  await withRunServer([dag], async (server) => {
    const summary = await server.execute(id, { runId: 'r1' });
    const { run } = await server.client.run(id, 'r1');

    expect(summary.tasks).toEqual({
      work: 'failed',
      after_all: 'upstream_failed',
      after_one_failed: 'success',
      cleanup: 'success',
    });
    expect(run.tasks.work?.map?.counts).toEqual({ work: { success: 3, failed: 1 } });
    expect(run.tasks.work?.reason?.message).toBe('1 of 4 instances failed: work[2]');
    expect(run.tasks.cleanup?.output).toEqual([1, 2, 4]);
    const failed = await server.client.instances(id, 'r1', { states: ['failed'] });
    expect(failed).toMatchObject([{ taskId: 'work', mapIndex: 2, tryNumber: 2, state: 'failed' }]);
  });
});

test('a mapped group runs its tasks for each item, and hands on the outputs of its last one', async () => {
  const id = uniqueDagId('group');
  const dag = defineDag({ id }, ({ mapGroup, mapped, task }) => {
    const loaded = mapGroup('per_file', { file: ['x', 'y'], part: [1, 2] }, ({ file, part }) => {
      const read = task('read', async (_ctx: unknown, input: { file: string; part: number }) => ({ ...input }), {
        file,
        part,
      });
      return task(
        'load',
        async (_ctx: unknown, { read: got }: { read: { file: string; part: number } }) => {
          if (got.file === 'y' && got.part === 1) throw new SkipTask('empty');
          return `${got.file}${got.part}`;
        },
        { read },
      );
    });
    const again = mapped('again', async (_ctx: unknown, { name }: { name: string }) => `${name}!`).expand({
      name: loaded,
    });
    task('names', async (_ctx: unknown, { names }: { names: LazyList<string> }) => await names.toArray(), {
      names: again,
    });
    const empty = mapped('empty', async (_ctx: unknown, _input: { n: number }) => null).expand({ n: [] });
    task('after_empty', nothing, {}).after(empty);
  });

  await withRunServer([dag], async (server) => {
    const summary = await server.execute(id, { runId: 'r1' });
    const { run } = await server.client.run(id, 'r1');

    expect(run.tasks.per_file?.map?.counts).toEqual({ read: { success: 4 }, load: { success: 3, skipped: 1 } });
    expect(summary.tasks).toMatchObject({ per_file: 'success', empty: 'skipped', after_empty: 'skipped' });
    // One instance was skipped, so under all_success what is mapped over the rest is skipped too, as in Airflow.
    expect(summary.tasks.again).toBe('skipped');
  });
});

test('stopping a run stops the instances that run, and those that have not begun are skipped', async () => {
  const id = uniqueDagId('stop_map');
  let aborted = 0;
  const endless = (ctx: { signal: AbortSignal }, _input: { n: number }): Promise<null> =>
    new Promise((resolve) => {
      ctx.signal.addEventListener('abort', () => {
        aborted += 1;
        resolve(null);
      });
    });
  const dag = defineDag({ id }, ({ mapped }) => {
    mapped('endless', endless, { maxActiveInstances: 8 }).expand({ n: Array.from({ length: 20 }, (_, n) => n) });
  });

  await withRunServer([dag], async (server) => {
    await server.deploy(id);
    const [runId] = (await server.client.trigger({ dagId: id })) as [string];
    const running = async () => (await server.client.instances(id, runId, { states: ['running'] })).length;
    await until(
      () =>
        running().then(
          (count) => count === 8,
          () => false,
        ),
      30_000,
    );
    await server.client.stop(id, runId);
    const summary = await server.client.result(id, runId);
    const { run } = await server.client.run(id, runId);

    expect(summary).toMatchObject({ state: 'failed', tasks: { endless: 'failed' } });
    expect(run.reason?.message).toBe('stopped by ada');
    expect(run.tasks.endless?.map?.counts).toEqual({ endless: { failed: 8, skipped: 12 } });
    expect(aborted).toBe(8);
  });
});

test('more items than the limit are an error that says how many and what to do', async () => {
  const id = uniqueDagId('too_long');
  const dag = defineDag({ id }, ({ mapped }) => {
    const both = { a: [1, 2, 3], b: [1, 2, 3, 4] };
    mapped('wide', async (_ctx: unknown, _input: { a: number; b: number }) => null, { maxMapLength: 10 }).expand(both);
  });

  await withRunServer([dag], async (server) => {
    await server.execute(id, { runId: 'r1' });
    const { run } = await server.client.run(id, 'r1');

    expect(run.tasks.wide?.failure).toMatchObject({
      code: 'map_too_long',
      details: { task: 'wide', length: 12, max_map_length: 10 },
    });
  });
});
