import { expect, test } from '@jest/globals';
import { controlWorkflowId, cron, defineDag } from '../../engine';
import { uniqueDagId, withRunServer } from '../support/run-server';
import { until } from '../support/until';

const nothing = async (): Promise<null> => null;

/** A task that ends when the test says so. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, handler: async (): Promise<null> => opened.then(() => null) };
}

test('an explicit trigger runs at once although the DAG is paused', async () => {
  const id = uniqueDagId('paused');
  const dag = defineDag({ id, schedule: cron('0 0 * * *') }, ({ task }) => task('only', nothing, {}));

  await withRunServer([dag], async ({ client, deploy }) => {
    await deploy(id);
    const [runId = ''] = await client.trigger({ dagId: id, interval: '2010-12-01/2010-12-02' });
    const summary = await client.result(id, runId);
    const control = await client.control(id);

    expect(control.paused).not.toBeNull();
    expect(summary).toMatchObject({
      state: 'success',
      interval: { start: '2010-12-01T00:00:00Z', end: '2010-12-02T00:00:00Z' },
    });
    expect(runId).toMatch(/^manual__\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });
});

test('no more runs are active than maxActiveRuns, and those that wait say why', async () => {
  const id = uniqueDagId('limit');
  const { open, handler } = gate();
  const dag = defineDag({ id, maxActiveRuns: 2 }, ({ task }) => task('only', handler, {}));

  await withRunServer([dag], async ({ client, deploy }) => {
    await deploy(id);
    const runIds = await client.trigger({ dagId: id, interval: '2010-12-01/2010-12-06', eachDay: true });
    const control = await client.control(id);
    open();
    const ends = await Promise.all(runIds.map((runId) => client.result(id, runId).catch(() => null)));
    await until(async () => (await client.control(id)).recent.length === 5, 20_000);

    expect(new Set(runIds).size).toBe(5);
    expect(control.active).toHaveLength(2);
    expect(control.queued).toHaveLength(3);
    expect(ends.filter((end) => end?.state === 'success').length).toBeGreaterThanOrEqual(2);
    expect((await client.control(id)).recent.every((run) => run.state === 'success')).toBe(true);
  });
});

test('unpausing runs the latest complete interval, once', async () => {
  const id = uniqueDagId('unpause');
  const dag = defineDag({ id, schedule: cron('0 0 * * *'), startDate: '2020-01-01' }, ({ task }) =>
    task('only', nothing, {}),
  );

  await withRunServer([dag], async ({ client, deploy }) => {
    await deploy(id);
    await client.unpause(id);
    await until(async () => (await client.control(id)).recent.length === 1, 20_000);
    await client.pause(id);
    await client.unpause(id);
    const control = await client.control(id);
    const today = new Date().toISOString().slice(0, 10);

    expect(control.recent.map((run) => run.runType)).toEqual(['scheduled']);
    expect(control.watermark).toBe(`${today}T00:00:00Z`);
    expect([...control.queued, ...control.active]).toEqual([]);
  });
});

test('a run can be looked at, and stopped, as soon as it was triggered', async () => {
  const id = uniqueDagId('at_once');
  const { open, handler } = gate();
  const dag = defineDag({ id }, ({ task }) => task('only', handler, {}));

  await withRunServer([dag], async ({ client, deploy }) => {
    await deploy(id);
    for (let count = 0; count < 5; count += 1) {
      const [runId = ''] = await client.trigger({ dagId: id });
      expect((await client.run(id, runId)).run.identity.runId).toBe(runId);
    }
    const [last = ''] = await client.trigger({ dagId: id });
    expect(['stopping', 'dequeued']).toContain(await client.stop(id, last));
    open();
    expect(await client.result(id, last)).toMatchObject({ state: 'failed' });
  });
});

test("a pause from Temporal's UI, which sends no argument, pauses", async () => {
  const id = uniqueDagId('pause');
  const dag = defineDag({ id, schedule: cron('0 0 * * *'), startDate: '2020-01-01' }, ({ task }) =>
    task('only', nothing, {}),
  );

  await withRunServer([dag], async ({ client, deploy, temporal }) => {
    await deploy(id);
    await client.unpause(id);
    await temporal.workflow.getHandle(controlWorkflowId(id)).executeUpdate('pause');

    expect((await client.control(id)).paused?.by).toBe('somebody in the Temporal UI');
  });
});

test('catching up runs every interval since the start date, oldest first and each once', async () => {
  const id = uniqueDagId('catchup');
  const dayMs = 86_400_000;
  const midnightMs = Math.floor(Date.now() / dayMs) * dayMs;
  const days = [4, 3, 2, 1].map((ago) => new Date(midnightMs - ago * dayMs).toISOString().slice(0, 10));
  const dag = defineDag(
    { id, schedule: cron('0 0 * * *'), startDate: days[0] ?? '', catchup: true, maxActiveRuns: 1 },
    ({ task }) => task('only', nothing, {}),
  );

  await withRunServer([dag], async ({ client, deploy }) => {
    await deploy(id);
    await client.unpause(id);
    await until(async () => (await client.control(id)).recent.length === days.length, 30_000);
    const { recent, active, queued } = await client.control(id);

    expect(recent.map((run) => run.interval.start.slice(0, 10)).reverse()).toEqual(days);
    expect(recent.map((run) => run.runId).reverse()).toEqual(days.map((day) => `scheduled__${day}T00:00:00Z`));
    expect([...active, ...queued]).toEqual([]);
  });
});

test('a run that was terminated by hand gives its place back', async () => {
  const id = uniqueDagId('lost');
  const { open, handler } = gate();
  const dag = defineDag({ id, maxActiveRuns: 1 }, ({ task }) => task('only', handler, {}));

  await withRunServer([dag], async ({ client, deploy, temporal }) => {
    await deploy(id);
    const [first = '', second = ''] = await client.trigger({
      dagId: id,
      interval: '2010-12-01/2010-12-03',
      eachDay: true,
    });
    await until(async () => (await client.control(id)).active.some((run) => run.runId === first));
    await temporal.workflow.getHandle(`dag_run/${id}/${first}`).terminate('by hand');
    open();
    await until(async () => (await client.control(id)).recent.some((run) => run.runId === second), 50_000);

    expect((await client.control(id)).refused[0]).toMatchObject({
      what: first,
      reason: { message: 'terminated in Temporal' },
    });
  });
});

test('the page of a DAG shows the tasks of its active runs and the retries under way', async () => {
  const id = uniqueDagId('cells');
  const { open, handler } = gate();
  let isMended = false;
  const breaks = async (): Promise<null> => {
    if (!isMended) throw new Error('a plate broke');
    return null;
  };
  const dag = defineDag({ id }, ({ task }) => {
    task('gate', handler, {}).after(task('first', nothing, {}));
    task('breaks', breaks, {}, { retries: 1, retryDelay: '1 hour' });
  });

  await withRunServer([dag], async ({ client, deploy, temporal }) => {
    await deploy(id);
    const [runId = ''] = await client.trigger({ dagId: id });
    const isShown = async (): Promise<boolean> => (await client.control(id)).progress[runId]?.waits.length === 1;
    await until(isShown, 90_000);
    const { progress, active } = await client.control(id);
    isMended = true;
    open();
    await client.stop(id, runId);
    await client.result(id, runId);
    await until(async () => (await client.control(id)).active.length === 0, 60_000);

    expect(active.map((run) => run.runId)).toEqual([runId]);
    expect(progress[runId]).toMatchObject({ tasks: { first: 'success', gate: 'running', breaks: 'up_for_retry' } });
    expect(progress[runId]?.waits[0]?.message).toMatch(/^try 2 of 2 at .*, after user_code_failed: a plate broke$/);
    expect((await client.control(id)).progress).toEqual({});
    expect((await temporal.workflow.getHandle(`dag_control/${id}`).describe()).historyLength).toBeLessThan(200);
  });
});

test('stopping a queued run takes it out of the queue', async () => {
  const id = uniqueDagId('dequeue');
  const { open, handler } = gate();
  const dag = defineDag({ id, maxActiveRuns: 1 }, ({ task }) => task('only', handler, {}));

  await withRunServer([dag], async ({ client, deploy }) => {
    await deploy(id);
    const [first = '', second = ''] = await client.trigger({
      dagId: id,
      interval: '2010-12-01/2010-12-03',
      eachDay: true,
    });
    const answer = await client.stop(id, second);
    open();
    await client.result(id, first);

    expect(answer).toBe('dequeued');
    expect((await client.control(id)).queued).toEqual([]);
  });
});

test('an unknown DAG is named with the nearest one', async () => {
  const id = uniqueDagId('spelling');
  const dag = defineDag({ id }, ({ task }) => task('only', nothing, {}));

  await withRunServer([dag], async ({ client, deploy }) => {
    await deploy(id);

    await expect(client.control(id.replace('spelling', 'speling'))).rejects.toMatchObject({
      code: 'unknown_dag',
      message: expect.stringContaining(id),
    });
  });
});

test('deploying plans first: new, unchanged, and the schedule that goes with it', async () => {
  const id = uniqueDagId('plan');
  const dag = defineDag({ id, schedule: cron('30 2 * * *', { timezone: 'Europe/London' }) }, ({ task }) =>
    task('only', nothing, {}),
  );

  await withRunServer([dag], async ({ client, dags, folder, temporal, deploy }) => {
    const compiled = dags.get(id);
    if (compiled === undefined) throw new Error('no dag');
    const deployable = {
      dagId: id,
      spec: compiled.spec,
      versions: { spec: compiled.specVersion, code: 'test' },
      folder,
    };
    const before = await client.planDeploy([deployable], [folder]);
    await deploy(id);
    await until(async () => (await client.planDeploy([deployable], [folder])).schedules[0]?.kind === 'keep');
    const after = await client.planDeploy([deployable], [folder]);
    const removal = await client.planDeploy([], [folder]);
    await client.applyDeploy([], removal, { startPaused: true });
    const handle = temporal.schedule.getHandle(`tidemill/${id}`);

    expect(before.dags[0]?.kind).toBe('new');
    expect(before.schedules[0]?.kind).toBe('create');
    expect(after.dags[0]?.kind).toBe('unchanged');
    expect(removal.schedules[0]).toMatchObject({ kind: 'remove', dagId: id });
    await expect(handle.describe()).rejects.toThrow();
  });
});

test('a DAG that is gone from its folder is removed, with or without a schedule', async () => {
  const id = uniqueDagId('gone');
  const dag = defineDag({ id }, ({ task }) => task('only', nothing, {}));

  await withRunServer([dag], async ({ client, folder, deploy }) => {
    await deploy(id);
    const isPlanned = async (folders: readonly string[]): Promise<boolean> =>
      (await client.planDeploy([], folders)).dags.some(({ kind, dagId }) => kind === 'removed' && dagId === id);
    await until(() => isPlanned([folder]), 10_000);

    expect(await isPlanned(['another folder'])).toBe(false);
    await client.applyDeploy([], await client.planDeploy([], [folder]), { startPaused: true });
    await until(async () => !(await client.dagIds()).includes(id), 10_000);
  });
});
