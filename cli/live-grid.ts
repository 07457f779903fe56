import type { TaskRow, TaskState } from '../engine';
import { isInFlight, shortDuration, stateSymbol } from '../engine/interpreter';
import { intervalText } from './output';
import { isOver, type WatchedRun } from './run-watch';
import { createPaint, cutTo, type Paint } from './style';
import { tableLines } from './table';

/** What is drawn: the runs of one DAG, oldest first, and its tasks in their order. */
export interface GridPicture {
  readonly dagId: string;
  readonly taskIds: readonly string[];
  readonly runs: readonly WatchedRun[];
  readonly startedAtMs: number;
  /** Something that people should know now: nobody answers, say. */
  readonly notice: string | null;
}

export interface GridView {
  readonly width: number;
  readonly height: number;
  readonly nowMs: number;
  readonly paint?: Paint;
}

const cellWidth = 2;
const widestName = 30;
/** Lines around the tasks: title, heading, legend, and those between. */
const fixedLines = 8;
const shownActive = 4;
const shownFailures = 3;
const month = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const legend: readonly TaskState[] = ['success', 'running', 'queued', 'up_for_retry', 'failed', 'skipped'];

/** The picture of several runs, like Airflow's grid: a column per run, a row per task, a symbol per state. */
export function gridLines(picture: GridPicture, view: GridView): readonly string[] {
  const paint = view.paint ?? createPaint(false);
  const nameWidth = Math.min(widestName, Math.max(...picture.taskIds.map((id) => id.length), 8));
  const capacity = Math.max(4, Math.floor((view.width - nameWidth - 3) / cellWidth));
  const shown = windowOf(picture.runs, capacity);
  const tasks = picture.taskIds.slice(0, Math.max(3, view.height - fixedLines));
  const indent = ' '.repeat(nameWidth + 2);
  const top = [
    titleLine(picture, shown.length, view, paint),
    '',
    ...headingLines(shown).map((line) => paint.dim(indent + line)),
    ...tasks.map((taskId) => {
      const cells = shown.map((run) => symbolOf(run, taskId, paint)).join(' ');
      return `${cutTo(taskId, nameWidth).padEnd(nameWidth)}  ${cells}`;
    }),
  ];
  const hidden = picture.taskIds.length - tasks.length;
  if (hidden > 0) top.push(paint.dim(`and ${hidden} more tasks`));
  const keys = legend.map((state) => `${paint.state(state, stateSymbol(state))} ${state.replace('up_for_', '')}`);
  // The grid and its legend always; of what is going on as much as there is room for.
  const news = [...failureLines(picture, view, paint), ...activeLines(picture, view, paint)];
  const room = Math.max(0, view.height - 4 - top.length);
  return [...top, '', ...news.slice(0, room), ...(news.length > 0 ? [''] : []), paint.dim(keys.join('  '))];
}

function titleLine(picture: GridPicture, shown: number, view: GridView, paint: Paint): string {
  const { dagId, runs } = picture;
  const over = runs.filter(isOver);
  const failed = over.filter((run) => run.state === 'failed').length;
  const running = runs.filter((run) => !isOver(run) && run.startedAt !== null).length;
  const parts = [
    `${over.length} of ${runs.length} runs done`,
    ...(failed > 0 ? [paint.red(`${failed} failed`)] : []),
    ...(running > 0 ? [`${running} running`] : []),
    shortDuration(view.nowMs - picture.startedAtMs),
    ...timeLeft(picture, view.nowMs),
    ...(shown < runs.length ? [`${shown} shown`] : []),
  ];
  return `${paint.bold(dagId)}  ${parts.join(' · ')}`;
}

/** A guess from the runs that are done; none before there are a few, or it would jump about. */
function timeLeft({ runs, startedAtMs }: GridPicture, nowMs: number): readonly string[] {
  const done = runs.filter(isOver).length;
  if (done < 3 || done === runs.length) return [];
  const leftMs = ((nowMs - startedAtMs) / done) * (runs.length - done);
  return [`about ${shortDuration(Math.max(1_000, Math.round(leftMs / 1_000) * 1_000)).replace('.0s', 's')} left`];
}

/** When there are more runs than columns: those around the first that is not over. */
function windowOf(runs: readonly WatchedRun[], capacity: number): readonly WatchedRun[] {
  if (runs.length <= capacity) return runs;
  const next = runs.findIndex((run) => !isOver(run));
  const at = next < 0 ? runs.length : next;
  const start = Math.max(0, Math.min(runs.length - capacity, at - Math.floor(capacity * 0.75)));
  return runs.slice(start, start + capacity);
}

/** Month names where a month begins and there is room for them, then the day of the month, a digit a line. */
function headingLines(runs: readonly WatchedRun[]): readonly string[] {
  const days = runs.map((run) => run.interval?.start.slice(0, 10) ?? '');
  const isSameMonth = (a: number, b: number): boolean => days[a]?.slice(0, 7) === days[b]?.slice(0, 7);
  let months = '';
  days.forEach((day, index) => {
    if (day === '' || (index > 0 && isSameMonth(index - 1, index))) return;
    const next = days.findIndex((_, other) => other > index && !isSameMonth(index, other));
    const room = (next < 0 ? 5 : next - index) * cellWidth;
    const name = `${month[Number(day.slice(5, 7)) - 1]}`;
    const text = [`${name} ${day.slice(0, 4)}`, name].find((one) => one.length < room) ?? '';
    months = `${months.padEnd(index * cellWidth)}${text}`;
  });
  const digit = (at: number): string => days.map((day) => (day === '' ? ' ' : day[at])).join(' ');
  return [months.trimEnd(), digit(8), digit(9)];
}

