import { decideTriggerRule, type Upstream, type Verdict } from '../gates/trigger-rule';
import type { PlannedTask } from './plan';
import type { TaskState } from './task-state';

/** Whether a task may start, from the states of those that it waits for: the first gate that does not say run answers. */
export function gateOf(task: PlannedTask, stateOf: (taskId: string) => TaskState): Verdict {
  const look = (ids: readonly string[]): readonly Upstream[] =>
    ids.map((taskId) => ({ taskId, state: stateOf(taskId) }));
  const upstream = look(task.upstream);
  const setups = look(task.setups);
  const { triggerRule } = task.policyOfTask;
  if (task.role === 'teardown') return decideTriggerRule(triggerRule, upstream, setups);
  const scope = decideTriggerRule('all_success', setups);
  return scope.decision === 'run' ? decideTriggerRule(triggerRule, upstream) : scope;
}
