import type { TidemillClient } from '../client';
import type { Control, DataInterval, Run, RunStateName, RunView, TaskRow, TaskState } from '../engine';
import { isEngineError } from '../engine/errors';
import { isoInstant, planOf, taskOf, taskRows, waitingReason } from '../engine/interpreter';

/** One run as somebody watches it. */
export interface WatchedRun {
  readonly dagId: string;
  readonly runId: string;
  readonly interval: DataInterval | null;
  readonly state: RunStateName;
  /** The state for people: `success, 1 failed`. */
  readonly label: string;
  /** Why it waits, or why it ended so; empty when there is nothing to say. */
  readonly reason: string;
  readonly tasks: { readonly [taskId: string]: TaskState };
  /** The task table; empty when only the states are known. */
  readonly rows: readonly TaskRow[];
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly retries: number;
  readonly failures: readonly TaskFailure[];
}

export interface TaskFailure {
  readonly taskId: string;
  readonly code: string;
  readonly message: string;
}

/** A run of which nothing is known yet. */
export function unseenRun(dagId: string, runId: string): WatchedRun {
  return {
    dagId,
    runId,
    interval: null,
    state: 'queued',
    label: 'queued',
    reason: '',
    tasks: {},
    rows: [],
    startedAt: null,
    endedAt: null,
    retries: 0,
    failures: [],
  };
}

/** True when a run will not change any more. */
export function isOver(run: WatchedRun): boolean {
  return run.endedAt !== null;
}

/** Looks once at the runs of one DAG that are not over yet; the others are given back as they are. */
export async function lookAtRuns(
  client: TidemillClient,
  dagId: string,
  runs: readonly WatchedRun[],
): Promise<readonly WatchedRun[]> {
  const control = await client.control(dagId);
  return await Promise.all(runs.map((run) => (isOver(run) ? run : lookAtRun(client, control, run))));
}

async function lookAtRun(client: TidemillClient, control: Control, run: WatchedRun): Promise<WatchedRun> {
  const { runId } = run;
  const queued = control.queued.find((one) => one.runId === runId);
  if (queued !== undefined) {
    return { ...run, interval: queued.interval, reason: waitingReason(control, queued)?.message ?? '' };
  }
  const refused = control.refused.find((one) => one.what === runId);
  const ended = control.recent.find((one) => one.runId === runId);
  const isDrawn = ended !== undefined && Object.keys(ended.tasks).length > 0;
  // A run that went well in every part is told by its summary; of the others people want to know more.
  if (ended !== undefined && ended.label === 'success' && isDrawn && run.rows.length === 0) {
    return { ...run, ...ended, reason: '' };
  }
  const view = await findRun(client, control.dagId, runId);
  if (view !== null) return watchedRun(view);
  if (ended !== undefined) return { ...run, ...ended, reason: '' };
  if (refused === undefined) return run;
  return { ...run, state: 'failed', label: 'failed', reason: refused.reason.message, endedAt: refused.at };
}

/** Null between the admission of a run and the start of its workflow. */
async function findRun(client: TidemillClient, dagId: string, runId: string): Promise<RunView | null> {
  try {
    return await client.run(dagId, runId);
  } catch (error) {
    if (isEngineError(error) && error.code === 'unknown_run') return null;
    throw error;
  }
}

/** A run's whole state as somebody watches it. */
export function watchedRun({ spec, run, label }: Pick<RunView, 'spec' | 'run' | 'label'>): WatchedRun {
  const rows = taskRows(planOf(spec), run, isoInstant(Date.now()));
  return {
    dagId: run.identity.dagId,
    runId: run.identity.runId,
    interval: run.identity.interval,
    state: run.state,
    label,
    reason: run.endedAt !== null && run.state === 'failed' ? (run.reason?.message ?? '') : '',
    tasks: Object.fromEntries(rows.map((row) => [row.taskId, row.state])),
    rows,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    retries: rows.reduce((sum, row) => sum + Math.max(0, row.tryNumber - 1), 0),
    failures: failuresOf(run, rows),
  };
}

function failuresOf(run: Run, rows: readonly TaskRow[]): readonly TaskFailure[] {
  return rows.flatMap(({ taskId, state, reason }) => {
    if (state !== 'failed') return [];
    const { failure, reason: why } = taskOf(run, taskId);
    // A task that was stopped with its run has not failed by itself.
    if (failure === null && why?.code === 'stopped') return [];
    return [{ taskId, code: failure?.code ?? 'failed', message: failure?.message ?? reason }];
  });
}
