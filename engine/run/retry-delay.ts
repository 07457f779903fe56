import { sha1 } from '@noble/hashes/legacy.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { TaskPolicy } from '../dag/spec';

/** Airflow's `core.max_task_retry_delay`: no computed delay is longer than a day. */
const longestDelayMs = 86_400_000;

/**
 * How long to wait after a failed try: Airflow's rule (`next_retry_datetime`), with its deterministic
 * jitter in [base, 2·base), so that a replay of the run computes the same instant.
 */
export function retryDelayMs(
  policy: Pick<TaskPolicy, 'retryDelayMs' | 'retryExponentialBackoff' | 'maxRetryDelayMs'>,
  try_: { readonly dagId: string; readonly taskId: string; readonly logicalDate: string; readonly tryNumber: number },
): number {
  const factor = policy.retryExponentialBackoff;
  if (factor === 0 || factor === 1) return policy.retryDelayMs;
  const grown = Math.ceil((policy.retryDelayMs / 1_000) * factor ** (try_.tryNumber - 1));
  // Beyond a day the jitter could not matter, and BigInt refuses Infinity.
  const baseSeconds = Math.min(Math.max(1, grown), longestDelayMs / 1_000);
  const text = `${try_.dagId}#${try_.taskId}#${try_.logicalDate}#${try_.tryNumber}`;
  const jitterSeconds = Number(BigInt(`0x${bytesToHex(sha1(utf8ToBytes(text)))}`) % BigInt(baseSeconds));
  const delayMs = Math.min((baseSeconds + jitterSeconds) * 1_000, longestDelayMs);
  return policy.maxRetryDelayMs === null ? delayMs : Math.min(delayMs, policy.maxRetryDelayMs);
}
