import { expect, test } from '@jest/globals';
import { cron, defineDag } from '../../engine';
import { type RunServer, uniqueDagId, withRunServer } from '../support/run-server';
import { until } from '../support/until';

const daily = { schedule: cron('0 0 * * *'), startDate: '2010-01-01' } as const;
const nothing = async (): Promise<null> => null;
const endMs = 120_000;

/** A task that ends when the test says so. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, handler: async (): Promise<null> => opened.then(() => null) };
}

async function countOf({ client }: RunServer, dagId: string, backfillId: string, state: string): Promise<number> {
  const seen = await client.backfills.show(dagId, backfillId);
  return seen?.dates.filter((date) => date.state === state).length ?? 0;
}

test('a backfill plans first, runs every date beside a paused DAG, and does only what is missing the next time', async () => {
  const id = uniqueDagId('backfill');
  const done: string[] = [];
  let isBroken = true;
  const dag = defineDag({ id, ...daily, maxActiveRuns: 1 }, ({ task, run }) => {
    const load = async (_context: never, { day }: { day: string }): Promise<null> => {
      if (isBroken && day.startsWith('2010-12-03')) throw new Error('no file');
      done.push(day.slice(0, 10));
      return null;
    };
    task('load', load, { day: run.interval.start });
  });

  await withRunServer([dag], async ({ client, deploy }) => {
    await deploy(id);
    const range = { dagId: id, from: '2010-12-01', to: '2010-12-06' };
    const plan = await client.backfills.plan(range);
    expect(plan.dates.map(({ state, reason }) => [state, reason])).toEqual(Array(5).fill(['pending', 'no run yet']));
    expect(done).toEqual([]);

    const first = await client.backfills.create({ ...range, maxActive: 3 });
    const ended = await client.backfills.result(id, first);
    expect(ended.dates.map(({ state }) => state)).toEqual(['success', 'success', 'failed', 'success', 'success']);
    expect([...done].sort()).toEqual(['2010-12-01', '2010-12-02', '2010-12-04', '2010-12-05']);
    await until(async () => (await client.control(id)).active.length === 0, 30_000);
    expect((await client.control(id)).recent.every((run) => run.runType === 'backfill')).toBe(true);

    isBroken = false;
    const again = await client.backfills.result(id, await client.backfills.create({ ...range, reprocess: 'failed' }));
    expect(again.dates.map(({ state }) => state)).toEqual(['skipped', 'skipped', 'success', 'skipped', 'skipped']);
    expect(again.dates[2]).toMatchObject({ runId: 'backfill__2010-12-03T00:00:00Z__2' });
    const haveEnded = async (): Promise<boolean> =>
      (await client.backfills.list(id)).filter(({ status }) => status === 'ended').length === 2;
    await until(haveEnded, 60_000);
    expect((await client.backfills.list(id))[1]).toMatchObject({
      backfillId: first,
      counts: { success: 4, failed: 1 },
    });
  });
});

test('a backfill that is paused starts nothing, and one that is cancelled leaves every date with its end', async () => {
  const id = uniqueDagId('backfill_cancel');
  const { open, handler } = gate();
  const dag = defineDag({ id, ...daily }, ({ task }) => {
    task('after', nothing, {}).after(task('only', handler, {}));
  });

  await withRunServer([dag], async (server) => {
    const { client, deploy } = server;
    await deploy(id);
    const backfillId = await client.backfills.create({ dagId: id, from: '2010-12-01', to: '2010-12-07', maxActive: 2 });
    await until(async () => (await countOf(server, id, backfillId, 'running')) === 2, endMs);
    await client.backfills.pause(id, backfillId);
    open();
    await until(async () => (await countOf(server, id, backfillId, 'success')) === 2, endMs);
    expect(await client.backfills.show(id, backfillId)).toMatchObject({ status: 'paused', by: 'ada' });
    expect(await countOf(server, id, backfillId, 'pending')).toBe(4);
    await client.backfills.cancel(id, backfillId);
    const { status, dates } = await client.backfills.result(id, backfillId);

    expect(status).toBe('ended');
    expect(dates.map(({ state }) => state)).toEqual(['success', 'success', ...Array(4).fill('cancelled')]);
    await expect(client.backfills.resume(id, backfillId)).rejects.toMatchObject({ code: 'backfill_ended' });
    await expect(client.backfills.show(id, 'nothing')).rejects.toMatchObject({ code: 'unknown_backfill' });
  });
});

test('cancelling stops the runs that are active', async () => {
  const id = uniqueDagId('backfill_stop');
  const untilStopped = (context: { readonly signal: AbortSignal }): Promise<null> =>
    new Promise((resolve) => context.signal.addEventListener('abort', () => resolve(null)));
  const dag = defineDag({ id, ...daily }, ({ task }) => task('endless', untilStopped as never, {}));

  await withRunServer([dag], async (server) => {
    const { client, deploy } = server;
    await deploy(id);
    const backfillId = await client.backfills.create({ dagId: id, from: '2010-12-01', to: '2010-12-04', maxActive: 1 });
    const isRunning = async (): Promise<boolean> => {
      const view = await client.run(id, 'backfill__2010-12-01T00:00:00Z').catch(() => null);
      return view?.run.tasks.endless?.state === 'running';
    };
    await until(isRunning, endMs);
    await client.backfills.cancel(id, backfillId);
    const { dates } = await client.backfills.result(id, backfillId);

    expect(dates.map(({ state }) => state)).toEqual(['failed', 'cancelled', 'cancelled']);
    expect(await client.run(id, 'backfill__2010-12-01T00:00:00Z')).toMatchObject({
      run: { reason: { message: 'stopped by ada' } },
    });
  });
});

test('dates whose tasks wait for the run before are backfilled in order, and backwards is refused', async () => {
  const id = uniqueDagId('backfill_past');
  const order: string[] = [];
  const dag = defineDag({ id, ...daily }, ({ task, run }) => {
    const load = async (_context: never, { day }: { day: string }): Promise<null> => {
      order.push(day.slice(8, 10));
      return null;
    };
    task('load', load, { day: run.interval.start }, { dependsOnPast: true });
  });

  await withRunServer([dag], async ({ client, deploy }) => {
    await deploy(id);
    const range = { dagId: id, from: '2010-12-01', to: '2010-12-09', maxActive: 4 };
    await expect(client.backfills.create({ ...range, backwards: true })).rejects.toMatchObject({
      code: 'backfill_backwards',
    });
    const ended = await client.backfills.result(id, await client.backfills.create(range));

    expect(ended.dates.every(({ state }) => state === 'success')).toBe(true);
    expect(order).toEqual(['01', '02', '03', '04', '05', '06', '07', '08']);
  });
});

test('one run over the whole range is one date of its own', async () => {
  const id = uniqueDagId('backfill_single');
  const dag = defineDag({ id, ...daily }, ({ task }) => task('load', nothing, {}));

  await withRunServer([dag], async ({ client, deploy }) => {
    await deploy(id);
    const options = { dagId: id, from: '2010-12-01', to: '2011-01-01', singleRun: true };
    const { dates } = await client.backfills.result(id, await client.backfills.create(options));

    expect(dates).toMatchObject([
      { state: 'success', interval: { start: '2010-12-01T00:00:00Z', end: '2011-01-01T00:00:00Z' } },
    ]);
  });
});
