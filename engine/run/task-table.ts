import { shortDuration } from '../time/duration';
import { epochMs } from '../time/instant';
import { explainTask, inFlightCount } from './explain';
import { instancesText } from './mapping';
import { type Plan, plannedTask } from './plan';
import { mapOf, type Run, type TaskInstance, taskOf } from './run';
import type { TaskState } from './task-state';
import { isInFlight, taskStates } from './task-state';
import { runLabel } from './verdict';

/** One line of a run's task table. */
export interface TaskRow {
  readonly taskId: string;
  readonly state: TaskState;
  readonly tryNumber: number;
  readonly maxTries: number;
  readonly reason: string;
  readonly rowCount: number | null;
  readonly startedAt: string | null;
  readonly durationMs: number | null;
}

/** Rows of the task table, in the order of the spec. `at` ends the duration of tasks that are running. */
export function taskRows(plan: Plan, run: Run, at: string): readonly TaskRow[] {
  const look = { plan, run, at, inFlight: inFlightCount(plan, run) };
  return plan.spec.tasks.map(({ taskId }) => taskRow(look, taskId));
}

/** A run at an instant. */
interface Look {
  readonly plan: Plan;
  readonly run: Run;
  readonly at: string;
  readonly inFlight: number;
}

function taskRow({ plan, run, at, inFlight }: Look, taskId: string): TaskRow {
  const task = taskOf(run, taskId);
  const whyOf = explainTask(plan, run, taskId, inFlight)?.message ?? answerText(task) ?? earlierFailure(task);
  return {
    taskId,
    state: task.state,
    tryNumber: task.tryNumber,
    maxTries: plannedTask(plan, taskId).policyOfTask.retries + 1,
    reason: [instancesOf(plan, taskId, task), whyOf].filter((part) => part !== '').join(' · '),
    rowCount: task.rowCount,
    startedAt: task.startedAt,
    durationMs: durationOf(task, at),
  };
}

/** What somebody answered, and who; null of a task that is no question. */
function answerText({ answer }: TaskInstance): string | null {
  return answer === undefined ? null : `answered by ${answer.by}: ${JSON.stringify(answer.value)}`;
}

/** Counts first: of a mapped task nobody reads a line per instance. */
function instancesOf(plan: Plan, taskId: string, task: TaskInstance): string {
  const map = mapOf(task);
  return map === null ? '' : instancesText(plannedTask(plan, taskId), map);
}

/** What happened to the last try that failed, of a task that is tried again or was with success. */
function earlierFailure({ failure }: TaskInstance): string {
  return failure === null ? '' : `after ${failure.code}: ${failure.message}`;
}

/**
 * Long tables are cut to this many rows, those first that somebody may have to act on: the page is made
 * anew at every change, and nobody reads a longer one.
 */
const maxShownRows = 100;

const urgency: readonly TaskState[] = [
  'failed',
  'awaiting_input',
  'up_for_retry',
  'restarting',
  'running',
  'queued',
  'up_for_reschedule',
  'deferred',
  'scheduled',
  'upstream_failed',
  'none',
  'skipped',
  'success',
];

/**
 * The run's page in Temporal's UI: counts first, then the task table, in Markdown. Its size is
 * bounded whatever the number of tasks, since it is made anew at every change.
 */
export function taskTableMarkdown(plan: Plan, run: Run, at: string): string {
  const ids = plan.spec.tasks.map((task) => task.taskId);
  const isLong = ids.length > maxShownRows;
  const shown = isLong ? mostUrgent(run, ids) : ids;
  const look = { plan, run, at, inFlight: inFlightCount(plan, run) };
  const lines = [
    `**${runLabel(run)}**${run.reason === null ? '' : ` (${tableCell(run.reason.message)})`} · ${countsLine(run, ids)}`,
    '',
    `${run.identity.runType} run of \`${run.identity.dagId}\` for ${run.identity.interval.start} to ${run.identity.interval.end}, triggered by ${tableCell(run.identity.triggeredBy)}`,
    '',
    '| task | state | try | reason | rows | duration |',
    '|---|---|---|---|--:|--:|',
    ...shown.map((taskId) => markdownRow(taskRow(look, taskId))),
  ];
  if (isLong)
    lines.push('', `${ids.length - shown.length} more tasks; all of them: \`tidemill tasks states-for-dag-run\``);
  return lines.join('\n');
}

/** How many tasks are in each state: `3 success, 1 running`. */
export function countsLine(run: Run, ids: readonly string[]): string {
  const counts = new Map<TaskState, number>();
  for (const id of ids) counts.set(taskOf(run, id).state, (counts.get(taskOf(run, id).state) ?? 0) + 1);
  return taskStates.flatMap((state) => (counts.has(state) ? [`${counts.get(state)} ${state}`] : [])).join(', ');
}

function mostUrgent(run: Run, ids: readonly string[]): readonly string[] {
  const byState = new Map<TaskState, string[]>(urgency.map((state) => [state, []]));
  for (const id of ids) byState.get(taskOf(run, id).state)?.push(id);
  return [...byState.values()].flat().slice(0, maxShownRows);
}

function markdownRow(row: TaskRow): string {
  const tries = row.tryNumber === 0 ? '' : unbroken(`${row.tryNumber} of ${row.maxTries}`);
  const duration = unbroken(durationText(row));
  return `| ${row.taskId} | ${row.state} | ${tries} | ${tableCell(row.reason)} | ${row.rowCount ?? ''} | ${duration} |`;
}

/** A workflow's clock stands still between its events, so of what runs the page says since when. */
function durationText({ state, startedAt, durationMs }: TaskRow): string {
  if (startedAt === null || durationMs === null) return '';
  return isInFlight(state) ? `since ${startedAt.slice(11, 19)}` : shortDuration(durationMs);
}

/** Next to a long reason a browser would break short cells into three lines. */
function unbroken(text: string): string {
  return text.replaceAll(' ', '\u00a0');
}

/** Text of others goes into a table cell: no bars, no line breaks, a bounded length. */
export function tableCell(text: string): string {
  return text
    .replace(/[\r\n]+/g, ' ')
    .replace(/\|/g, '\\|')
    .slice(0, 300);
}

function durationOf(task: TaskInstance, at: string): number | null {
  if (task.startedAt === null) return null;
  const isOver = task.endedAt !== null;
  return Math.max(0, epochMs(isOver ? (task.endedAt as string) : at) - epochMs(task.startedAt));
}
