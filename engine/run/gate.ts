import { decidePast, type PastAnswer } from '../gates/past';
import { decideTriggerRule, type Upstream, type Verdict } from '../gates/trigger-rule';
import type { PlannedTask } from './plan';

/**
 * Whether a task may start, from the states of those that it waits for in this run and from the run before: the
 * first gate that does not say run answers. The past is asked last: what is skipped does not wait for it.
 */
export function gateOf(task: PlannedTask, look: (taskId: string) => Upstream, past: PastAnswer | null): Verdict {
  const here = gateOfRun(task, look);
  return here.decision === 'run' ? decidePast(task.awaits, past) : here;
}

function gateOfRun(task: PlannedTask, look: (taskId: string) => Upstream): Verdict {
  const upstream = task.upstream.map(look);
  const setups = task.setups.map(look);
  const { triggerRule } = task.policyOfTask;
  if (task.role === 'teardown') return decideTriggerRule(triggerRule, upstream, setups);
  const scope = decideTriggerRule('all_success', setups);
  return scope.decision === 'run' ? decideTriggerRule(triggerRule, upstream) : scope;
}
