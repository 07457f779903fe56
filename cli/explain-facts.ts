import type { Control, RunView, TaskRow } from '../engine';
import { didYouMean, RequestError } from '../engine/errors';
import { taskOf, waitingReason } from '../engine/interpreter';
import type { Json } from '../engine/json';
import type { Facts } from './output';
import { watchedRun } from './run-watch';

/** One run of a DAG that goes on or waits, or something that was not run. */
interface RunFact {
  readonly run_id: string;
  readonly state: string;
  readonly interval_start: string | null;
  readonly interval_end: string | null;
  readonly since: string;
  readonly reason: string | null;
}

/** How a DAG stands, for programs. */
export function controlFacts(control: Control): Facts<RunFact> {
  const active = control.active.map(
    (run): RunFact => ({ ...runOf(run), state: 'running', since: run.startedAt, reason: null }),
  );
  const queued = control.queued.map(
    (run): RunFact => ({
      ...runOf(run),
      state: 'queued',
      since: run.queuedAt,
      reason: waitingReason(control, run)?.message ?? null,
    }),
  );
  const refused = control.refused.map(
    ({ what, reason, at }): RunFact => ({
      run_id: what,
      state: 'refused',
      interval_start: null,
      interval_end: null,
      since: at,
      reason: reason.message,
    }),
  );
  const rows = [...active, ...queued, ...refused];
  const object = {
    dag_id: control.dagId,
    paused_by: control.paused?.by ?? null,
    pause_reason: control.paused?.reason ?? null,
    next_run_at: control.nextRunAt,
    fresh_until: control.freshUntil,
    active: active.map(asJson),
    queued: queued.map(asJson),
    refused: refused.map(asJson),
    notes: control.notes.map(({ runId, text, by, at }) => ({ run_id: runId, text, by, at })),
  };
  const names = ['run_id', 'state', 'interval_start', 'interval_end', 'since', 'reason'] as const;
  return { object, rows, columns: names.map((name) => ({ name, value: (row: RunFact) => row[name] })) };
}

function runOf({ runId, interval }: Control['active'][number] | Control['queued'][number]) {
  return { run_id: runId, interval_start: interval.start, interval_end: interval.end };
}

function asJson(fact: RunFact): Json {
  return { ...fact };
}

/** How a run stands, or one of its tasks, for programs. */
export function runFacts(view: RunView, taskId: string | undefined): Facts<TaskRow> {
  const run = watchedRun(view);
  const rows = taskId === undefined ? run.rows.filter((row) => !isQuiet(row)) : [rowOf(view, taskId)];
  const failureOf = (row: TaskRow): Json => taskOf(view.run, row.taskId).failure as unknown as Json;
  const columns: Facts<TaskRow>['columns'] = [
    { name: 'task_id', value: (row) => row.taskId },
    { name: 'state', value: (row) => row.state },
    { name: 'try_number', value: (row) => row.tryNumber },
    { name: 'max_tries', value: (row) => row.maxTries },
    { name: 'reason', value: (row) => row.reason },
    { name: 'failure', value: failureOf },
  ];
  const object = {
    dag_id: run.dagId,
    run_id: run.runId,
    state: run.state,
    label: run.label,
    reason: view.run.reason as unknown as Json,
    tasks: rows.map((row) => Object.fromEntries(columns.map((column) => [column.name, column.value(row)]))),
  };
  return { object, rows, columns };
}

/** True of a task of which there is nothing to say. */
export function isQuiet({ state }: TaskRow): boolean {
  return state === 'success' || state === 'skipped';
}

/** The row of one task; `unknown_task` names the nearest one. */
export function rowOf(view: RunView, taskId: string): TaskRow {
  const { rows } = watchedRun(view);
  const row = rows.find((one) => one.taskId === taskId);
  if (row !== undefined) return row;
  const known = rows.map((one) => one.taskId);
  throw new RequestError({
    code: 'unknown_task',
    message: `${view.spec.dagId} has no task "${taskId}".${didYouMean(taskId, known)} It has: ${known.join(', ')}.`,
    details: { dag: view.spec.dagId, task: taskId, known },
  });
}
