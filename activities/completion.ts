import { completionActivityId, runWorkflowId, type TaskOrder } from '../engine';
import type { TaskContext } from './context';

/** What completes a deferred task from outside; null of any other task. */
export function completionOf({ dagId, runId, taskId, tryNumber, kind }: TaskOrder): TaskContext['completion'] {
  if (kind !== 'deferred') return null;
  return { workflowId: runWorkflowId(dagId, runId), activityId: completionActivityId(taskId, tryNumber) };
}
