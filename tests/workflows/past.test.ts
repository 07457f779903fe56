import { expect, test } from '@jest/globals';
import { defineDag, explainTask, planOf, type TaskOptions } from '../../engine';
import { type RunServer, uniqueDagId, withRunServer } from '../support/run-server';
import { until } from '../support/until';

/** A DAG whose task `load` fails for the first of three days until it is mended. */
function ledger(id: string, options: TaskOptions) {
  const world = { isMended: false, loaded: [] as string[] };
  const dag = defineDag({ id }, ({ task, run }) => {
    const load = async (_context: never, { day }: { day: string }): Promise<null> => {
      if (day.startsWith('2010-12-01') && !world.isMended) throw new Error('no file');
      world.loaded.push(day.slice(0, 10));
      return null;
    };
    task('load', load, { day: run.interval.start }, options);
  });
  return { dag, world };
}

/** Why a task of a run waits, as `explain` says it. */
async function whyWaits({ client }: RunServer, dagId: string, runId: string): Promise<string> {
  const view = await client.run(dagId, runId).catch(() => null);
  if (view === null) return '';
  return explainTask(planOf(view.spec), view.run, 'load')?.message ?? '';
}

test('days that depend on the day before wait for it with a reason, and go on once it was run again', async () => {
  const id = uniqueDagId('past');
  const { dag, world } = ledger(id, { dependsOnPast: true });

  await withRunServer([dag], async (server) => {
    const { client, deploy } = server;
    await deploy(id);
    const [first = '', second = '', third = ''] = await client.trigger({
      dagId: id,
      interval: '2010-12-01/2010-12-04',
      eachDay: true,
    });
    expect(await client.result(id, first)).toMatchObject({ state: 'failed' });
    await until(async () => (await whyWaits(server, id, second)).includes('did not end well'), 30_000);
    await until(async () => (await whyWaits(server, id, third)).includes('has not finished'), 30_000);
    expect(await whyWaits(server, id, second)).toBe(
      `past run ${first} did not end well, run it again or clear it: load`,
    );
    expect(await whyWaits(server, id, third)).toBe(`past run ${second} has not finished: load`);
    world.isMended = true;
    await client.trigger({ dagId: id, interval: '2010-12-01/2010-12-02' });

    expect(await client.result(id, third)).toMatchObject({ state: 'success' });
    expect(world.loaded).toEqual(['2010-12-01', '2010-12-02', '2010-12-03']);
    await until(async () => (await client.control(id)).active.length === 0, 30_000);
    expect((await client.control(id)).past.waits).toEqual([]);
  });
});

test('a run that was terminated by hand counts as failed for the next one', async () => {
  const id = uniqueDagId('past_lost');
  const dag = defineDag({ id }, ({ task, run }) => {
    const load = async (context: { signal: AbortSignal }, { day }: { day: string }): Promise<null> => {
      if (day.startsWith('2010-12-01'))
        await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
      return null;
    };
    task('load', load as never, { day: run.interval.start }, { dependsOnPast: true });
  });

  await withRunServer([dag], async (server) => {
    const { client, deploy, temporal } = server;
    await deploy(id);
    const [first = '', second = ''] = await client.trigger({
      dagId: id,
      interval: '2010-12-01/2010-12-03',
      eachDay: true,
    });
    await until(async () => (await whyWaits(server, id, second)).includes('has not finished'), 30_000);
    await temporal.workflow.getHandle(`dag_run/${id}/${first}`).terminate('by hand');
    await until(async () => (await whyWaits(server, id, second)).includes('did not end well'), 90_000);
    await client.stop(id, second);

    expect(await client.result(id, second)).toMatchObject({ state: 'failed' });
  });
});

test('a DAG pauses itself after its last runs failed, and says why', async () => {
  const id = uniqueDagId('self_pause');
  const dag = defineDag({ id, maxConsecutiveFailedRuns: 2 }, ({ task }) =>
    task('load', () => Promise.reject(new Error('no file')), {}),
  );

  await withRunServer([dag], async ({ client, deploy }) => {
    await deploy(id);
    await client.unpause(id);
    await client.trigger({ dagId: id, interval: '2010-12-01/2010-12-03', eachDay: true });
    await until(async () => (await client.control(id)).paused !== null, 30_000);
    const { paused } = await client.control(id);
    await client.unpause(id);

    expect(paused).toMatchObject({ by: 'Tidemill', reason: '2 runs in a row failed (maxConsecutiveFailedRuns)' });
    expect(await client.control(id)).toMatchObject({ paused: null, failedInRow: 0 });
  });
});
