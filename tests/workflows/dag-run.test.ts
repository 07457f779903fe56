import { expect, test } from '@jest/globals';
import { cron, defineDag, FailTask, type RunView, SkipTask } from '../../engine';
import { uniqueDagId, withRunServer } from '../support/run-server';
import { until } from '../support/until';

const nothing = async (): Promise<null> => null;

test('a failed task blocks its children and lets its siblings finish', async () => {
  const id = uniqueDagId('siblings');
  const dag = defineDag({ id }, ({ task }) => {
    const a = task('a', nothing, {});
    const b = task('b', () => Promise.reject(new Error('broken')), {}).after(a);
    const c = task('c', nothing, {}).after(a);
    task('d', nothing, {}).after(b, c);
  });

  await withRunServer([dag], async (server) => {
    const summary = await server.execute(id);

    expect(summary).toMatchObject({
      state: 'failed',
      tasks: { a: 'success', b: 'failed', c: 'success', d: 'upstream_failed' },
    });
  });
});

test('a failed try is followed by the next one after its delay, and every try is recorded', async () => {
  const id = uniqueDagId('retries');
  let calls = 0;
  const flaky = async (): Promise<{ calls: number }> => {
    calls += 1;
    if (calls < 3) throw new Error(`failure ${calls}`);
    return { calls };
  };
  const dag = defineDag({ id }, ({ task }) => {
    task('flaky', flaky, {}, { retries: 3, retryDelay: '50 milliseconds' });
  });

  await withRunServer([dag], async (server) => {
    const summary = await server.execute(id, { runId: 'r1' });
    const view: RunView = await server.client.run(id, 'r1');

    expect(summary).toMatchObject({ state: 'success', retries: 2 });
    expect(view.run.attempts.map((attempt) => [attempt.tryNumber, attempt.state, attempt.errorMessage])).toEqual([
      [1, 'failed', 'failure 1'],
      [2, 'failed', 'failure 2'],
      [3, 'success', null],
    ]);
  });
});

test('outputs reach the tasks that they are handed to', async () => {
  const id = uniqueDagId('outputs');
  const dag = defineDag({ id }, ({ task, run }) => {
    const one = task('one', async () => ({ value: 41 }), {});
    task(
      'two',
      async (_ctx: never, input: { n: { value: number }; start: string }) => ({
        sum: input.n.value + 1,
        start: input.start,
      }),
      {
        n: one,
        start: run.interval.start,
      },
    );
  });

  await withRunServer([dag], async (server) => {
    await server.execute(id, { runId: 'r1' });
    const { run } = await server.client.run(id, 'r1');

    expect(run.tasks.two?.output).toEqual({ sum: 42, start: '2010-12-01T00:00:00Z' });
  });
});

test('a handler can skip its task or fail it for good', async () => {
  const id = uniqueDagId('skip');
  const dag = defineDag({ id, defaults: { retries: 5, retryDelay: '1 hour' } }, ({ task }) => {
    const skipped = task('skipped', () => Promise.reject(new SkipTask('no file today')), {});
    task('after_skip', nothing, {}).after(skipped);
    task('failed', () => Promise.reject(new FailTask('the source is gone')), {});
  });

  await withRunServer([dag], async (server) => {
    const summary = await server.execute(id);

    expect(summary.tasks).toEqual({ skipped: 'skipped', after_skip: 'skipped', failed: 'failed' });
  });
});

test('a sensor pokes by durable timers until its handler says true', async () => {
  const id = uniqueDagId('sensor');
  let pokes = 0;
  const dag = defineDag({ id }, ({ sensor, task }) => {
    const there = sensor(
      'there',
      async () => ++pokes === 3,
      {},
      { pokeInterval: '50 milliseconds', timeout: '1 minute' },
    );
    task('next', nothing, {}).after(there);
  });

  await withRunServer([dag], async (server) => {
    const summary = await server.execute(id, { runId: 'r1' });

    expect(summary.tasks).toEqual({ there: 'success', next: 'success' });
    expect(pokes).toBe(3);
    expect((await server.client.run(id, 'r1')).run.tasks.there?.tryNumber).toBe(1);
  });
});

