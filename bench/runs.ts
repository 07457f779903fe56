import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { TidemillClient, TriggerOptions } from '../client';
import { EngineBug, type RunSummary, runWorkflowId, TaskError } from '../engine';

/** One run that was triggered and has ended well. Instants in epoch milliseconds. */
export interface EndedRun {
  readonly runId: string;
  /** Our clock, just before the trigger was sent. */
  readonly triggeredAt: number;
  /** The server's clock. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly historyEvents: number;
  readonly historyBytes: number;
  readonly summary: RunSummary;
}

const lookEveryMs = 20;

/** Triggers one run through the DAG's control, as `dags trigger` does, and waits for its success. */
export async function triggerAndWait(client: TidemillClient, options: TriggerOptions): Promise<EndedRun> {
  const triggeredAt = Date.now();
  const [runId] = await client.trigger(options);
  if (runId === undefined) throw new EngineBug(`${options.dagId} was triggered and gave no run`);
  return { triggeredAt, ...(await waitForRun(client, options.dagId, runId)) };
}

/** Waits for the success of a run that was triggered; it may still be queued. */
export async function waitForRun(
  client: TidemillClient,
  dagId: string,
  runId: string,
): Promise<Omit<EndedRun, 'triggeredAt'>> {
  const workflowId = runWorkflowId(dagId, runId);
  const summary = await resultOf<RunSummary>(client.temporal, workflowId);
  if (summary.state !== 'success' || summary.label !== 'success') {
    throw new TaskError({
      code: 'bench_run_failed',
      message: `Run ${runId} of ${dagId} ended as "${summary.label}". States: ${JSON.stringify(summary.tasks)}`,
      details: { dag: dagId, run: runId },
    });
  }
  return { runId, summary, ...(await timesOf(client.temporal, workflowId)) };
}

/** Start and end of a finished workflow by the server's clock, and what its history weighs. */
export async function timesOf(
  temporal: Client,
  workflowId: string,
): Promise<Pick<EndedRun, 'startedAt' | 'endedAt' | 'historyEvents' | 'historyBytes'>> {
  const { startTime, closeTime, historyLength, historySize } = await temporal.workflow.getHandle(workflowId).describe();
  if (closeTime === undefined) throw new EngineBug(`Workflow ${workflowId} has not ended`);
  return {
    startedAt: startTime.getTime(),
    endedAt: closeTime.getTime(),
    historyEvents: Number(historyLength),
    historyBytes: Number(historySize ?? 0),
  };
}

/** The client's own wait asks the control every 200 ms while a run is not there; here only the server is asked. */
async function resultOf<Result>(temporal: Client, workflowId: string): Promise<Result> {
  for (;;) {
    try {
      return (await temporal.workflow.getHandle(workflowId).result()) as Result;
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      await sleep(lookEveryMs);
    }
  }
}
