import { type ChildWorkflowHandle, ParentClosePolicy, startChild, WorkflowIdReusePolicy } from '@temporalio/workflow';
import { type DagSpec, type QueuedRun, runWorkflowId, type Versions } from '../engine/interpreter';
import { attributeKeys } from './attribute-keys';
import type { dagRun } from './dag-run';

/**
 * Starts a run's workflow, which outlives who started it. A second start of one run id is refused by the
 * server: `WorkflowExecutionAlreadyStartedError`.
 */
export async function startRunWorkflow(
  run: QueuedRun,
  { spec, versions }: { readonly spec: DagSpec; readonly versions: Versions },
): Promise<ChildWorkflowHandle<typeof dagRun>> {
  const { dagId } = spec;
  return await startChild<typeof dagRun>('dagRun', {
    workflowId: runWorkflowId(dagId, run.runId),
    workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
    parentClosePolicy: ParentClosePolicy.ABANDON,
    workflowTaskTimeout: '5 seconds',
    args: [{ spec, versions, identity: { dagId, ...run }, run: null }],
    staticSummary: `${dagId}, ${run.interval.start} to ${run.interval.end}`,
    memo: { summary: `${dagId} ${run.runId}: running\n${run.interval.start} to ${run.interval.end}` },
    typedSearchAttributes: [
      { key: attributeKeys.dag, value: dagId },
      { key: attributeKeys.runType, value: run.runType },
      { key: attributeKeys.state, value: 'running' },
      { key: attributeKeys.retries, value: 0 },
    ],
  });
}
