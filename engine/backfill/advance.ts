import { assertNever } from '../errors';
import type { Step } from '../run/events';
import { epochMs } from '../time/instant';
import type { DataInterval } from '../time/interval';
import type { Backfill, BackfillCommand, BackfillDate, BackfillEvent, BackfillRequest, KnownRun } from './state';

/**
 * A backfill as a pure state machine: `startBackfill` plans, with a reason for every date, and
 * `advanceBackfill` answers each event with the runs to start or stop. Invariant: one that has not ended
 * has a run active, is paused, or has a window of 0.
 */
export function startBackfill(
  request: BackfillRequest,
  intervals: readonly DataInterval[],
  known: readonly KnownRun[],
  at: string,
): Step<Backfill, BackfillCommand> {
  const byStart = groupByStart(known);
  const dates = intervals.map((interval) => plannedDate(request, interval, byStart.get(interval.start) ?? []));
  const backfill: Backfill = {
    format: 1,
    request,
    status: 'running',
    by: null,
    startedAt: at,
    endedAt: null,
    window: request.maxActive,
    dates: request.backwards ? dates.reverse() : dates,
  };
  return request.isDryRun ? { state: end(backfill, at), commands: [] } : settle(backfill, [], at);
}

export function advanceBackfill(backfill: Backfill, event: BackfillEvent): Step<Backfill, BackfillCommand> {
  if (backfill.endedAt !== null) return { state: backfill, commands: [] };
  const { state, commands } = apply(backfill, event);
  return settle(state, commands, event.at);
}

function groupByStart(known: readonly KnownRun[]): ReadonlyMap<string, readonly KnownRun[]> {
  const groups = new Map<string, KnownRun[]>();
  for (const run of known) groups.set(run.start, [...(groups.get(run.start) ?? []), run]);
  return groups;
}

function plannedDate({ reprocess }: BackfillRequest, interval: DataInterval, known: readonly KnownRun[]): BackfillDate {
  const [newest] = [...known].sort((a, b) => epochMs(b.at) - epochMs(a.at));
  const latest = known.find(({ state }) => state === 'queued' || state === 'running') ?? newest;
  const runId = freeRunId(`backfill__${interval.start}`, known);
  const date = (state: 'pending' | 'skipped', reason: string): BackfillDate => ({ interval, runId, state, reason });
  if (latest === undefined) return date('pending', 'no run yet');
  const had = `${latest.runId} ${latest.state === 'success' ? 'succeeded' : latest.state === 'failed' ? 'failed' : `is ${latest.state}`}`;
  const isOver = latest.state === 'success' || latest.state === 'failed';
  const again = isOver && (reprocess === 'completed' || (reprocess === 'failed' && latest.state === 'failed'));
  return again ? date('pending', `again: ${had}`) : date('skipped', had);
}

/** A run id is used once: a date that was backfilled before goes on counting. */
function freeRunId(first: string, known: readonly KnownRun[]): string {
  const taken = known.flatMap(({ runId }) => {
    if (runId === first) return [1];
    return runId.startsWith(`${first}__`) ? [Number(runId.slice(first.length + 2))] : [];
  });
  return taken.length === 0 ? first : `${first}__${Math.max(...taken) + 1}`;
}

function apply(backfill: Backfill, event: BackfillEvent): Step<Backfill, BackfillCommand> {
  const only = (state: Backfill): Step<Backfill, BackfillCommand> => ({ state, commands: [] });
  switch (event.kind) {
    case 'paused':
      return only(backfill.status === 'running' ? { ...backfill, status: 'paused', by: event.by } : backfill);
    case 'resumed':
      return only(backfill.status === 'paused' ? { ...backfill, status: 'running', by: null } : backfill);
    case 'cancelled':
      return cancel(backfill, event.by);
    case 'run_ended':
      return only(
        changeDates(backfill, (date) =>
          isRunOf(date, event.runId) ? { ...date, state: event.state, reason: event.label } : date,
        ),
      );
    case 'window_changed':
      return only({ ...backfill, window: event.window });
    default:
      return assertNever(event);
  }
}

function isRunOf(date: BackfillDate, runId: string): boolean {
  return date.state === 'running' && date.runId === runId;
}

/** What has not begun never will; what runs is stopped, and is over when it has said so. */
function cancel(backfill: Backfill, by: string): Step<Backfill, BackfillCommand> {
  if (backfill.status === 'cancelling') return { state: backfill, commands: [] };
  const running = backfill.dates.filter(({ state }) => state === 'running');
  const state = changeDates({ ...backfill, status: 'cancelling', by }, (date) =>
    date.state === 'pending' ? { ...date, state: 'cancelled', reason: `cancelled by ${by} before it began` } : date,
  );
  return { state, commands: running.map(({ runId }) => ({ kind: 'stop_run', runId, by })) };
}

function changeDates(backfill: Backfill, change: (date: BackfillDate) => BackfillDate): Backfill {
  return { ...backfill, dates: backfill.dates.map(change) };
}

/** Fills the window while it runs, and ends it when nothing is left. */
function settle(backfill: Backfill, commands: readonly BackfillCommand[], at: string): Step<Backfill, BackfillCommand> {
  const running = backfill.dates.filter(({ state }) => state === 'running').length;
  const free = backfill.status === 'running' ? Math.max(0, backfill.window - running) : 0;
  const pending = backfill.dates.filter(({ state }) => state === 'pending');
  const started = new Set(pending.slice(0, free));
  if (started.size === 0) {
    return { state: running + pending.length === 0 ? end(backfill, at) : backfill, commands };
  }
  const dates = backfill.dates.map((date) => (started.has(date) ? ({ ...date, state: 'running' } as const) : date));
  return {
    state: { ...backfill, dates },
    commands: [
      ...commands,
      { kind: 'start_runs', dates: dates.filter((_, index) => started.has(backfill.dates[index] as BackfillDate)) },
    ],
  };
}

function end(backfill: Backfill, at: string): Backfill {
  return { ...backfill, status: 'ended', endedAt: at };
}
