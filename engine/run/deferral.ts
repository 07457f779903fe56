import type { DeferralPolicy } from '../dag/spec';
import { reason } from '../gates/reason';
import { plusMs } from '../time/instant';
import type { RunDraft } from './draft';
import type { RunEvent } from './events';
import type { PlannedTask } from './plan';

/** The handler has started something elsewhere; from now on the task waits for its end, without a worker and a slot. */
export function defer(draft: RunDraft, task: PlannedTask, event: Extract<RunEvent, { kind: 'task_succeeded' }>): void {
  const { taskId } = task;
  const { timeoutMs } = task.deferral as DeferralPolicy;
  const until = plusMs(event.at, timeoutMs);
  const started = event.output === null ? '' : ` of ${JSON.stringify(event.output).slice(0, 200)}`;
  draft.set(taskId, {
    state: 'deferred',
    wakeAt: until,
    reason: reason('deferred', `waits for the end${started}, until ${until}`),
  });
  draft.command({ kind: 'set_timer', taskId, until, purpose: 'completion' });
  awaitCompletion(draft, taskId, until);
}

export function awaitCompletion(draft: RunDraft, taskId: string, until: string): void {
  const { tryNumber } = draft.task(taskId);
  draft.command({ kind: 'await_completion', taskId, tryNumber, until });
}
