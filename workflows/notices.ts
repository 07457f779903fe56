import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { log, ParentClosePolicy, sleep, startChild, WorkflowIdReusePolicy, workflowInfo } from '@temporalio/workflow';
import {
  deadlineOf,
  epochMs,
  isoInstant,
  lateNotices,
  type Notice,
  noticesOf,
  noticeWorkflowId,
  type Plan,
  type Run,
} from '../engine/interpreter';
import type { notify } from './notify';

/**
 * Hands what there is to tell of a whole run on to workflows of their own, which outlive it: nothing here waits for
 * their delivery. A run of which nobody is told has no event of this in its history.
 */
export class Notices {
  private readonly starting = new Set<Promise<void>>();

  constructor(private readonly plan: Plan) {}

  stepped(before: Run, after: Run): void {
    this.tell(noticesOf(this.plan, before, after, now()));
  }

  /**
   * A run that goes on in a new history is watched anew: what was late before is told again, by an id that is known.
   * The timer is left to itself: of a run that is over, nothing is late.
   */
  watchDeadline(run: () => Run): void {
    const until = deadlineOf(this.plan, run().identity);
    if (until === null || run().endedAt !== null) return;
    void sleep(Math.max(0, epochMs(until) - Date.now()), { summary: 'deadline' }).then(() =>
      this.tell(lateNotices(this.plan, run(), now())),
    );
  }

  /** A workflow that ends takes along what it has only begun to start. */
  async handedOn(): Promise<void> {
    while (this.starting.size > 0) await Promise.all(this.starting);
  }

  private tell(notices: readonly Notice[]): void {
    for (const notice of notices) {
      const started = start(notice).finally(() => this.starting.delete(started));
      this.starting.add(started);
    }
  }
}

async function start(notice: Notice): Promise<void> {
  try {
    await startChild<typeof notify>('notify', {
      workflowId: noticeWorkflowId(notice, workflowInfo().firstExecutionRunId),
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      args: [notice],
      staticSummary: `${notice.event} of ${notice.taskId ?? 'the run'}, by ${notice.by.kind}`,
    });
  } catch (error) {
    // A notice that was handed on before needs nothing; no other trouble of it may become one of the run.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError))
      log.warn('a notice was not handed on', { id: notice.id, error: String(error) });
  }
}

function now(): string {
  return isoInstant(Date.now());
}
