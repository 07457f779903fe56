import { setTimeout as sleep } from 'node:timers/promises';
import { ActivityNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { completionActivityId, type Json, RequestError, type RunView, runWorkflowId, taskOf } from '../engine';
import type { ServerConnection } from './connection';

/** A task of a run that has started something elsewhere. */
export interface DeferredTask {
  readonly dagId: string;
  readonly runId: string;
  readonly taskId: string;
}

/** What a task that waits for its end from outside is told. */
export type OutsideEnd =
  | { readonly kind: 'completed'; readonly output: Json }
  | { readonly kind: 'failed'; readonly message: string; readonly retryable: boolean };

/** As for every task: references and counts. */
const maxOutputBytes = 128 * 1024;
/** What was started elsewhere may end before its handler has returned; so long its end is kept back. */
const patienceMs = 15_000;
const askAgainAfterMs = 200;

/** Ends a deferred task; `not_deferred` when it waits for no end. */
export async function endDeferred(
  { server, look }: { readonly server: ServerConnection; readonly look: () => Promise<RunView> },
  task: DeferredTask,
  end: OutsideEnd,
): Promise<void> {
  if (end.kind === 'completed') checkSize(task, end.output);
  for (const lastMs = Date.now() + patienceMs; ; await sleep(askAgainAfterMs)) {
    const { spec, run } = await look();
    const { state, tryNumber } = taskOf(run, task.taskId);
    const isDeferred = spec.tasks.some((one) => one.taskId === task.taskId && one.kind === 'deferred');
    const mayCome = isDeferred && (state === 'deferred' || state === 'queued' || state === 'running');
    if (!mayCome || Date.now() > lastMs) throw notDeferred(task, isDeferred ? state : 'no deferred task of this DAG');
    if (state !== 'deferred') continue;
    if (await tell(server, task, completionActivityId(task.taskId, tryNumber), end)) return;
  }
}

/** False when the server has not opened the activity yet, or closed it just now. */
async function tell(
  { temporal }: ServerConnection,
  { dagId, runId }: DeferredTask,
  activityId: string,
  end: OutsideEnd,
): Promise<boolean> {
  const id = { workflowId: runWorkflowId(dagId, runId), activityId };
  try {
    if (end.kind === 'completed') await temporal.activity.complete(id, end.output);
    else await temporal.activity.fail(id, failureOf(end));
    return true;
  } catch (error) {
    if (error instanceof ActivityNotFoundError) return false;
    throw error;
  }
}

function failureOf({ message, retryable }: Extract<OutsideEnd, { kind: 'failed' }>): ApplicationFailure {
  return ApplicationFailure.create({ type: 'failed_outside', message, nonRetryable: !retryable });
}

function checkSize({ taskId }: DeferredTask, output: Json): void {
  const byteCount = Buffer.byteLength(JSON.stringify(output));
  if (byteCount <= maxOutputBytes) return;
  throw new RequestError({
    code: 'output_too_large',
    message: `The output for ${taskId} has ${byteCount} bytes; ${maxOutputBytes} are allowed. Put the rows elsewhere and give a reference.`,
    details: { task: taskId, byte_count: byteCount },
  });
}

function notDeferred({ dagId, runId, taskId }: DeferredTask, state: string): RequestError {
  return new RequestError({
    code: 'not_deferred',
    message: `"${taskId}" of ${dagId} ${runId} waits for no end from outside: it is ${state}. See: tidemill tasks states-for-dag-run ${dagId} ${runId}`,
    details: { dag: dagId, run: runId, task: taskId, state },
  });
}
