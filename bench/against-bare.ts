import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { BackfillOptions, TidemillClient } from '../client';
import { backfillLabel, backfillWorkflowId, TaskError } from '../engine';
import { type BenchOptions, type Figure, repeat } from './harness';
import {
  dagFolders,
  deploy,
  type Place,
  startBareWorker,
  startTidemillWorker,
  type WorkerProcess,
  withClient,
  withPlace,
} from './place';
import { peakMemoryBytes, processorMs } from './process-facts';
import { type EndedRun, timesOf, triggerAndWait } from './runs';

/** Ours beside the baseline: two worker processes on one server. */
export interface Contest {
  readonly client: TidemillClient;
  /** Triggers a DAG and waits for its run. */
  ours(dagId: string): Promise<Timed>;
  /** Backfills a DAG and waits for the end, which has to be a good one for every date. */
  backfill(options: BackfillOptions): Promise<Timed>;
  /** Runs a baseline workflow. */
  bare(
    workflow: 'bareChain' | 'bareFanOut' | 'bareMapping' | 'bareBackfill',
    input: { readonly tasks: number; readonly window?: number },
  ): Promise<Timed>;
  /** The most memory that our worker has held so far; null where the system does not tell. */
  oursPeakMb(): number | null;
}

export interface Timed extends Pick<EndedRun, 'startedAt' | 'endedAt' | 'historyEvents' | 'historyBytes'> {
  /** Processor time from before the start until after the end; null where the system does not tell. */
  readonly workerMs: number | null;
  readonly serverMs: number | null;
}

const queues = { ours: 'bench-ours', bare: 'bench-bare' } as const;

/** Runs a body with a `tidemill worker` that serves these DAGs and a bare worker with the same options. */
export async function withContest<Result>(
  dagIds: readonly string[],
  body: (contest: Contest) => Promise<Result>,
): Promise<Result> {
  return await withPlace((place) => withClient(place, queues.ours, (client) => compete(place, client, dagIds, body)));
}

async function compete<Result>(
  place: Place,
  client: TidemillClient,
  dagIds: readonly string[],
  body: (contest: Contest) => Promise<Result>,
): Promise<Result> {
  const warehouse = join(place.folder, 'warehouse');
  const ours = await startTidemillWorker(place, { taskQueue: queues.ours, dags: [dagFolders.bench], warehouse });
  try {
    const bare = await startBareWorker(place, queues.bare);
    try {
      await deploy(client, dagFolders.bench, dagIds);
      return await body({
        client,
        ours: (dagId) => metered(place, ours, () => triggerAndWait(client, { dagId })),
        oursPeakMb: () => megabytes(peakMemoryBytes(ours.pid)),
        backfill: (options) => metered(place, ours, () => runBackfill(client, options)),
        bare: (workflow, input) => metered(place, bare, () => runBare(client.temporal, workflow, input)),
      });
    } finally {
      await bare.stop();
    }
  } finally {
    await ours.stop();
  }
}

function megabytes(bytes: number | null): number | null {
  return bytes === null ? null : bytes / 1_048_576;
}

type Run = Omit<Timed, 'workerMs' | 'serverMs'>;

async function metered(place: Place, worker: WorkerProcess, body: () => Promise<Run>): Promise<Timed> {
  const look = () => ({ worker: processorMs(worker.pid), server: processorMs(place.serverPid) });
  const before = look();
  const run = await body();
  const after = look();
  return { ...run, workerMs: less(after.worker, before.worker), serverMs: less(after.server, before.server) };
}

function less(after: number | null, before: number | null): number | null {
  return after === null || before === null ? null : after - before;
}

async function runBackfill(client: TidemillClient, options: BackfillOptions): Promise<Run> {
  const { dagId } = options;
  const backfillId = await client.backfills.create(options);
  const ended = await client.backfills.result(dagId, backfillId);
  if (ended.dates.some(({ state }) => state !== 'success')) {
    throw new TaskError({
      code: 'bench_run_failed',
      message: `The backfill of ${dagId} ended as ${backfillLabel(ended)}.`,
      details: { dag: dagId, backfill: backfillId },
    });
  }
  const last = await timesOf(client.temporal, backfillWorkflowId(dagId, backfillId));
  // A long backfill goes on in fresh histories: the times of the last one are not those of the whole.
  return { ...last, startedAt: Date.parse(backfillId) };
}

async function runBare(temporal: Client, workflow: string, input: object): Promise<Run> {
  const workflowId = `${workflow}/${randomUUID()}`;
  await temporal.workflow.execute(workflow, {
    workflowId,
    taskQueue: queues.bare,
    workflowTaskTimeout: '5 seconds',
    args: [input],
  });
  return await timesOf(temporal, workflowId);
}

export interface Pair {
  readonly ours: Timed;
  readonly bare: Timed;
}

/** One of each to warm up, then ours and the baseline in turns, so that drift of the machine hits both. */
export async function takeTurns(
  options: BenchOptions,
  runs: { readonly ours: () => Promise<Timed>; readonly bare: () => Promise<Timed> },
): Promise<readonly Pair[]> {
  await runs.ours();
  await runs.bare();
  return await repeat(options, async () => ({ ours: await runs.ours(), bare: await runs.bare() }));
}

export function durationMs({ startedAt, endedAt }: Timed): number {
  return endedAt - startedAt;
}

/** Processor time per task, which other work on the machine hardly changes: what the clock on the wall is made of. */
export function processorFigures(name: string, tasks: number, pairs: readonly Pair[]): readonly Figure[] {
  const figure = (who: string, pick: (timed: Timed) => number | null): readonly Figure[] => {
    const values = (which: 'ours' | 'bare'): readonly number[] =>
      pairs.flatMap((pair) => pick(pair[which]) ?? []).map((ms) => ms / tasks);
    const [ours, baseline] = [values('ours'), values('bare')];
    return ours.length === 0 ? [] : [{ name: `${name}: ${who}'s processor time per task`, unit: 'ms', ours, baseline }];
  };
  return [...figure('worker', ({ workerMs }) => workerMs), ...figure('server', ({ serverMs }) => serverMs)];
}

/** What a run's history weighs beside the baseline's: more events and bytes are more work for the server. */
export function historyNote(name: string, pairs: readonly Pair[]): string {
  const last = pairs.at(-1);
  if (last === undefined) return '';
  const text = ({ historyEvents, historyBytes }: Timed): string =>
    `${historyEvents} events, ${Math.round(historyBytes / 1_024)} KB`;
  return `history of ${name}: ours ${text(last.ours)}; bare ${text(last.bare)}`;
}
