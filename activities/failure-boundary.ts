import { CompleteAsyncError, Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import {
  activityName,
  assertNever,
  type FailureDetails,
  type Json,
  type Notice,
  type TaskOrder,
  type TaskReport,
} from '../engine';
import type { Vault } from '../vault';
import { type AttemptServices, describeFailure, performAttempt } from './attempt';
import { LoopWatch } from './loop-watch';
import { sendNotice } from './notify/send-notice';

/** A sign of life this often; the worker passes on one per throttle interval at most. */
const heartbeatEveryMs = 500;

/**
 * Makes the activity that performs task orders under Temporal. The only place where an outcome
 * becomes a Temporal failure: `type` is the error's code, and nothing is retryable for Temporal,
 * since retries are the engine's; what Temporal itself recovers is a lost worker, told by the
 * heartbeat that a timer here sends for every task.
 */
export function createTaskActivity(services: AttemptServices): (order: TaskOrder) => Promise<TaskReport> {
  const watch = new LoopWatch((message) => process.stderr.write(`${new Date().toISOString()} WARN ${message}\n`));
  return async (order) => {
    if (order.isOpen === true) throw new CompleteAsyncError();
    const context = Context.current();
    const leave = watch.enter(activityName(order.dagId, order.taskId));
    let progress: Json = null;
    const timer = setInterval(() => context.heartbeat(progress), heartbeatEveryMs);
    try {
      const outcome = await performAttempt(order, services, {
        attempt: context.info.attempt,
        signal: context.cancellationSignal,
        heartbeat: (value) => {
          progress = value;
        },
      });
      switch (outcome.kind) {
        case 'succeeded':
          return outcome.report;
        case 'failed':
          throw applicationFailure({ failure: outcome.failure, facts: outcome.facts, isSkip: false });
        case 'skipped': {
          const failure = { code: 'task_skipped', message: outcome.message, retryable: false, details: null };
          throw applicationFailure({ failure, facts: outcome.facts, isSkip: true });
        }
        case 'cancelled':
          throw new CancelledFailure('cancelled', [outcome.facts]);
        default:
          return assertNever(outcome);
      }
    } finally {
      clearInterval(timer);
      leave();
    }
  };
}

function applicationFailure(details: FailureDetails): ApplicationFailure {
  const { code, message } = details.failure;
  return ApplicationFailure.create({ type: code, message, nonRetryable: true, details: [details] });
}

/**
 * Makes the activity that tells notices. Its retries are Temporal's, for no run waits for it: what will not go away by
 * itself (a receiver that refuses, a connection that is not there) is told to it as such.
 */
export function createNoticeActivity(vault: Vault, log: (line: string) => void): (notice: Notice) => Promise<void> {
  return async (notice) => {
    try {
      await sendNotice(notice, {
        connection: (id) => vault.connection(id),
        log: (line) => log(vault.redactor.text(line)),
      });
    } catch (error) {
      const { code, message, retryable } = describeFailure(error);
      throw ApplicationFailure.create({ type: code, message: vault.redactor.text(message), nonRetryable: !retryable });
    }
  };
}
