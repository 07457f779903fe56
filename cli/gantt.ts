import type { AttemptRecord, Run, RunView } from '../engine';
import { shortDuration, taskOf } from '../engine/interpreter';
import { createPaint, cutTo, type Paint } from './style';

export interface GanttView {
  readonly width: number;
  readonly nowMs: number;
  readonly paint?: Paint;
}

const widestName = 26;
const durationWidth = 8;
/** Each state has a shape of its own, so that the picture can be read without colour. */
const shapes = {
  success: '█',
  failed: '✗',
  skipped: '–',
  cancelled: '×',
  lost: '?',
  waiting: '·',
  deferred: '·',
  running: '▶',
} as const;
const betweenTries = '┄';

interface Span {
  readonly shape: string;
  readonly startMs: number;
  readonly endMs: number;
}

interface Row {
  readonly taskId: string;
  readonly spans: readonly Span[];
}

/** When the tasks of a run were at work: a line per task that has begun, on one scale. */
export function ganttLines({ spec, run, label }: RunView, view: GanttView): readonly string[] {
  const paint = view.paint ?? createPaint(false);
  const rows = rowsOf(
    spec.tasks.map(({ taskId }) => taskId),
    run,
    view.nowMs,
  );
  const startMs = Date.parse(run.startedAt);
  const endMs = Math.max(run.endedAt === null ? view.nowMs : Date.parse(run.endedAt), startMs + 1);
  const heading = `${paint.bold(run.identity.dagId)}  ${run.identity.runId}  ${paint.state(run.state, label)}  ${shortDuration(endMs - startMs)}`;
  if (rows.length === 0) return [heading, '', 'No task has begun.'];
  const nameWidth = Math.min(widestName, Math.max(...rows.map(({ taskId }) => taskId.length)));
  const barWidth = Math.max(10, view.width - nameWidth - durationWidth - 4);
  const scale = { startMs, endMs, barWidth };
  const lines = rows.map(({ taskId, spans }) => {
    const took = shortDuration(
      Math.max(...spans.map((span) => span.endMs)) - Math.min(...spans.map((span) => span.startMs)),
    );
    return `${cutTo(taskId, nameWidth).padEnd(nameWidth)}  ${barOf(spans, scale)}  ${took.padStart(durationWidth)}`.trimEnd();
  });
  const left = spec.tasks.length - rows.length;
  return [
    heading,
    '',
    `${' '.repeat(nameWidth)}  ${paint.dim(axisOf(scale))}`,
    ...lines,
    ...(left === 0 ? [] : [paint.dim(`${left} more ${left === 1 ? 'task has' : 'tasks have'} not begun`)]),
    '',
    paint.dim(legendOf(rows)),
  ];
}

/** What the shapes that are there mean. */
function legendOf(rows: readonly Row[]): string {
  const used = new Set(rows.flatMap(({ spans }) => spans.map(({ shape }) => shape)));
  const named = Object.entries(shapes).filter(([, shape]) => used.has(shape));
  const hasTries = rows.some(({ spans }) => spans.length > 1);
  return [
    ...named.map(([name, shape]) => `${shape} ${name}`),
    ...(hasTries ? [`${betweenTries} between tries`] : []),
  ].join('  ');
}

function rowsOf(taskIds: readonly string[], run: Run, nowMs: number): readonly Row[] {
  const attempts = new Map<string, AttemptRecord[]>();
  for (const attempt of run.attempts) attempts.set(attempt.taskId, [...(attempts.get(attempt.taskId) ?? []), attempt]);
  const rows = taskIds.map((taskId) => ({ taskId, spans: spansOf(taskId, run, attempts.get(taskId) ?? [], nowMs) }));
  const begun = rows.filter(({ spans }) => spans.length > 0);
  return begun.sort((a, b) => Number(a.spans[0]?.startMs) - Number(b.spans[0]?.startMs));
}

function spansOf(taskId: string, run: Run, attempts: readonly AttemptRecord[], nowMs: number): readonly Span[] {
  const ended = attempts.map(({ state, startedAt, endedAt }) => ({
    shape: shapes[state],
    startMs: Date.parse(startedAt),
    endMs: Date.parse(endedAt),
  }));
  const { state, startedAt } = taskOf(run, taskId);
  if (state !== 'running' || startedAt === null) return ended;
  return [...ended, { shape: shapes.running, startMs: Date.parse(startedAt), endMs: nowMs }];
}

interface Scale {
  readonly startMs: number;
  readonly endMs: number;
  readonly barWidth: number;
}

/** Everything that happened has a place on the scale, if only one character wide. */
function barOf(spans: readonly Span[], scale: Scale): string {
  const cells = Array.from({ length: scale.barWidth }, () => ' ');
  const first = Math.min(...spans.map(({ startMs }) => cellOf(startMs, scale)));
  const last = Math.max(...spans.map(({ startMs }) => cellOf(startMs, scale)));
  for (let cell = first; cell <= last; cell += 1) cells[cell] = betweenTries;
  for (const { shape, startMs, endMs } of spans) {
    const from = cellOf(startMs, scale);
    const to = Math.max(from, cellOf(endMs - 1, scale));
    for (let cell = from; cell <= to; cell += 1) cells[cell] = shape;
  }
  return cells.join('');
}

/** Clocks of two machines may differ a little, so instants outside the run are drawn at its edge. */
function cellOf(ms: number, { startMs, endMs, barWidth }: Scale): number {
  const cell = Math.floor(((ms - startMs) / (endMs - startMs)) * barWidth);
  return Math.min(barWidth - 1, Math.max(0, cell));
}

function axisOf({ startMs, endMs, barWidth }: Scale): string {
  const end = shortDuration(endMs - startMs);
  const middle = shortDuration((endMs - startMs) / 2);
  const half = Math.floor(barWidth / 2);
  return `${'0'.padEnd(half)}${middle.padEnd(barWidth - half - end.length)}${end}`;
}
