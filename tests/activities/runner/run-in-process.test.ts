import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type AttemptServices, attemptLogPath, HandlerRegistry } from '../../../activities';
import { compile, type DagDefinition, defineDag, type Json, type Run } from '../../../engine';
import { runInProcess } from '../../../runner';
import { openWarehouse, type Warehouse } from '../../../warehouse';

let folder = '';
let warehouse: Warehouse;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemill-in-process-'));
  warehouse = await openWarehouse({ uri: join(folder, 'warehouse') });
});

afterAll(async () => {
  await warehouse.close();
  rmSync(folder, { recursive: true, force: true });
});

async function run(
  definition: DagDefinition,
  options: { signal?: AbortSignal; onChange?: (run: Run) => void; answers?: { [taskId: string]: Json } } = {},
): Promise<Run> {
  const { spec, specVersion, handlers } = compile(definition, new Map());
  const versions = { spec: specVersion, code: 'c' };
  const dag = { dagId: spec.dagId, spec, versions, handlers, file: '', bundle: '', folder: '' };
  const services: AttemptServices = {
    registry: new HandlerRegistry([dag], {}),
    warehouse,
    logFolder: join(folder, 'logs'),
    worker: 'test',
  };
  const interval = { start: '2010-12-01T00:00:00Z', end: '2010-12-02T00:00:00Z' };
  const result = await runInProcess({
    dag,
    runId: 'r1',
    interval,
    params: {} as Json,
    triggeredBy: 'ada',
    services,
    skipDelays: true,
    ...options,
  });
  return result.run;
}

test('runs a DAG by the same engine, with retries and sensors, and without waiting for them', async () => {
  let tries = 0;
  let pokes = 0;
  const dag = defineDag({ id: 'patient' }, ({ task, sensor }) => {
    const there = sensor('there', async () => ++pokes === 3, {}, { pokeInterval: '1 hour' });
    const flaky = async (): Promise<number> => {
      tries += 1;
      if (tries < 3) throw new Error('not yet');
      return tries;
    };
    task('flaky', flaky, {}, { retries: 2, retryDelay: '1 hour' }).after(there);
  });

  const { state, tasks } = await run(dag);

  expect(state).toBe('success');
  expect(tasks.flaky).toMatchObject({ state: 'success', tryNumber: 3, output: 3 });
  expect(pokes).toBe(3);
});

test('an aborted signal stops the run and reaches the handler', async () => {
  const stop = new AbortController();
  const dag = defineDag({ id: 'endless' }, ({ task }) => {
    const endless = (context: { signal: AbortSignal }): Promise<never> =>
      new Promise((_resolve, reject) => context.signal.addEventListener('abort', () => reject(new Error('aborted'))));
    const first = task('endless', endless, {});
    task('never', async () => null, {}).after(first);
  });

  const { state, tasks, reason } = await run(dag, {
    signal: stop.signal,
    onChange: ({ tasks: now }) => {
      if (now.endless?.state === 'running') stop.abort();
    },
  });

  expect(state).toBe('failed');
  expect(reason?.message).toBe('stopped by the terminal');
  expect(tasks).toMatchObject({ endless: { state: 'failed' }, never: { state: 'skipped' } });
});

test('what a handler logs is on disk when the run is over, as JSON lines', async () => {
  const dag = defineDag({ id: 'talkative' }, ({ task }) => {
    task(
      'says',
      async (context: { log: { info: (fields: object, message: string) => void } }) =>
        context.log.info({ rows: 3n }, 'counted'),
      {},
    );
  });

  await run(dag);
  const identity = { dagId: 'talkative', runId: 'r1', execution: '', taskId: 'says', tryNumber: 1, attempt: 1 };
  const lines = readFileSync(join(folder, 'logs', attemptLogPath(identity)), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);

  expect(lines).toContainEqual(
    expect.objectContaining({ level: 'info', message: 'counted', rows: '3', task_id: 'says', try: 1 }),
  );
});

describe('questions', () => {
  const dag = defineDag({ id: 'asking' }, ({ approve, fill, task }) => {
    const ok = approve('ok', { subject: 'Publish?' });
    const limits = fill('limits', { subject: 'How many?', form: z.object({ maximum: z.number().default(3) }) }).after(
      ok,
    );
    task('use', async (_ctx: never, input: { maximum: number }) => input.maximum, limits);
  });

  test('are answered by what was given beforehand', async () => {
    const { state, tasks } = await run(dag, { answers: { ok: 'approve', limits: {} } });
    expect(state).toBe('success');
    expect(tasks.use?.output).toBe(3);
  });

  test('that nobody answers stop the run, which says what to give', async () => {
    const { state, reason } = await run(dag, { answers: { ok: 'approve' } });
    expect(state).toBe('failed');
    expect(reason?.message).toBe('stopped by the terminal, where nobody answers limits: give --answer limits=…');
  });

  test.each([{ ok: 'perhaps' }, { ok: 'approve', limits: { maximum: 'many' } }])('refuse %j', async (answers) => {
    await expect(run(dag, { answers: answers as { [taskId: string]: Json } })).rejects.toMatchObject({
      code: 'bad_answer',
    });
  });
});

test('deferred work is completed by what was given beforehand, or stops the run', async () => {
  const dag = defineDag({ id: 'elsewhere' }, ({ deferred, task }) => {
    const rows = deferred<{ rows: number }>('export', async () => ({ job: 7 }), {});
    task('count', async (_ctx: never, input: { rows: number }) => input.rows, rows);
  });
  expect((await run(dag, { answers: { export: { rows: 5 } } })).tasks.count?.output).toBe(5);
  expect(await run(dag)).toMatchObject({ state: 'failed', tasks: { export: { state: 'failed' } } });
});