function symbolOf(run: WatchedRun, taskId: string, paint: Paint): string {
  const state = run.tasks[taskId] ?? 'none';
  if (state === 'none' && isOver(run) && run.state === 'failed') return paint.dim('·');
  return paint.state(state, stateSymbol(state));
}

function activeLines({ runs, notice }: GridPicture, view: GridView, paint: Paint): readonly string[] {
  const lines = notice === null ? [] : [paint.yellow(notice)];
  const active = runs.filter((run) => !isOver(run) && run.startedAt !== null);
  for (const run of active.slice(0, shownActive)) {
    const busy = Object.entries(run.tasks).flatMap(([id, state]) =>
      isInFlight(state) || state === 'up_for_retry' ? [id] : [],
    );
    const took = shortDuration(view.nowMs - Date.parse(run.startedAt ?? ''));
    lines.push(
      `${paint.state('running', stateSymbol('running'))} ${nameOf(run)}  ${took.padStart(6)}  ${busy.join(', ')}`,
    );
  }
  const sensing = active.flatMap((run) => run.rows.filter((row) => row.state === 'up_for_reschedule'))[0];
  if (sensing !== undefined) {
    const text = cutTo(`${sensing.taskId}: ${sensing.reason}`, Math.max(20, view.width - 4));
    lines.push(`${paint.state('up_for_reschedule', stateSymbol('up_for_reschedule'))} ${text}`);
  }
  const waiting = runs.find((run) => !isOver(run) && run.startedAt === null && run.reason !== '');
  if (waiting !== undefined) {
    const count = runs.filter((run) => !isOver(run) && run.startedAt === null).length;
    lines.push(paint.dim(`${stateSymbol('queued')} ${count} queued: ${waiting.reason}`));
  }
  return lines;
}

function failureLines({ runs }: GridPicture, view: GridView, paint: Paint): readonly string[] {
  const failed = runs.filter((run) => isOver(run) && run.state === 'failed');
  const lines = failed.slice(-shownFailures).map((run) => {
    const text = cutTo(failureText(run), Math.max(20, view.width - 4));
    return `${paint.state('failed', stateSymbol('failed'))} ${text}`;
  });
  return lines;
}

/** `2010-12-01  extract: Source "…" does not exist`, on one line. */
export function failureText(run: WatchedRun): string {
  const [first, ...rest] = run.failures;
  const what = first === undefined ? run.reason : `${first.taskId}: ${first.message}`;
  const more = rest.length === 0 ? '' : ` (and ${rest.length} more failed)`;
  return `${nameOf(run)}  ${what.replace(/\s+/g, ' ')}${more}`;
}

/** A run as people call it: by its interval; by its id when it has none yet. */
export function nameOf(run: WatchedRun): string {
  return run.interval === null ? run.runId : intervalText(run.interval);
}

/** The picture of one run: a line per task with state, try, rows, time and reason. */
export function taskListLines(
  run: WatchedRun,
  view: GridView & { readonly notice?: string | null },
): readonly string[] {
  const paint = view.paint ?? createPaint(false);
  const endMs = run.endedAt === null ? view.nowMs : Date.parse(run.endedAt);
  const took = run.startedAt === null ? '' : `  ${shortDuration(endMs - Date.parse(run.startedAt))}`;
  const heading = `${paint.bold(run.dagId)}  ${nameOf(run)}  ${paint.state(run.state, run.label)}${took}`;
  const notice = view.notice ?? null;
  return [
    heading,
    ...(run.reason === '' ? [] : [paint.dim(run.reason)]),
    ...(notice === null ? [] : [paint.yellow(notice)]),
    '',
    ...taskTable(fitRows(run.rows, view.height - 5), view, paint),
  ];
}

/** A DAG higher than the terminal shows what somebody may have to act on. */
function fitRows(rows: readonly TaskRow[], room: number): readonly TaskRow[] {
  if (rows.length <= room) return rows;
  const isQuiet = ({ state }: TaskRow): boolean => state === 'success' || state === 'none' || state === 'skipped';
  const loud = rows.filter((row) => !isQuiet(row));
  const quiet = rows.filter(isQuiet).slice(0, Math.max(0, room - loud.length));
  return rows.filter((row) => loud.includes(row) || quiet.includes(row)).slice(0, Math.max(1, room));
}

/** The task table for people: symbol, task, state, try, rows, time, reason. */
export function taskTable(
  rows: readonly TaskRow[],
  view: { readonly width: number | undefined },
  paint: Paint,
): readonly string[] {
  const columns = [
    { heading: '', align: 'left', canShrink: false },
    { heading: 'task', align: 'left', canShrink: false },
    { heading: 'state', align: 'left', canShrink: false },
    { heading: 'try', align: 'left', canShrink: false },
    { heading: 'rows', align: 'right', canShrink: false },
    { heading: 'time', align: 'right', canShrink: false },
    { heading: 'reason', align: 'left', canShrink: true },
  ] as const;
  const cells = rows.map((row) => {
    const inState = (text: string): string => paint.state(row.state, text);
    return [
      { text: stateSymbol(row.state), paint: inState },
      { text: row.taskId },
      { text: row.state === 'none' ? '' : row.state, paint: inState },
      { text: row.tryNumber > 1 ? `${row.tryNumber} of ${row.maxTries}` : '' },
      { text: row.rowCount === null ? '' : row.rowCount.toLocaleString('en-US') },
      { text: row.durationMs === null ? '' : shortDuration(row.durationMs) },
      { text: row.reason, paint: paint.dim },
    ];
  });
  return tableLines(columns, cells, { width: view.width, paint });
}
