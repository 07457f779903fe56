import { cron, type DagDefinition, defineDag, FailTask, SkipTask } from '../../engine';
import type { RunServer } from '../support/run-server';
import { until } from '../support/until';

/** A story that is played once on a real server, so that its histories can be replayed on every later version of the code. */
export interface Recording {
  readonly name: string;
  readonly dag: DagDefinition;
  /** Recorded on a server that asks for a new history after some sixty events, and not after thousands. */
  readonly shortHistories?: boolean;
  /** Plays the story and names the workflows to keep, with every execution that they had. */
  play(server: RunServer): Promise<readonly string[]>;
}

const nothing = async (): Promise<null> => null;
const untilStopped = (context: { readonly signal: AbortSignal }): Promise<null> =>
  new Promise((resolve) => context.signal.addEventListener('abort', () => resolve(null)));

/** Runs the DAG once, without its control. */
async function playRun({ execute }: RunServer, dagId: string): Promise<readonly string[]> {
  await execute(dagId, { runId: 'recorded' });
  return [`dag_run/${dagId}/recorded`];
}

const chain = defineDag({ id: 'chain' }, ({ task, run }) => {
  const first = task('first', async () => ({ row_count: 3 }), {});
  const second = task('second', async (_context: never, input: { n: { row_count: number } }) => input.n, { n: first });
  const third = task('third', async (_context: never, input: { day: string }) => input.day, {
    day: run.interval.start,
  }).after(second);
  task('fifth', nothing, {}).after(task('fourth', nothing, {}).after(third));
});

function failing(times: number, text: string): () => Promise<null> {
  let calls = 0;
  return async () => {
    calls += 1;
    if (calls <= times) throw new Error(`${text} ${calls}`);
    return null;
  };
}

const retries = defineDag({ id: 'retries', defaults: { retryDelay: '50 milliseconds' } }, ({ task }) => {
  const mended = task('mended', failing(2, 'failure'), {}, { retries: 3, retryExponentialBackoff: 2 });
  const lost = task('lost', failing(9, 'failure'), {}, { retries: 1 }).after(mended);
  task('blocked', nothing, {}).after(lost);
  task('clean_up', nothing, {}, { triggerRule: 'all_done' }).after(lost);
  task('alarm', nothing, {}, { triggerRule: 'one_failed' }).after(lost);
});

let pokes = 0;
const pokeInterval = '50 milliseconds';
const sensor = defineDag({ id: 'sensor' }, ({ sensor: wait, task }) => {
  const there = wait('there', async () => ++pokes === 3, {}, { pokeInterval, timeout: '1 minute' });
  task('next', nothing, {}).after(there);
  wait('never', async () => false, {}, { pokeInterval, timeout: '120 milliseconds' });
});

const branches = defineDag({ id: 'branches' }, ({ branch, shortCircuit, group, task }) => {
  const choice = branch('choice', async () => ['left', 'middle'], {});
  const left = group('left', () => [task('left_1', nothing, {}), task('left_2', nothing, {})]).after(choice);
  const middle = task('middle', nothing, {}).after(choice);
  const right = task('right', nothing, {}).after(choice);
  task('join', nothing, {}, { triggerRule: 'none_failed_min_one_success' }).after(left, middle, right);
  const gate = shortCircuit('gate', async () => false, {});
  task('behind_the_gate', nothing, {}).after(gate);
});

const skips = defineDag({ id: 'skips', defaults: { retries: 5, retryDelay: '1 hour' } }, ({ task }) => {
  const skipped = task('skipped', () => Promise.reject(new SkipTask('no file today')), {});
  task('after_skip', nothing, {}).after(skipped);
  task('failed', () => Promise.reject(new FailTask('the source is gone')), {});
});

const endless = (id: string): DagDefinition =>
  defineDag({ id }, ({ task }) => {
    task('never', nothing, {}).after(task('endless', untilStopped, {}));
  });

const timeouts = defineDag({ id: 'timeouts', dagRunTimeout: '1 second' }, ({ task }) => {
  task('slow', () => new Promise(() => undefined), {}, { executionTimeout: '100 milliseconds' });
  task('late', untilStopped, {});
});

/** Blocks the event loop, so that no heartbeat is sent: to the server this is what a dead worker looks like. */
async function playDead(): Promise<null> {
  const end = Date.now() + 1_600;
  while (Date.now() < end);
  return null;
}

