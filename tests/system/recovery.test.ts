import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { attemptLogPath } from '../../activities';
import { generateInvoices } from '../../activities/extract/generate/generate-invoices';
import type { RunView } from '../../engine';
import { startTemporalServer, type TemporalServer } from '../../server';
import { type House, ownDags, systemDags, withHouse } from '../support/house';
import { fingerprintsOf, rowsOf, undisturbed } from '../support/published';
import { sharedServer } from '../support/server';
import { until } from '../support/until';

/** Generous: the machine may be busy. What recovery takes is measured by the bench. */
const testTimeoutMs = 240_000;
const stepTimeoutMs = 90_000;
const { executable } = sharedServer();
const testOwnServer = executable === null ? test.skip : test;

const day = '2010-12-01/2010-12-02';
const interval = { start: '2010-12-01T00:00:00Z', end: '2010-12-02T00:00:00Z' };

/** Attempts as `task try.attempt state`, sorted. */
function attemptsOf({ run }: RunView): readonly string[] {
  return run.attempts
    .map(({ taskId, tryNumber, attempt, state }) => `${taskId} ${tryNumber}.${attempt} ${state}`)
    .sort();
}

/** The tries of all tasks that ran. */
function triesOf({ run }: RunView): ReadonlySet<number> {
  return new Set(Object.values(run.tasks).map(({ tryNumber }) => tryNumber));
}

