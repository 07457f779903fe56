import { Context } from '@temporalio/activity';
import { type Client, isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import {
  type AssetEvent,
  askTimetable,
  assetMessages,
  assetWorkflowId,
  type Control,
  type CustomTimetable,
  checkObject,
  controlMessages,
  controlWorkflowId,
  dueRuns,
  type Json,
  type KnownRun,
  nextRuns,
  RequestError,
  type RunProgress,
  type RunSummary,
  runMessages,
  runWorkflowId,
  type ScheduleState,
  type TimetableQuestion,
  workflowNames,
} from './engine';
import { createPoolActivities } from './house-activities/pools';
import {
  compactRunRecords,
  finishedRuns,
  type ObjectStore,
  putRunRecord,
  putShardResults,
  type RunRecord,
  type ShardResults,
} from './warehouse';
import type { AssetRole } from './workflows';

interface Needs {
  readonly client: Client;
  readonly store: ObjectStore;
  /** Timetables of authors' own, by DAG id. */
  readonly timetables: Timetables;
}

/** A busy run may take this long to say how far it is; a page that is a little old is better than a control that waits. */
const lookTimeoutMs = 2_000;
export type Timetables = ReadonlyMap<string, CustomTimetable>;

/** How often a worker looks whether there are many run records to put together. */
const compactEveryMs = 15 * 60_000;

/** The activities of the house itself (`workflows/house-activities.ts` says what each promises). */
export function createHouseActivities({ client, store, timetables }: Needs) {
  const compact = nowAndThen(() => compactRunRecords(store));
  return {
    recordRun: async ({
      record,
      dagId,
      summary,
    }: {
      record: { readonly [key: string]: Json };
      dagId: string;
      summary: RunSummary;
    }): Promise<void> => {
      // Side by side, for both may be repeated: the first record stays, and a second end changes nothing.
      await Promise.all([
        putRunRecord(store, record as unknown as RunRecord),
        signalControl(client, dagId, controlMessages.runEnded, summary),
      ]);
      compact();
    },
    recordShard: (results: ShardResults): Promise<void> => putShardResults(store, results),
    knownRuns: ({ dagId }: { dagId: string }): Promise<readonly KnownRun[]> => knownRuns(client, store, dagId),
    wakeControl: ({ dagId }: { dagId: string }): Promise<void> => wakeControl(client, dagId, timetables),
    tellAssets: async ({ events }: { events: readonly AssetEvent[] }): Promise<void> => {
      const { taskQueue } = Context.current().info;
      for (const event of events)
        await signalHub(client, { name: event.asset, taskQueue }, assetMessages.happen, event);
    },
    handOver: ({ dagId, event }: { dagId: string; event: AssetEvent }): Promise<void> =>
      signalControl(client, dagId, controlMessages.assetUpdated, event),
    askTimetable: async ({ dagId, question }: { dagId: string; question: TimetableQuestion }) => {
      const schedule = scheduleState(await queryControl(client, dagId), timetables.get(dagId));
      if (schedule !== null) return askTimetable(schedule, question);
      throw new RequestError({
        code: 'dag_not_deployed',
        message: `DAG ${dagId} is not deployed. Run: tidemill deploy`,
        details: { dag: dagId },
      });
    },
    checkForm: async ({ form, answer }: { form: Json; answer: Json }): Promise<ReturnType<typeof checkObject>> =>
      checkObject(form, answer as { readonly [name: string]: Json }),
    ...createPoolActivities(client),
    lookAtRuns: (look: RunsLook): Promise<RunsSeen> => lookAtRuns(client, look),
  };
}

async function knownRuns(client: Client, store: ObjectStore, dagId: string): Promise<readonly KnownRun[]> {
  const handle = client.workflow.getHandle(controlWorkflowId(dagId));
  const [control, finished] = await Promise.all([
    handle.query<Control>(controlMessages.control),
    finishedRuns(store, dagId),
  ]);
  const open = (runs: Control['queued'], state: 'queued' | 'running'): readonly KnownRun[] =>
    runs.map(({ runId, interval, queuedAt }) => ({ runId, start: interval.start, state, at: queuedAt }));
  return [...finished, ...open(control.queued, 'queued'), ...open(control.active, 'running')];
}

interface LostRun {
  readonly runId: string;
  readonly how: string;
}

interface RunsLook {
  readonly dagId: string;
  readonly runIds: readonly string[];
  readonly shown: number;
  readonly known: Control['progress'];
}

interface RunsSeen {
  readonly lost: readonly LostRun[];
  readonly seen: readonly RunProgress[];
}

/** Tells a DAG's control what is due, until the timetable has nothing more to say. */
export async function wakeControl(client: Client, dagId: string, timetables: Timetables = new Map()): Promise<void> {
  const control = await queryControl(client, dagId);
  const schedule = scheduleState(control, timetables.get(dagId));
  if (schedule === null) return;
  const nowMs = Date.now();
  const nextRunAt = nextRuns(schedule, nowMs, 1)[0]?.runAt ?? null;
  let runs = dueRuns(schedule, nowMs);
  await signalControl(client, dagId, controlMessages.due, { runs, nextRunAt });
  // The timetable answers in pages; a long catch-up is handed over whole. While paused nothing is taken over.
  for (let last = runs.at(-1); last !== undefined && control.paused === null; last = runs.at(-1)) {
    runs = dueRuns({ ...schedule, watermark: last.interval.end }, nowMs);
    if (runs.length > 0) await signalControl(client, dagId, controlMessages.due, { runs, nextRunAt });
  }
}

/** What the timetable is asked with; null for a DAG that was never deployed. */
export function scheduleState(control: Control, custom?: CustomTimetable): ScheduleState | null {
  if (control.deployment === null) return null;
  const { timetable, startDate, endDate, catchup } = control.deployment.spec;
  const { watermark, activeSince } = control;
  const bounds = { timetable, startDate, endDate, catchup, watermark, activeSince };
  return custom === undefined ? bounds : { ...bounds, custom };
}

function queryControl(client: Client, dagId: string): Promise<Control> {
  return client.workflow.getHandle(controlWorkflowId(dagId)).query<Control>(controlMessages.control);
}

/** Signals the hub of an asset, which begins with the first word of it. */
export async function signalHub(
  client: Client,
  { name, taskQueue }: { readonly name: string; readonly taskQueue: string },
  signal: string,
  argument: AssetEvent | AssetRole,
): Promise<void> {
  await client.workflow.signalWithStart(workflowNames.assetHub, {
    workflowId: assetWorkflowId(name),
    taskQueue,
    workflowTaskTimeout: '5 seconds',
    args: [{ name, hub: null }],
    signal,
    signalArgs: [argument],
    staticSummary: `asset ${name}`,
  });
}

/** A DAG that was removed has no control to tell, which is fine. */
async function signalControl(client: Client, dagId: string, signal: string, argument: unknown): Promise<void> {
  try {
    await client.workflow.getHandle(controlWorkflowId(dagId)).signal(signal, argument);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

const endings: { readonly [status: string]: string } = {
  TERMINATED: 'terminated in Temporal',
  FAILED: 'failed outside the engine',
  TIMED_OUT: 'timed out in Temporal',
  CANCELLED: 'cancelled in Temporal',
  COMPLETED: 'ended without telling',
};

async function lookAtRuns(client: Client, { dagId, runIds, shown, known }: RunsLook): Promise<RunsSeen> {
  const lost = await lostRuns(client, dagId, runIds);
  const gone = new Set(lost.map(({ runId }) => runId));
  const living = runIds.slice(0, shown).filter((runId) => !gone.has(runId));
  const progress = await Promise.all(living.map((runId) => progressOfRun(client, dagId, runId)));
  const seen = progress
    .filter((one) => one !== null)
    .filter((one) => JSON.stringify(one) !== JSON.stringify(known[one.runId]));
  return { lost, seen };
}

/** A run that does not answer now, or has just ended, is looked at again with the next round. */
async function progressOfRun(client: Client, dagId: string, runId: string): Promise<RunProgress | null> {
  try {
    const handle = client.workflow.getHandle(runWorkflowId(dagId, runId));
    return await client.withDeadline(Date.now() + lookTimeoutMs, () => handle.query<RunProgress>(runMessages.progress));
  } catch {
    return null;
  }
}

async function lostRuns(client: Client, dagId: string, runIds: readonly string[]): Promise<readonly LostRun[]> {
  const lost: LostRun[] = [];
  for (const runId of runIds) {
    const status = await statusOf(client, runWorkflowId(dagId, runId));
    const how = status === null ? 'gone from the server' : endings[status];
    if (how !== undefined) lost.push({ runId, how });
  }
  return lost;
}

async function statusOf(client: Client, workflowId: string): Promise<string | null> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    if (isGrpcServiceError(error) && error.code === 5) return null;
    throw error;
  }
}

/** Runs a job beside the work, at most once per period; what it fails at is tried again with the next one. */
function nowAndThen(job: () => Promise<unknown>): () => void {
  let nextMs = Date.now() + compactEveryMs;
  return () => {
    if (Date.now() < nextMs) return;
    nextMs = Date.now() + compactEveryMs;
    job().catch((error: unknown) => process.stderr.write(`run records were not put together: ${String(error)}\n`));
  };
}