const lostWorker = defineDag({ id: 'lost_worker' }, ({ task }) => {
  task('block', playDead, {}, { heartbeatTimeout: '1 second' });
});

const wide = (id: string, taskCount: number): DagDefinition =>
  defineDag({ id }, ({ task }) => {
    const start = task('start', nothing, {});
    const many = Array.from({ length: taskCount }, (_, index) => task(`wide_${index}`, nothing, {}).after(start));
    task('join', nothing, {}).after(...many);
  });

const daily = (id: string): DagDefinition =>
  defineDag({ id, schedule: cron('0 0 * * *'), startDate: '2020-01-01', maxActiveRuns: 2 }, ({ task }) =>
    task('only', nothing, {}),
  );

/** Starts a run by the DAG's control and waits until its task runs. */
async function startEndless({ client, deploy }: RunServer, dagId: string): Promise<string> {
  await deploy(dagId);
  const [runId = ''] = await client.trigger({ dagId });
  const isRunning = async (): Promise<boolean> => {
    const view = await client.run(dagId, runId).catch(() => null);
    return view?.run.tasks.endless?.state === 'running';
  };
  await until(isRunning, 10_000);
  return runId;
}

async function playStop(server: RunServer): Promise<readonly string[]> {
  const runId = await startEndless(server, 'stop');
  await server.client.stop('stop', runId);
  await server.client.result('stop', runId);
  return [`dag_run/stop/${runId}`];
}

async function playCancel(server: RunServer): Promise<readonly string[]> {
  const runId = await startEndless(server, 'cancel');
  await server.temporal.workflow.getHandle(`dag_run/cancel/${runId}`).cancel();
  await server.client.result('cancel', runId);
  return [`dag_run/cancel/${runId}`];
}

/** Everything that a control is asked for: deploy, trigger, pause, unpause, a run that is lost, one that is taken out of the queue. */
async function playControl({ client, deploy, temporal, dags, folder }: RunServer): Promise<readonly string[]> {
  const dagId = 'control';
  await deploy(dagId);
  const runIds = await client.trigger({ dagId, interval: '2010-12-01/2010-12-05', eachDay: true });
  await client.stop(dagId, runIds[3] ?? '').catch(() => undefined);
  await until(async () => (await client.control(dagId)).active.length === 0, 20_000);
  await client.unpause(dagId);
  await client.pause(dagId);
  await until(async () => (await client.control(dagId)).active.length === 0, 20_000);
  const dag = dags.get(dagId);
  if (dag === undefined) throw new Error(`no DAG ${dagId}`);
  const deployable = { dagId, spec: dag.spec, versions: { spec: 'next', code: 'next' }, folder };
  await client.applyDeploy([deployable], await client.planDeploy([deployable], [folder]), { startPaused: true });
  await client.applyDeploy([], await client.planDeploy([], [folder]), { startPaused: true });
  await temporal.workflow.getHandle(`dag_control/${dagId}`).result();
  return [`dag_control/${dagId}`];
}

async function playLostRun(server: RunServer): Promise<readonly string[]> {
  const runId = await startEndless(server, 'lost_run');
  await server.temporal.workflow.getHandle(`dag_run/lost_run/${runId}`).terminate('by hand');
  await until(async () => (await server.client.control('lost_run')).refused.length > 0, 60_000);
  return ['dag_control/lost_run'];
}

async function playLongControl({ client, deploy }: RunServer): Promise<readonly string[]> {
  const dagId = 'long_control';
  await deploy(dagId);
  await client.trigger({ dagId, interval: '2010-12-01/2010-12-21', eachDay: true });
  await until(async () => (await client.control(dagId)).recent.length >= 20, 60_000);
  return [`dag_control/${dagId}`];
}

/** A backfill that outgrows its history, is paused, and goes on. */
async function playBackfill({ client, deploy }: RunServer): Promise<readonly string[]> {
  const dagId = 'backfilled';
  await deploy(dagId);
  const backfillId = await client.backfills.create({ dagId, from: '2010-12-01', to: '2010-12-21', maxActive: 3 });
  await until(async () => (await client.backfills.show(dagId, backfillId)) !== null, 10_000);
  await client.backfills.pause(dagId, backfillId);
  await client.backfills.resume(dagId, backfillId);
  await client.backfills.result(dagId, backfillId);
  return [`backfill/${dagId}/${backfillId}`];
}

