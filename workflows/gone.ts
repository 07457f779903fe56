import { isCancellation } from '@temporalio/workflow';

/** For a signal to a workflow that may have ended: that it is gone is no failure of who signals. */
export function ignoreGone(error: unknown): void {
  if (isCancellation(error)) throw error;
}
