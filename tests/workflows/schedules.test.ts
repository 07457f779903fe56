import { expect, test } from '@jest/globals';
import { Connection } from '@temporalio/client';
import { continuous, cron, customTimetable, type DagDefinition, dates, defineDag, delta, once } from '../../engine';
import { type RunServer, uniqueDagId, withRunServer } from '../support/run-server';
import { sharedServer } from '../support/server';
import { until } from '../support/until';

const nothing = async (): Promise<null> => null;
const aDag = (options: Parameters<typeof defineDag>[0]): DagDefinition =>
  defineDag(options, ({ task }) => task('only', nothing, {}));

const iso = (ms: number): string => new Date(ms).toISOString();

/** How long a busy machine may take; nothing waits for it when all goes well. */
const patienceMs = 60_000;

/** Where the intervals of the runs that have ended begin. */
async function endedStarts({ client }: RunServer, id: string): Promise<readonly string[]> {
  return (await client.control(id)).recent.map((run) => run.interval.start);
}

test('nothing runs that the timetable did not name, exactly once, however often the schedule is triggered or backfilled by hand', async () => {
  const id = uniqueDagId('by_hand');
  const hourMs = 3_600_000;
  const nowMs = Date.now();
  const startMs = Math.floor(nowMs / hourMs) * hourMs - 4 * hourMs;
  const dag = aDag({ id, schedule: delta('1 hour'), startDate: iso(startMs), catchup: true });

  await withRunServer([dag], async (server) => {
    const { client, temporal, deploy } = server;
    await deploy(id);
    const schedule = temporal.schedule.getHandle(`tidemill/${id}`);
    // Paused, a schedule can be triggered all the same: the DAG's control takes nothing over.
    await schedule.trigger();
    await client.unpause(id);
    await Promise.all([1, 2, 3].map(() => schedule.trigger()));
    await schedule.backfill({ start: new Date(startMs - 24 * hourMs), end: new Date(nowMs), overlap: 'ALLOW_ALL' });
    const ticks = `WorkflowType = 'dagTick' AND WorkflowId STARTS_WITH 'dag_tick/${id}'`;
    await until(async () => (await temporal.workflow.count(ticks)).count >= 28, patienceMs);
    await until(
      async () => (await temporal.workflow.count(`${ticks} AND ExecutionStatus = 'Running'`)).count === 0,
      patienceMs,
    );
    await until(async () => {
      const { recent, active, queued } = await client.control(id);
      return recent.length >= 4 && active.length + queued.length === 0;
    }, patienceMs);
    const endMs = Date.parse((await client.control(id)).watermark ?? '');
    const named = Array.from({ length: (endMs - startMs) / hourMs }, (_, hour) =>
      iso(startMs + hour * hourMs).replace('.000Z', 'Z'),
    );
    const runs = `WorkflowType = 'dagRun' AND TidemillDag = '${id}'`;
    await until(async () => (await temporal.workflow.count(runs)).count >= named.length, patienceMs);
    const executions: string[] = [];
    for await (const { workflowId } of temporal.workflow.list({ query: runs })) executions.push(workflowId);

    expect(executions.sort()).toEqual(named.map((start) => `dag_run/${id}/scheduled__${start}`));
    // They run side by side, so they may end in any order.
    expect([...(await endedStarts(server, id))].sort()).toEqual(named);
    expect((await client.control(id)).refused).toEqual([]);
  });
});

