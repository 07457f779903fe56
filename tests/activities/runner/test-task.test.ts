import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type AttemptServices, HandlerRegistry } from '../../../activities';
import { compile, defineDag, type Json } from '../../../engine';
import { type TaskTest, testTask } from '../../../runner';
import { openWarehouse, type Warehouse } from '../../../warehouse';

let folder = '';
let warehouse: Warehouse;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemill-task-'));
  warehouse = await openWarehouse({ uri: join(folder, 'warehouse') });
});

afterEach(async () => {
  await warehouse.close();
  rmSync(folder, { recursive: true, force: true });
});

const sums = defineDag({ id: 'sums' }, ({ task, run }) => {
  const one = task('one', async () => ({ n: 1 }), {});
  task(
    'next',
    async (_context: never, input: { of: { n: number }; day: string }) => `${input.of.n + 1} on ${input.day}`,
    {
      of: one,
      day: run.interval.start,
    },
  );
});

async function perform(taskId: string, given: Pick<TaskTest, 'outputs' | 'input'>): Promise<Json> {
  const { spec, specVersion, handlers } = compile(sums, new Map());
  const versions = { spec: specVersion, code: 'c' };
  const dag = { dagId: 'sums', spec, versions, handlers, file: '', bundle: '', folder: '' };
  const registry = new HandlerRegistry([dag], {});
  const services: AttemptServices = { registry, warehouse, logFolder: join(folder, 'logs'), worker: 'test' };
  const interval = { start: '2010-12-01T00:00:00Z', end: '2010-12-02T00:00:00Z' };
  const { signal } = new AbortController();
  const outcome = await testTask({ dag, taskId, interval, params: {}, services, signal, ...given });
  return outcome.kind === 'succeeded' ? outcome.report.output : outcome.kind;
}

test('one task runs with what upstream tasks are said to have given, or with an input of its own', async () => {
  expect(await perform('one', { outputs: {} })).toEqual({ n: 1 });
  expect(await perform('next', { outputs: { one: { n: 41 } } })).toBe('42 on 2010-12-01T00:00:00Z');
  expect(await perform('next', { outputs: {}, input: { of: { n: 6 }, day: 'no day' } })).toBe('7 on no day');
});

test('a task that needs the output of others, and one that does not exist, are refused with what to do', async () => {
  await expect(perform('next', { outputs: {} })).rejects.toMatchObject({
    code: 'upstream_output_needed',
    details: { upstream: ['one'] },
    message: expect.stringContaining('--run'),
  });
  await expect(perform('nxt', { outputs: {} })).rejects.toMatchObject({
    code: 'unknown_task',
    message: expect.stringContaining('Did you mean "next"?'),
  });
});
