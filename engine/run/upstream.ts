import type { Upstream } from '../gates/trigger-rule';
import { leafStates } from './mapping';
import { type Plan, plannedTask } from './plan';
import { mapOf, type TaskInstance } from './run';

/** A task as those see it that wait for it: of a mapped task every instance counts. */
export function asUpstream(plan: Plan, taskId: string, task: TaskInstance): Upstream {
  const { state } = task;
  const map = mapOf(task);
  return map === null ? { taskId, state } : { taskId, state, instances: leafStates(plannedTask(plan, taskId), map) };
}
