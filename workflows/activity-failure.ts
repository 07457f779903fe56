import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  isCancellation,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { AttemptFacts, Failure, FailureDetails, RunEvent } from '../engine/interpreter';

/** What a failed or cancelled activity means to the engine. */
export function describeActivityFailure(error: unknown, taskId: string, at: string): RunEvent {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (isCancellation(error)) return { kind: 'task_cancelled', taskId, at, facts: cancelledFacts(cause) };
  if (cause instanceof ApplicationFailure && isFailureDetails(cause.details?.[0])) {
    const { failure, facts, isSkip } = cause.details[0];
    return isSkip
      ? { kind: 'task_skipped', taskId, at, message: failure.message, facts }
      : { kind: 'task_failed', taskId, at, failure, facts };
  }
  return { kind: 'task_failed', taskId, at, failure: lostFailure(cause, taskId), facts: null };
}

/** Facts of a cancelled attempt; one that never began has none. */
function cancelledFacts(cause: unknown): AttemptFacts | null {
  const facts: unknown = cause instanceof CancelledFailure ? cause.details?.[0] : null;
  return typeof facts === 'object' && facts !== null && 'startedAt' in facts ? (facts as AttemptFacts) : null;
}

function isFailureDetails(value: unknown): value is FailureDetails {
  return typeof value === 'object' && value !== null && 'failure' in value && 'isSkip' in value;
}

/** A failure that no handler reported: its worker was lost again and again, or the server refused. */
function lostFailure(cause: unknown, taskId: string): Failure {
  if (cause instanceof TimeoutFailure) {
    return {
      code: 'worker_lost',
      message: `The worker of ${taskId} was lost (no sign of life, ${cause.timeoutType}) in every one of its attempts. Look into the worker's log: out of memory, or a handler that blocks the event loop.`,
      retryable: true,
      details: { timeout_type: String(cause.timeoutType) },
    };
  }
  const message = cause instanceof Error ? cause.message : String(cause);
  return { code: 'activity_failed', message, retryable: true, details: null };
}

/** What whoever completes a task from outside said of its failure. */
export function outsideFailure(error: unknown, taskId: string): Failure {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (!(cause instanceof ApplicationFailure)) return lostFailure(cause, taskId);
  return {
    code: cause.type ?? 'failed_outside',
    message: cause.message,
    retryable: cause.nonRetryable !== true,
    details: null,
  };
}
