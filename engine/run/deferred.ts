import type { RunDraft } from './draft';
import type { AttemptFacts, RunEvent } from './events';
import { conclude, fail } from './outcome';
import { plannedTask } from './plan';
import type { Failure } from './run';

type EventOf<Kind extends RunEvent['kind']> = Extract<RunEvent, { kind: Kind }>;

/** What the task had started elsewhere is done; its output is the task's. One that comes too late changes nothing. */
export function completedOutside(draft: RunDraft, { taskId, at, output }: EventOf<'completed_outside'>): void {
  if (draft.task(taskId).state !== 'deferred') return;
  const facts = wakeUp(draft, taskId, at);
  draft.command({ kind: 'cancel_timer', taskId });
  conclude(draft, plannedTask(draft.plan, taskId), {
    kind: 'task_succeeded',
    taskId,
    at,
    output,
    rowCount: null,
    facts,
  });
}

/** It went wrong there: a failed try like any other. */
export function failedOutside(draft: RunDraft, { taskId, at, failure }: EventOf<'failed_outside'>): void {
  if (draft.task(taskId).state !== 'deferred') return;
  draft.command({ kind: 'cancel_timer', taskId });
  failTry(draft, taskId, at, failure);
}

/** The time is over, and nobody said how it ended. */
export function neverCompleted(draft: RunDraft, taskId: string, at: string): void {
  draft.command({ kind: 'cancel_task', taskId });
  failTry(draft, taskId, at, {
    code: 'deferred_timed_out',
    message: `Nobody completed ${taskId} in time. Look whether what it started still runs; complete tasks with "tidemill tasks complete".`,
    retryable: true,
    details: null,
  });
}

function failTry(draft: RunDraft, taskId: string, at: string, failure: Failure): void {
  const facts = wakeUp(draft, taskId, at);
  fail(draft, plannedTask(draft.plan, taskId), { kind: 'task_failed', taskId, at, failure, facts });
}

function wakeUp(draft: RunDraft, taskId: string, at: string): AttemptFacts {
  draft.set(taskId, { wakeAt: null });
  return { attempt: 1, startedAt: draft.task(taskId).startedAt as string, endedAt: at, worker: null };
}
