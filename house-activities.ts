import { type Client, isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import {
  type Control,
  controlMessages,
  controlWorkflowId,
  dueRuns,
  type Json,
  nextRuns,
  type RunSummary,
  runWorkflowId,
  type ScheduleState,
} from './engine';
import { compactRunRecords, type ObjectStore, putRunRecord, type RunRecord } from './warehouse';

interface Needs {
  readonly client: Client;
  readonly store: ObjectStore;
}

/** How often a worker looks whether there are many run records to put together. */
const compactEveryMs = 15 * 60_000;

/** The activities of the house itself (`workflows/house-activities.ts` says what each promises). */
export function createHouseActivities({ client, store }: Needs) {
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
    wakeControl: ({ dagId }: { dagId: string }): Promise<void> => wakeControl(client, dagId),
    lostRuns: ({ dagId, runIds }: { dagId: string; runIds: readonly string[] }): Promise<readonly LostRun[]> =>
      lostRuns(client, dagId, runIds),
  };
}

interface LostRun {
  readonly runId: string;
  readonly how: string;
}

/** Tells a DAG's control what is due, until the timetable has nothing more to say. */
export async function wakeControl(client: Client, dagId: string): Promise<void> {
  const control = await client.workflow.getHandle(controlWorkflowId(dagId)).query<Control>(controlMessages.control);
  const schedule = scheduleState(control);
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
export function scheduleState(control: Control): ScheduleState | null {
  if (control.deployment === null) return null;
  const { timetable, startDate, endDate, catchup } = control.deployment.spec;
  return { timetable, startDate, endDate, catchup, watermark: control.watermark };
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
