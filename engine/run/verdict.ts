import { type Reason, reason } from '../gates/reason';
import type { RunDraft } from './draft';
import { type Run, type TaskInstance, taskOf } from './run';
import { isFailure } from './task-state';

/** A finished run is failed if it was ended early or a leaf failed, as in Airflow; else it succeeded. */
export function verdictOf(draft: RunDraft): { readonly state: 'success' | 'failed'; readonly reason: Reason } {
  const { ending } = draft.head;
  if (ending !== null) return { state: 'failed', reason: ending.reason };
  const broken = draft.plan.leaves.filter((taskId) => isFailure(draft.task(taskId).state));
  if (broken.length > 0) return { state: 'failed', reason: reason('leaf_failed', 'last tasks failed', broken) };
  return { state: 'success', reason: reason('leaves_succeeded', 'every last task succeeded or was skipped') };
}

/** Ids of the tasks that failed by themselves (not for an upstream), sorted. */
export function failedTasks(run: Run): readonly string[] {
  return Object.keys(run.tasks)
    .filter((taskId) => taskOf(run, taskId).state === 'failed')
    .sort();
}

/** A run's state for people: a success over a failed inner task says so, `success, 1 failed`. */
export function runLabel(run: Run): string {
  const failures = failedTasks(run).length;
  return run.state === 'success' && failures > 0 ? `success, ${failures} failed` : run.state;
}

/** Tries beyond the first, over all tasks. */
export function retryCount(run: Run): number {
  const retriesOf = (task: TaskInstance): number => Math.max(0, task.tryNumber - 1) + (task.map?.retries ?? 0);
  return Object.values(run.tasks).reduce((sum, task) => sum + retriesOf(task), 0);
}
