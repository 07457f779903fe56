import type { TaskPolicy } from '../dag/spec';
import { retryDelayMs } from './retry-delay';
import type { Failure } from './run';

interface FailedTry {
  readonly dagId: string;
  readonly taskId: string;
  readonly logicalDate: string;
  readonly tryNumber: number;
}

/**
 * How long after a failed try the next one is due; null when there is none. The task's rules come
 * before what the error says of itself, and no rule gives more tries than `retries`.
 */
export function nextTryDelayMs(policy: TaskPolicy, failure: Failure, try_: FailedTry): number | null {
  if (try_.tryNumber > policy.retries) return null;
  const rule = policy.retryPolicy?.find(({ on }) => on.includes(failure.code));
  const isRetried = rule === undefined ? failure.retryable : rule.do === 'retry';
  if (!isRetried) return null;
  return rule?.delayMs ?? retryDelayMs(policy, try_);
}
