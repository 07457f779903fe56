import { proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import { type Json, type Plan, type Run, type RunSummary, runRecord, type Versions } from '../engine/interpreter';

/**
 * Activities of the house itself: small, idempotent, local. They reach what a workflow cannot: the
 * warehouse, time zones, other workflows.
 */
export interface HouseActivities {
  /** Puts the run's immutable record and tells the DAG's control; repeated safely. */
  recordRun(input: {
    readonly record: { readonly [key: string]: Json };
    readonly dagId: string;
    readonly summary: RunSummary;
  }): Promise<void>;
  /** Asks the timetable which runs are due and hands them to the DAG's control. */
  wakeControl(input: { readonly dagId: string }): Promise<void>;
  /** Tells which of these runs are over, though they never said so. */
  lostRuns(input: {
    readonly dagId: string;
    readonly runIds: readonly string[];
  }): Promise<readonly { readonly runId: string; readonly how: string }[]>;
}

export const houseActivities = proxyLocalActivities<HouseActivities>({
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '10 seconds' },
});

/** Records a finished run. */
export async function recordRun(plan: Plan, run: Run, versions: Versions, summary: RunSummary): Promise<void> {
  const execution = workflowInfo().firstExecutionRunId;
  const record = runRecord({ plan, run, versions, execution, at: summary.endedAt });
  await houseActivities.recordRun({ record, dagId: run.identity.dagId, summary });
}
