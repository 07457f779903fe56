import { assertNever } from '../errors';
import { type Reason, reason } from '../gates/reason';
import type { Upstream } from '../gates/trigger-rule';
import { gateOf } from './gate';
import { type Plan, plannedTask } from './plan';
import { type Run, taskOf } from './run';
import { slotsReason } from './slots';
import { isInFlight } from './task-state';
import { asUpstream } from './upstream';

/** How many tasks of a run are in flight. */
export function inFlightCount(plan: Plan, run: Run): number {
  return plan.spec.tasks.filter((task) => isInFlight(taskOf(run, task.taskId).state)).length;
}

/**
 * Why a task stands where it stands, as of now; null when its state speaks for itself (running,
 * success). The answer of `explain` and of the reason column in the task table. Who explains many
 * tasks gives the number of those in flight, which is the same for all.
 */
export function explainTask(plan: Plan, run: Run, taskId: string, inFlight?: number): Reason | null {
  const task = taskOf(run, taskId);
  switch (task.state) {
    case 'none': {
      const look = (id: string): Upstream => asUpstream(plan, id, taskOf(run, id));
      const verdict = gateOf(plannedTask(plan, taskId), look, run.past ?? null);
      return verdict.decision === 'run' ? null : verdict.reason;
    }
    case 'scheduled': {
      const slots = slotsReason(run.slots?.[taskId]);
      if (slots !== null) return slots;
      const busy = inFlight ?? inFlightCount(plan, run);
      return reason('no_free_slot', `${busy} of ${run.window} slots of this run are in use`);
    }
    case 'success':
    case 'failed':
    case 'skipped':
    case 'upstream_failed':
    case 'up_for_retry':
    case 'up_for_reschedule':
    case 'awaiting_input':
    case 'deferred':
    case 'restarting':
    case 'queued':
    case 'running':
      return task.reason;
    default:
      return assertNever(task.state);
  }
}
