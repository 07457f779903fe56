import { isJsonObject, type Json } from '../json';
import type { Versions } from '../wire';
import type { Plan } from './plan';
import { type Run, taskOf } from './run';
import { taskRows } from './task-table';
import { failedTasks, runLabel } from './verdict';

/**
 * The immutable record of a finished run, in the words of the `meta` tables. It outlives the
 * server's retention.
 */
export function runRecord(parts: { plan: Plan; run: Run; versions: Versions; execution: string; at: string }): {
  readonly [key: string]: Json;
} {
  const { plan, run, versions, execution, at } = parts;
  const { identity } = run;
  return {
    format: 1,
    dag_id: identity.dagId,
    run_id: identity.runId,
    execution,
    run_type: identity.runType,
    state: run.state,
    label: runLabel(run),
    reason: run.reason?.message ?? null,
    interval_start: identity.interval.start,
    interval_end: identity.interval.end,
    params: identity.params,
    spec_version: versions.spec,
    code_version: versions.code,
    triggered_by: identity.triggeredBy,
    queued_at: identity.queuedAt,
    started_at: run.startedAt,
    ended_at: run.endedAt ?? at,
    tasks: taskRows(plan, run, at).map((row) => ({
      task_id: row.taskId,
      state: row.state,
      try_number: row.tryNumber,
      reason: row.reason,
      started_at: row.startedAt,
      ended_at: taskOf(run, row.taskId).endedAt,
      row_count: row.rowCount,
    })),
    attempts: run.attempts.map((attempt) => ({
      task_id: attempt.taskId,
      try_number: attempt.tryNumber,
      attempt: attempt.attempt,
      state: attempt.state,
      started_at: attempt.startedAt,
      ended_at: attempt.endedAt,
      error_code: attempt.errorCode,
      error_message: attempt.errorMessage,
      worker: attempt.worker,
    })),
    publishes: publishesOf(plan, run),
  };
}

function publishesOf(plan: Plan, run: Run): readonly Json[] {
  return plan.spec.tasks.flatMap((task): readonly Json[] => {
    const { output } = taskOf(run, task.taskId);
    if (task.kind !== 'publish' || !isJsonObject(output)) return [];
    return [
      {
        task_id: task.taskId,
        release: output.release ?? null,
        base_release: output.base ?? null,
        outcome: output.kind ?? null,
        tables: output.tables ?? [],
      },
    ];
  });
}

/** Above 2,048 bytes a search attribute kills the run; the rest is room for the count. */
const maxAttributeBytes = 1_900;
const maxNamedTasks = 20;

/** `TidemillFailedTasks`: the first failed tasks, and `+280` for those that do not fit. */
export function failedTasksAttribute(run: Run): readonly string[] {
  const failed = failedTasks(run);
  const named: string[] = [];
  let bytes = 0;
  for (const taskId of failed.slice(0, maxNamedTasks)) {
    bytes += taskId.length + 4;
    if (bytes > maxAttributeBytes) break;
    named.push(taskId);
  }
  return named.length === failed.length ? named : [...named, `+${failed.length - named.length}`];
}

/** Two lines for the memo, which can be read when no worker lives. */
export function runSummaryText(plan: Plan, run: Run): string {
  const { dagId, runId, interval } = run.identity;
  const failed = failedTasksAttribute(run);
  return [
    `${dagId} ${runId}: ${runLabel(run)}${run.reason === null ? '' : ` (${run.reason.message.slice(0, 200)})`}`,
    `${interval.start} to ${interval.end}, ${plan.spec.tasks.length} tasks${failed.length === 0 ? '' : `, failed: ${failed.join(', ').slice(0, 300)}`}`,
  ].join('\n');
}
