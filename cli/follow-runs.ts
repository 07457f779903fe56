import type { TidemillClient } from '../client';
import { isEngineError } from '../engine/errors';
import { isTerminal, shortDuration } from '../engine/interpreter';
import { isServerSilent } from './exit-codes';
import { failureText, gridLines, nameOf, taskListLines } from './live-grid';
import { countText } from './output';
import { isOver, lookAtRuns, unseenRun, type WatchedRun } from './run-watch';
import { LiveScreen } from './screen';
import { paintFor, type Sink } from './style';

export interface FollowRequest {
  readonly client: TidemillClient;
  readonly dagId: string;
  readonly runIds: readonly string[];
  readonly sink?: Sink;
  /** Called between two looks; asked to end the following early when it answers true. */
  readonly isEnough?: () => boolean;
}

/** Often enough to look alive; every look costs the worker some queries. */
const lookEveryMs = { terminal: 400, lines: 800 } as const;
const signOfLifeEveryMs = 15_000;
/** A worker that restarts is back long before. */
const giveUpAfterMs = 90_000;

/**
 * Follows runs of one DAG until all are over: a picture that is drawn in place on a terminal, a line
 * per event elsewhere. Gives the runs as they ended, in the order of their ids.
 */
export async function followRuns(request: FollowRequest): Promise<readonly WatchedRun[]> {
  const sink = request.sink ?? process.stdout;
  const { deployment } = await request.client.control(request.dagId);
  const taskIds = deployment?.spec.tasks.map((task) => task.taskId) ?? [];
  const view = sink.isTTY === true ? screenView(sink, taskIds) : lineView(sink);
  let runs: readonly WatchedRun[] = request.runIds.map((runId) => unseenRun(request.dagId, runId));
  let answeredAt = Date.now();
  let notice: string | null = null;
  try {
    while (runs.some((run) => !isOver(run)) && request.isEnough?.() !== true) {
      try {
        runs = await lookAtRuns(request.client, request.dagId, runs);
        answeredAt = Date.now();
        notice = null;
      } catch (error) {
        notice = whyNobodyAnswers(error);
        if (Date.now() - answeredAt > giveUpAfterMs) throw error;
      }
      view.show(runs, notice);
      if (runs.some((run) => !isOver(run))) await pause(sink.isTTY === true ? lookEveryMs.terminal : lookEveryMs.lines);
    }
  } finally {
    view.finish();
  }
  return runs;
}

/** What can pass by itself is waited for: a worker that starts again, a server that is busy. */
function whyNobodyAnswers(error: unknown): string {
  if (isServerSilent(error)) return 'Temporal does not answer; trying again';
  if (isEngineError(error) && error.retryable) return error.message;
  throw error;
}

interface RunsView {
  show(runs: readonly WatchedRun[], notice: string | null): void;
  finish(): void;
}

function screenView(sink: Sink, taskIds: readonly string[]): RunsView {
  const screen = new LiveScreen(sink);
  const paint = paintFor(sink);
  const startedAtMs = Date.now();
  return {
    show: (runs, notice) => {
      const size = { width: (sink.columns ?? 80) - 1, height: sink.rows ?? 24, nowMs: Date.now(), paint };
      const [only] = runs;
      const dagId = only?.dagId ?? '';
      screen.draw(
        runs.length === 1 && only !== undefined
          ? taskListLines(only, { ...size, notice })
          : gridLines({ dagId, taskIds, runs, startedAtMs, notice }, size),
      );
    },
    finish: () => screen.finish(),
  };
}

/** Plain lines: tasks of a single run as they end, runs as they end, and a sign of life. */
function lineView(sink: Sink): RunsView {
  const told = new Set<string>();
  let saidAt = Date.now();
  let ended = 0;
  let noticed: string | null = null;
  const tell = (line: string): void => {
    sink.write(`${line}\n`);
    saidAt = Date.now();
  };
  const once = (key: string, line: () => string): void => {
    if (told.has(key)) return;
    told.add(key);
    tell(line());
  };
  return {
    show: (runs, notice) => {
      if (notice !== null && notice !== noticed) tell(notice);
      noticed = notice;
      const [only] = runs;
      if (runs.length === 1 && only !== undefined) tellTasks(only, once);
      const over = runs.filter(isOver);
      for (const run of over) {
        once(run.runId, () => {
          ended += 1;
          return endLine(run, ended, runs.length);
        });
      }
      if (over.length < runs.length && Date.now() - saidAt > signOfLifeEveryMs) tell(lifeLine(runs));
    },
    finish: () => undefined,
  };
}

function tellTasks(run: WatchedRun, once: (key: string, line: () => string) => void): void {
  for (const { taskId, state, durationMs, rowCount, tryNumber, reason } of run.rows) {
    if (state === 'up_for_retry') once(`${taskId} ${tryNumber}`, () => `${taskId}: ${reason}`);
    if (state === 'awaiting_input') once(`${taskId} asks`, () => `${taskId}: asks: ${reason}`);
    if (state === 'up_for_reschedule') once(`${taskId} waits`, () => `${taskId}: waits: ${reason}`);
    if (!isTerminal(state)) continue;
    const time = durationMs === null ? '' : `, ${shortDuration(durationMs)}`;
    const rows = rowCount === null ? '' : `, ${countText(rowCount, 'row')}`;
    once(taskId, () => `${taskId}: ${state}${time}${rows}${state === 'success' || reason === '' ? '' : `: ${reason}`}`);
  }
}

function endLine(run: WatchedRun, done: number, all: number): string {
  const took =
    run.startedAt === null || run.endedAt === null
      ? ''
      : ` in ${shortDuration(Date.parse(run.endedAt) - Date.parse(run.startedAt))}`;
  const count = all === 1 ? '' : ` (${done} of ${all})`;
  const why = run.state === 'failed' ? `\n  ${failureText(run)}` : '';
  return `${run.dagId} ${nameOf(run)}: ${run.label}${took}${count}${why}`;
}

function lifeLine(runs: readonly WatchedRun[]): string {
  const active = runs.filter((run) => !isOver(run) && run.startedAt !== null);
  const busy = active.flatMap((run) => run.rows.filter((row) => row.state === 'running').map((row) => row.taskId));
  const names = [...new Set(busy)].join(', ');
  const waits = active.flatMap((run) => run.rows.filter((row) => row.state === 'up_for_reschedule'));
  const waitText = waits[0] === undefined ? '' : `; ${waits[0].taskId} waits: ${waits[0].reason}`;
  if (runs.length === 1) return `… running${names === '' ? '' : `: ${names}`}${waitText}`;
  return `… ${runs.filter(isOver).length} of ${countText(runs.length, 'run')} done, ${active.length} running${names === '' ? '' : `: ${names}`}${waitText}`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
