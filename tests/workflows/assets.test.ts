import { expect, test } from '@jest/globals';
import { type Asset, asset, assets, cron, defineDag } from '../../engine';
import { type RunServer, uniqueDagId, withRunServer } from '../support/run-server';
import { until } from '../support/until';

/** How long a busy machine may take; nothing waits for it when all goes well. */
const patienceMs = 60_000;

const nothing = async (): Promise<null> => null;
const anAsset = (name: string): Asset => asset(uniqueDagId(name));
const aMaker = (id: string, ...outlets: readonly Asset[]) =>
  defineDag({ id }, ({ task }) => task('make', nothing, {}, { outlets }));

/** Deploys all DAGs of a test at once: what a folder has no longer would be removed. */
async function deployAll({ client, dags, folder }: RunServer): Promise<void> {
  const deployables = [...dags.values()].map(({ spec, specVersion, timetable }) => ({
    ...{ dagId: spec.dagId, spec, folder, timetable },
    versions: { spec: specVersion, code: 'test' },
  }));
  await client.applyDeploy(deployables, await client.planDeploy(deployables, [folder]), { startPaused: true });
}

/** Runs a DAG for days of December 2010, and waits until all have ended. */
async function make({ client }: RunServer, id: string, interval: string): Promise<void> {
  const runIds = await client.trigger({ dagId: id, interval, eachDay: true });
  for (const runId of runIds) await client.result(id, runId);
}

test('each event of an asset ends in one record with its consumer, and a run is told which it stands for', async () => {
  const [orders, rates] = [anAsset('orders'), anAsset('rates')];
  const [id, orderMaker, rateMaker] = [uniqueDagId('consumer'), uniqueDagId('orders'), uniqueDagId('rates')];
  const told: unknown[] = [];
  const consumer = defineDag({ id, schedule: assets.all(orders, rates), maxActiveRuns: 1 }, ({ task, run }) =>
    task('look', async (_context: never, input: { events: unknown }) => void told.push(input.events), {
      events: run.assetEvents as never,
    }),
  );

  await withRunServer([consumer, aMaker(orderMaker, orders), aMaker(rateMaker, rates)], async (server) => {
    const { client } = server;
    await deployAll(server);
    await client.unpause(id);
    await make(server, orderMaker, '2010-12-01/2010-12-04');
    await until(async () => (await client.control(id)).mailbox.pending.length === 3, patienceMs);
    await make(server, rateMaker, '2010-12-05/2010-12-06');
    await until(async () => (await client.control(id)).recent.length === 1, patienceMs);
    const { recent, mailbox } = await client.control(id);
    const hub = await client.asset(orders.name);

    expect(recent[0]).toMatchObject({
      runType: 'asset_triggered',
      state: 'success',
      interval: { start: '2010-12-01T00:00:00Z', end: '2010-12-06T00:00:00Z' },
    });
    expect(mailbox.pending).toEqual([]);
    expect(mailbox.records.map(({ asset: name, outcome }) => [name, outcome.kind]).sort()).toEqual(
      [
        [orders.name, 'consumed'],
        [orders.name, 'merged'],
        [orders.name, 'merged'],
        [rates.name, 'consumed'],
      ].sort(),
    );
    expect(told).toMatchObject([
      [{ asset: orders.name }, { asset: orders.name }, { asset: orders.name }, { asset: rates.name }],
    ]);
    expect(hub).toMatchObject({ producers: [orderMaker], consumers: [id] });
    expect(hub.events.map(({ consumers }) => consumers)).toEqual([[id], [id], [id]]);
  });
});

test('a task that does not succeed makes no event, and nobody who waits is an outcome too', async () => {
  const [good, bad] = [anAsset('good'), anAsset('bad')];
  const id = uniqueDagId('half');
  const failing = async (): Promise<null> => Promise.reject(new Error('no'));
  const dag = defineDag({ id }, ({ task }) => [
    task('good', nothing, {}, { outlets: [good] }),
    task('bad', failing, {}, { outlets: [bad] }),
  ]);

  await withRunServer([dag], async (server) => {
    await server.deploy(id);
    await make(server, id, '2010-12-01/2010-12-02');
    await until(async () => (await server.client.asset(good.name)).events.length === 1, patienceMs);

    expect((await server.client.asset(good.name)).events[0]?.consumers).toEqual([]);
    expect((await server.client.asset(bad.name)).events).toEqual([]);
    await expect(server.client.asset(`${good.name}x`)).rejects.toMatchObject({ code: 'unknown_asset' });
  });
});

test('a DAG may run by the clock and by assets; materialize runs who makes an asset', async () => {
  const source = anAsset('source');
  const [id, maker] = [uniqueDagId('both'), uniqueDagId('maker')];
  const schedule = { time: cron('0 0 * * *'), assets: source };
  const consumer = defineDag({ id, schedule }, ({ task }) => task('only', nothing, {}));

  await withRunServer([consumer, aMaker(maker, source)], async (server) => {
    const { client } = server;
    await deployAll(server);
    // Paused, it lets events go.
    const [first] = await client.materialize(source.name, { interval: '2010-12-01/2010-12-02' });
    await client.result(maker, first?.runIds[0] ?? '');
    await until(async () => (await client.control(id)).mailbox.records.length === 1, patienceMs);
    await client.unpause(id);
    const [second] = await client.materialize(source.name, { interval: '2010-12-01/2010-12-02' });
    await client.result(maker, second?.runIds[0] ?? '');
    await until(async () => (await client.control(id)).recent.length === 2, patienceMs);
    const { recent, mailbox } = await client.control(id);

    expect(recent.map((run) => run.runType).sort()).toEqual(['asset_triggered', 'scheduled']);
    expect(mailbox.records.map(({ outcome }) => outcome.kind)).toEqual(['consumed', 'ignored']);
    expect(first?.dagId).toBe(maker);
  });
});