test('stopping a run cancels its running task within a second and names who stopped it', async () => {
  const id = uniqueDagId('stop');
  let abortedAfterMs = -1;
  let stoppedAt = 0;
  const endless = (ctx: { signal: AbortSignal }): Promise<null> =>
    new Promise((resolve) => {
      ctx.signal.addEventListener('abort', () => {
        abortedAfterMs = Date.now() - stoppedAt;
        resolve(null);
      });
    });
  const dag = defineDag({ id }, ({ task }) => {
    const first = task('endless', endless, {});
    task('never', nothing, {}).after(first);
  });

  await withRunServer([dag], async (server) => {
    await server.deploy(id);
    const [runId] = (await server.client.trigger({ dagId: id })) as [string];
    await until(async () => (await server.client.run(id, runId)).run.tasks.endless?.state === 'running', 5_000);
    stoppedAt = Date.now();
    await server.client.stop(id, runId);
    const summary = await server.client.result(id, runId);

    expect(summary).toMatchObject({ state: 'failed', tasks: { endless: 'failed', never: 'skipped' } });
    const { run } = await server.client.run(id, runId);
    expect(run.reason?.message).toBe('stopped by ada');
    expect(abortedAfterMs).toBeGreaterThanOrEqual(0);
  });
});

test('a try that takes longer than its time-out fails as execution_timeout', async () => {
  const id = uniqueDagId('timeout');
  const dag = defineDag({ id }, ({ task }) => {
    task('slow', () => new Promise(() => undefined), {}, { executionTimeout: '100 milliseconds' });
  });

  await withRunServer([dag], async (server) => {
    await server.execute(id, { runId: 'r1' });
    const { run } = await server.client.run(id, 'r1');

    expect(run.tasks.slow?.failure?.code).toBe('execution_timeout');
  });
});

test('a run of another version than the worker has fails with handler_missing and both versions', async () => {
  const id = uniqueDagId('version');
  const build = (handler: () => Promise<null>, description: string) =>
    defineDag({ id, description }, ({ task }) => task('only', handler, {}));

  await withRunServer([build(nothing, 'new')], async (server) => {
    const dag = server.dags.get(id);
    if (dag === undefined) throw new Error('no dag');
    const old = { ...dag, specVersion: '0123456789abcdef' };
    (server.dags as Map<string, typeof dag>).set(id, old);
    await server.execute(id, { runId: 'r1' });
    const { run } = await server.client.run(id, 'r1');

    expect(run.tasks.only?.failure).toMatchObject({
      code: 'handler_missing',
      details: { asked: { spec: '0123456789abcdef' }, present: { spec: dag.specVersion } },
    });
  });
});

test('conditions, soft sensors and latestOnly skip what has nothing to do', async () => {
  const id = uniqueDagId('nothing_to_do');
  const dag = defineDag({ id, schedule: cron('0 0 * * *') }, ({ task, sensor, latestOnly }) => {
    task('weekend', nothing, {}, { runIf: () => false });
    const soft = { pokeInterval: '20 milliseconds', timeout: '50 milliseconds', softFail: true } as const;
    task('load', nothing, {}).after(sensor('late', async () => false, {}, soft));
    task('mail', nothing, {}).after(latestOnly('latest'));
  });

  await withRunServer([dag], async (server) => {
    const old = await server.execute(id, { runType: 'scheduled' });
    expect(old).toMatchObject({
      state: 'success',
      tasks: { weekend: 'skipped', late: 'skipped', load: 'skipped', latest: 'success', mail: 'skipped' },
    });
    const byHand = await server.execute(id, { runType: 'manual' });
    expect(byHand.tasks).toMatchObject({ latest: 'success', mail: 'success' });
  });
});
