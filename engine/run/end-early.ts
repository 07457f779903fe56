import type { TaskSpec } from '../dag/spec';
import { assertNever } from '../errors';
import { type Reason, reason } from '../gates/reason';
import type { RunDraft } from './draft';
import { concludeMap } from './mapping';
import { mapOf } from './run';

export function stopped(by: string): Reason {
  return reason('stopped', `stopped by ${by}`);
}

export function timedOut(): Reason {
  return reason('run_timed_out', 'the run took longer than its dagRunTimeout');
}

export function failedFast(taskId: string): Reason {
  return reason('failed_fast', 'the DAG is failFast, and this task failed', [taskId]);
}

/**
 * Brings a run to its end: what has not begun is skipped, what waits for a retry, a poke or an answer has failed,
 * what is in flight is cancelled and waited for. Teardowns are left alone: what was set up is still
 * taken down. The first cause stays.
 */
export function endEarly(draft: RunDraft, why: Reason, at: string): void {
  if (draft.head.ending !== null) return;
  draft.setHead({ ending: { reason: why } });
  for (const { taskId, role } of draft.plan.spec.tasks) {
    if (role === 'teardown') {
      draft.toDecide.add(taskId);
      continue;
    }
    const { state } = draft.task(taskId);
    switch (state) {
      case 'none':
      case 'scheduled':
        draft.set(taskId, { state: 'skipped', reason: why, endedAt: at });
        break;
      case 'up_for_retry':
      case 'up_for_reschedule':
      case 'awaiting_input':
        draft.set(taskId, { state: 'failed', reason: why, wakeAt: null });
        draft.command({ kind: 'cancel_timer', taskId });
        break;
      case 'deferred':
        draft.set(taskId, { state: 'failed', reason: why, wakeAt: null });
        draft.command({ kind: 'cancel_timer', taskId });
        draft.command({ kind: 'cancel_task', taskId });
        break;
      case 'queued':
      case 'running':
        cancelTask(draft, taskId, { by: why.message, at });
        break;
      case 'restarting':
      case 'success':
      case 'failed':
      case 'skipped':
      case 'upstream_failed':
        break;
      default:
        assertNever(state);
    }
  }
}

/** Why a task has to come to its end; null while its run goes on, and for a teardown, which the end of a run does not touch. */
export function endingOf(draft: RunDraft, task: Pick<TaskSpec, 'role'>): Reason | null {
  const { ending } = draft.head;
  return ending === null || task.role === 'teardown' ? null : ending.reason;
}

/** Cancels what executes of a task: its attempt, or the shards of a mapped one. */
export function cancelTask(
  draft: RunDraft,
  taskId: string,
  { by, at }: { readonly by: string; readonly at: string },
): void {
  const map = mapOf(draft.task(taskId));
  if (map === null) return draft.command({ kind: 'cancel_task', taskId });
  for (const shard of Object.keys(map.shards)) draft.command({ kind: 'stop_shard', taskId, shard: Number(shard), by });
  concludeMap(draft, taskId, at);
}
