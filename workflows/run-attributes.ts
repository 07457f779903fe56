import { upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import {
  failedTasksAttribute,
  freshUntilOf,
  type Plan,
  type Run,
  retryCount,
  runSummaryText,
} from '../engine/interpreter';
import { attributeKeys } from './attribute-keys';

/** What can be listed and filtered of a run, and read when no worker lives. Each change is an event, so only changes are written. */
export class RunAttributes {
  private written = '';

  constructor(private readonly plan: Plan) {}

  update(run: Run): void {
    const failed = failedTasksAttribute(run);
    const retries = retryCount(run);
    const freshUntil = freshUntilOf(this.plan, run);
    const state = JSON.stringify([run.state, failed, retries, freshUntil]);
    // A run begins with its attributes set by who starts it.
    if (state === this.written || (this.written === '' && run.endedAt === null && retries + failed.length === 0))
      return;
    this.written = state;
    upsertSearchAttributes([
      { key: attributeKeys.state, value: run.state },
      { key: attributeKeys.failedTasks, value: [...failed] },
      { key: attributeKeys.retries, value: retries },
      ...(freshUntil === null ? [] : [{ key: attributeKeys.freshUntil, value: new Date(freshUntil) }]),
    ]);
    upsertMemo({ summary: runSummaryText(this.plan, run) });
  }
}