function logOf(house: House, dagId: string, runId: string, file: string): string {
  const [taskId = '', numbers = ''] = file.split(' ');
  const [tryNumber = 0, attempt = 0] = numbers.split('.').map(Number);
  const path = join(house.home, 'logs', attemptLogPath({ dagId, runId, execution: '', taskId, tryNumber, attempt }));
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** Triggers one run of a shop and waits until both of its counters are at work and their logs on the disk. */
async function startCounting(house: House, dagId: string): Promise<string> {
  const [runId = ''] = await house.client.trigger({ dagId, interval: day, params: { waits: true } });
  const isCounting = (door: string): boolean => logOf(house, dagId, runId, `count_${door} 1.1`).includes('counting');
  await until(() => isCounting('left') && isCounting('right'), stepTimeoutMs);
  return runId;
}

async function expectAsIfUndisturbed(house: House, dagId: string): Promise<void> {
  await house.read(async (warehouse) => {
    const [row] = await rowsOf(
      warehouse,
      'select count(*) as n, count(distinct (date_key, visitor)) as d from shop.visits',
    );
    expect(row).toEqual({ n: 1000, d: 1000 });
    expect(await fingerprintsOf(warehouse)).toEqual(await undisturbed(house.project, [{ dagId, interval }]));
  });
}

describe('a worker that is killed in the middle of a run and started again', () => {
  test.each([
    ['watched_shop', 'a heartbeat time-out of 2 s'],
    ['ordinary_shop', 'the default heartbeat time-out'],
  ])(
    'uses up no try, keeps the log of what it did, and the run of %s (%s) finishes by itself',
    async (dagId) => {
      await withHouse({ dags: [systemDags] }, async (house) => {
        const worker = await house.startWorker();
        await house.deploy();
        const runId = await startCounting(house, dagId);
        await worker.kill();
        await house.startWorker();
        const summary = await house.client.result(dagId, runId);
        const view = await house.client.run(dagId, runId);

        expect(summary).toMatchObject({ state: 'success', label: 'success', retries: 0 });
        expect(triesOf(view)).toEqual(new Set([1]));
        expect(attemptsOf(view)).toEqual([
          'count_left 1.1 lost',
          'count_left 1.2 success',
          'count_right 1.1 lost',
          'count_right 1.2 success',
          'greet 1.1 success',
          'open 1.1 success',
          'release 1.1 success',
          'shop.visits 1.1 success',
        ]);
        expect(logOf(house, dagId, runId, 'count_left 1.1').trimEnd().split('\n')).toHaveLength(2);
        expect(logOf(house, dagId, runId, 'count_left 1.2')).toContain('attempt succeeded');
        await expectAsIfUndisturbed(house, dagId);
      });
    },
    testTimeoutMs,
  );

  test(
    'hands its tasks on when it is stopped in good order, too',
    async () => {
      await withHouse({ dags: [systemDags] }, async (house) => {
        const worker = await house.startWorker();
        await house.deploy();
        const runId = await startCounting(house, 'watched_shop');
        await worker.stop();
        await house.startWorker();
        const summary = await house.client.result('watched_shop', runId);
        const view = await house.client.run('watched_shop', runId);

        expect(summary).toMatchObject({ state: 'success', retries: 0 });
        expect(attemptsOf(view)).toContain('count_left 1.2 success');
        expect(logOf(house, 'watched_shop', runId, 'count_left 1.1')).toContain('attempt cancelled');
        await expectAsIfUndisturbed(house, 'watched_shop');
      });
    },
    testTimeoutMs,
  );
});

describe('a day of the retail pipeline', () => {
  const retailDay = '2020-03-02/2020-03-03';
  const retailInterval = { start: '2020-03-02T00:00:00Z', end: '2020-03-03T00:00:00Z' };
  const deliver = async (landing: string): Promise<void> => {
    const path = join(landing, 'online_retail', 'invoices.csv');
    await generateInvoices({ path, rows: 12_000, seed: 7, endDate: '2020-03-03', days: 3 });
  };

  test.each(['extract', 'staging.stg_invoices', 'core.fact_sales', 'release'])(
    'whose worker is killed around its task %s publishes what it would have',
    async (taskId) => {
      await withHouse({ dags: [ownDags] }, async (house) => {
        await deliver(house.landing);
        const worker = await house.startWorker();
        await house.deploy();
        const dagId = 'retail_daily';
        const [runId = ''] = await house.client.trigger({ dagId, interval: retailDay });
        const hasBegun = async (): Promise<boolean> => {
          const view = await house.client.run(dagId, runId).catch(() => null);
          return ['running', 'success'].includes(view?.run.tasks[taskId]?.state ?? 'none');
        };
        await until(hasBegun, stepTimeoutMs);
        await worker.kill();
        await house.startWorker();
        const summary = await house.client.result(dagId, runId);
        const view = await house.client.run(dagId, runId);

        expect(summary).toMatchObject({ state: 'success', label: 'success', retries: 0 });
        expect(triesOf(view)).toEqual(new Set([1]));
        await house.read(async (warehouse) => {
          const run = { dagId, interval: retailInterval, params: { source: 'online_retail', sourceTimezone: 'UTC' } };
          expect(await fingerprintsOf(warehouse)).toEqual(await undisturbed(house.project, [run], deliver));
          expect(
            await rowsOf(
              warehouse,
              `select (select count(*) from staging.stg_invoices)
                 = (select count(distinct (file, line)) from staging.stg_invoices)
               and (select count(*) from staging.stg_invoices)
                 = (select count(*) from core.fact_sales) + (select count(*) from core.fact_returns)
                 + (select count(*) from quality.rejected_rows) as is_conserved`,
            ),
          ).toEqual([{ is_conserved: true }]);
        });
      });
    },
    testTimeoutMs,
  );
});

describe("Temporal's server, killed in the middle of a run and started again", () => {
  async function withOwnServer(
    body: (server: TemporalServer, restart: () => Promise<void>) => Promise<void>,
  ): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'tidemill-own-server-'));
    const start = (port?: number): Promise<TemporalServer> =>
      startTemporalServer({ executable: executable ?? '', folder, ...(port === undefined ? {} : { port }) });
    let server = await start();
    const { address, pid } = server;
    try {
      await body(server, async () => {
        process.kill(pid, 'SIGKILL');
        await server.exited;
        server = await start(Number(address.split(':')[1]));
        expect(server.address).toBe(address);
      });
    } finally {
      await server.stop();
      rmSync(folder, { recursive: true });
    }
  }

  testOwnServer(
    'loses nothing: the run goes on where it was, with no try more',
    async () => {
      await withOwnServer(async (server, restart) => {
        await withHouse({ dags: [systemDags], server }, async (house) => {
          await house.startWorker();
          await house.deploy();
          const dagId = 'long_chain';
          const [runId = ''] = await house.client.trigger({ dagId, interval: day });
          const isMidway = async (): Promise<boolean> => {
            const view = await house.client.run(dagId, runId).catch(() => null);
            return view?.run.tasks.step_12?.state === 'success';
          };
          await until(isMidway, stepTimeoutMs);
          await restart();
          const summary = await house.client.result(dagId, runId);
          const view = await house.client.run(dagId, runId);

          expect(summary).toMatchObject({ state: 'success', retries: 0 });
          expect(triesOf(view)).toEqual(new Set([1]));
          // An answer that was on its way when the server died is asked for again: another attempt, never another try.
          expect(view.run.attempts.filter(({ state }) => state === 'success')).toHaveLength(view.spec.tasks.length);
          await expectAsIfUndisturbed(house, dagId);
        });
      });
    },
    testTimeoutMs,
  );

  testOwnServer(
    'waits with its tasks: one that runs meanwhile is not lost',
    async () => {
      await withOwnServer(async (server, restart) => {
        await withHouse({ dags: [systemDags], server }, async (house) => {
          const worker = await house.startWorker();
          await house.deploy();
          const runId = await startCounting(house, 'watched_shop');
          await restart();
          await worker.kill();
          await house.startWorker();
          const summary = await house.client.result('watched_shop', runId);

          expect(summary).toMatchObject({ state: 'success', retries: 0 });
          expect(triesOf(await house.client.run('watched_shop', runId))).toEqual(new Set([1]));
          await expectAsIfUndisturbed(house, 'watched_shop');
        });
      });
    },
    testTimeoutMs,
  );
});