/** A backfill that is cancelled in its middle. */
async function playCancelledBackfill({ client, deploy }: RunServer): Promise<readonly string[]> {
  const dagId = 'backfill_cancelled';
  await deploy(dagId);
  const backfillId = await client.backfills.create({ dagId, from: '2010-12-01', to: '2010-12-05', maxActive: 1 });
  const isRunning = async (): Promise<boolean> => {
    const view = await client.run(dagId, 'backfill__2010-12-01T00:00:00Z').catch(() => null);
    return view?.run.tasks.endless?.state === 'running';
  };
  await until(isRunning, 20_000);
  await client.backfills.cancel(dagId, backfillId);
  await client.backfills.result(dagId, backfillId);
  return [`backfill/${dagId}/${backfillId}`];
}

async function playTick({ client, deploy, temporal }: RunServer): Promise<readonly string[]> {
  const dagId = 'tick';
  await deploy(dagId);
  await client.unpause(dagId);
  await temporal.schedule.getHandle(`tidemill/${dagId}`).trigger();
  const ticks = async (): Promise<readonly string[]> => {
    const found: string[] = [];
    const query = "WorkflowType = 'dagTick' AND ExecutionStatus = 'Completed'";
    for await (const { workflowId } of temporal.workflow.list({ query })) {
      if (workflowId.startsWith(`dag_tick/${dagId}`)) found.push(workflowId);
    }
    return found;
  };
  await until(async () => (await ticks()).length > 0, 20_000);
  return await ticks();
}

const capped = (id: string, count: number): DagDefinition =>
  defineDag({ id, maxActiveTasksOverRuns: 2 }, ({ task }) => {
    for (let index = 1; index <= count; index += 1) task(`part_${index}`, nothing, {}, { priorityWeight: index });
  });

/** A run whose tasks hold slots, and the broker that gave them. */
async function playCapped(server: RunServer, dagId: string): Promise<readonly string[]> {
  const runs = await playRun(server, dagId);
  await until(async () => Object.keys((await server.client.pools()).leases).length === 0, 20_000);
  return [...runs, 'pools'];
}

const runOf =
  (dagId: string) =>
  (server: RunServer): Promise<readonly string[]> =>
    playRun(server, dagId);

export const recordings: readonly Recording[] = [
  { name: 'run_chain', dag: chain, play: runOf('chain') },
  { name: 'run_retries', dag: retries, play: runOf('retries') },
  { name: 'run_sensor', dag: sensor, play: runOf('sensor') },
  { name: 'run_branches', dag: branches, play: runOf('branches') },
  { name: 'run_skips', dag: skips, play: runOf('skips') },
  { name: 'run_timeouts', dag: timeouts, play: runOf('timeouts') },
  { name: 'run_lost_worker', dag: lostWorker, play: runOf('lost_worker') },
  { name: 'run_stop', dag: endless('stop'), play: playStop },
  { name: 'run_cancel', dag: endless('cancel'), play: playCancel },
  { name: 'run_fan_out_100', dag: wide('fan_out_100', 100), play: runOf('fan_out_100') },
  {
    name: 'run_continue_as_new',
    dag: wide('continue_as_new', 60),
    shortHistories: true,
    play: runOf('continue_as_new'),
  },
  { name: 'control', dag: daily('control'), play: playControl },
  { name: 'control_lost_run', dag: endless('lost_run'), play: playLostRun },
  { name: 'control_continue_as_new', dag: daily('long_control'), shortHistories: true, play: playLongControl },
  { name: 'run_capped', dag: capped('capped', 6), play: (server) => playCapped(server, 'capped') },
  {
    name: 'pools_continue_as_new',
    dag: capped('capped_long', 40),
    shortHistories: true,
    play: (server) => playCapped(server, 'capped_long'),
  },
  { name: 'tick', dag: daily('tick'), play: playTick },
  { name: 'backfill', dag: daily('backfilled'), shortHistories: true, play: playBackfill },
  { name: 'backfill_cancel', dag: endless('backfill_cancelled'), play: playCancelledBackfill },
];