test('every due instant has a wake-up, also on the days on which clocks change', async () => {
  const schedules = [
    cron('30 2 * * *', { timezone: 'Europe/London' }),
    cron('0 * * * *', { timezone: 'Europe/London', fold: 'both' }),
    cron('*/15 * * * *', { timezone: 'Europe/Berlin' }),
    cron('30 1 * * *', { timezone: 'America/New_York', fold: 'last', delay: '90 seconds' }),
    cron('15 2 * * *', { timezone: 'Australia/Lord_Howe', gap: 'skip' }),
    dates(['2027-03-28T00:30:00Z', '2027-10-31'], { interval: '1 day', timezone: 'Europe/London' }),
    delta('7 hours', { delay: '10 seconds' }),
  ];
  const dags = schedules.map((schedule) => aDag({ id: uniqueDagId('wakes'), schedule }));

  await withRunServer(dags, async ({ client, deploy }) => {
    const connection = await Connection.connect({ address: sharedServer().address });
    for (const [index, { dagId }] of dags.entries()) {
      await deploy(dagId);
      const isDates = index === 5;
      const due = isDates
        ? await client.nextExecutions(dagId, 2)
        : (await client.executionsAroundChanges(dagId, 12)).flatMap(({ runs }) => runs);
      const next = index === 6 ? await client.nextExecutions(dagId, 12) : due;
      expect(next.length).toBeGreaterThan(0);
      for (const { runAt } of next) {
        const seconds = Date.parse(runAt) / 1_000;
        const { startTime } = await connection.workflowService.listScheduleMatchingTimes({
          namespace: 'default',
          scheduleId: `tidemill/${dagId}`,
          startTime: { seconds: (seconds - 1) as never },
          endTime: { seconds: seconds as never },
        });
        expect([dagId, runAt, (startTime ?? []).map((at) => Number(at.seconds))]).toEqual([dagId, runAt, [seconds]]);
      }
    }
    await connection.close();
  });
});

test('continuous starts the next run when the last has ended, for the time since', async () => {
  const id = uniqueDagId('continuous');
  const startDate = '2026-01-01T00:00:00Z';
  const dag = aDag({ id, schedule: continuous(), startDate });

  await withRunServer([dag], async ({ client, deploy }) => {
    await deploy(id);
    await client.unpause(id);
    await until(async () => (await client.control(id)).recent.length >= 4, patienceMs);
    await client.pause(id);
    await until(async () => (await client.control(id)).active.length === 0, patienceMs);
    const { recent } = await client.control(id);
    const intervals = recent.map((run) => run.interval).reverse();

    if (recent.length < 25) expect(intervals[0]?.start).toBe(startDate);
    for (const [index, interval] of intervals.slice(1).entries()) expect(interval.start).toBe(intervals[index]?.end);
  });
});

test('once runs once, at its start date', async () => {
  const id = uniqueDagId('once');
  const startMs = Math.ceil(Date.now() / 1_000) * 1_000 + 3_000;
  const dag = aDag({ id, schedule: once(), startDate: iso(startMs) });

  await withRunServer([dag], async ({ client, deploy, temporal }) => {
    await deploy(id);
    await client.unpause(id);
    await until(async () => (await client.control(id)).recent.length === 1, patienceMs);
    await temporal.schedule.getHandle(`tidemill/${id}`).trigger();
    await client.pause(id);
    await client.unpause(id);
    const { recent, active, queued } = await client.control(id);

    expect(Date.parse(recent[0]?.startedAt ?? '')).toBeGreaterThanOrEqual(startMs);
    expect([recent.length, active.length, queued.length]).toEqual([1, 0, 0]);
  });
});

test("a timetable of the author's own is asked by the worker, which alone has it", async () => {
  const id = uniqueDagId('own');
  const dayMs = 86_400_000;
  const span = (endMs: number) => ({ start: iso(endMs - dayMs), end: iso(endMs) });
  const schedule = customTimetable({
    name: 'utc_days',
    settings: {},
    next: (after) => span((Math.floor(Date.parse(after) / dayMs) + 1) * dayMs),
    last: (at) => span(Math.floor(Date.parse(at) / dayMs) * dayMs),
  });

  await withRunServer([aDag({ id, schedule })], async ({ client, deploy }) => {
    await deploy(id);
    const [next] = await client.nextExecutions(id, 1);
    await client.unpause(id);
    await until(async () => (await client.control(id)).recent.length === 1, patienceMs);
    const [runId = ''] = await client.trigger({ dagId: id });
    const summary = await client.result(id, runId);
    const { recent } = await client.control(id);

    expect(Date.parse(next?.runAt ?? '') % dayMs).toBe(0);
    expect(summary.interval).toEqual(recent.find((run) => run.runType === 'scheduled')?.interval);
  });
});
