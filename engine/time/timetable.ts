import { RequestError } from '../errors';
import type { CustomTimetable } from './custom-timetable';
import { epochMs, isoInstant } from './instant';
import type { DataInterval } from './interval';
import type { RunSeries, Span } from './run-series';
import { seriesOf } from './series-of';
import { type TimetableSpec, timezoneOf } from './timetable-spec';
import { clockChanges } from './zone';

/** A run that a timetable names: its interval, and the instant from which it may start. */
export interface DueRun {
  readonly interval: DataInterval;
  readonly runAt: string;
}

/** The bounds and memory that a timetable's answer depends on besides its own definition. */
export interface ScheduleState {
  readonly timetable: TimetableSpec;
  /** The author's functions, for a timetable of the kind `custom`. */
  readonly custom?: CustomTimetable;
  /** Instants. No interval begins before `startDate` (of triggers: no fire is before it) or ends after `endDate`. */
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly catchup: boolean;
  /** End of the last interval that was handed over; null when none was. */
  readonly watermark: string | null;
  /** When this timetable was deployed, or unpaused after that; null when that is not known. */
  readonly activeSince: string | null;
}

/** Most intervals that one wake-up hands over; the next wake-up goes on from there. */
const maxDuePerWake = 1_000;

/** How far around a change of the clocks a preview looks. */
const previewYears = 3;

/**
 * The runs that are due at an instant and were not handed over yet, oldest first. Without catch-up it
 * is one at most, as in Airflow: of intervals the latest complete one, of triggers the latest since
 * the DAG became active.
 */
export function dueRuns(state: ScheduleState, nowMs: number): readonly DueRun[] {
  const bounded = bound(state);
  if (bounded === null) return [];
  const { series, floorMs, endMs, delayMs } = bounded;
  const untilMs = nowMs - delayMs;
  const latest = series.last(untilMs);
  if (latest === null) return [];
  if (!state.catchup || floorMs === -Infinity) {
    const isDue = latest.end > floorMs && latest.end <= endMs && bounded.isWanted(latest) && bounded.isLive(latest);
    return isDue ? [dueRun(latest, delayMs)] : [];
  }
  return walk(bounded, { afterMs: floorMs, untilMs: Math.min(latest.end, endMs), count: maxDuePerWake });
}

/** The next runs after an instant, for `next-execution`; fewer than `count` when the schedule ends. */
export function nextRuns(state: ScheduleState, nowMs: number, count: number): readonly DueRun[] {
  if (state.timetable.kind === 'once') return state.watermark === null ? [onceRun(state, nowMs)] : [];
  const bounded = bound(state);
  if (bounded === null) return [];
  const afterMs = Math.max(nowMs - bounded.delayMs, bounded.startMs - 1);
  return walk(bounded, { afterMs, untilMs: bounded.endMs, count });
}

/** A change of the clocks, and the runs about it. */
export interface ClockChange {
  readonly at: string;
  readonly runs: readonly DueRun[];
}

/** For each of the next changes of the timetable's clocks, `count` runs, half of them before it: what its policy makes of them. */
export function runsAroundChanges(state: ScheduleState, nowMs: number, count: number): readonly ClockChange[] {
  const bounded = bound(state);
  if (bounded === null) return [];
  const changes = clockChanges(timezoneOf(state.timetable), nowMs, nowMs + previewYears * 366 * 86_400_000);
  return changes.slice(0, 2).map((changeMs) => {
    let afterMs = changeMs;
    for (let back = 0; back < Math.ceil(count / 2); back += 1) {
      afterMs = bounded.series.last(afterMs - 1)?.end ?? afterMs;
    }
    return { at: isoInstant(changeMs), runs: walk(bounded, { afterMs: afterMs - 1, untilMs: bounded.endMs, count }) };
  });
}

/**
 * The complete intervals that lie whole in a range, oldest first, at most `count`; null for a timetable
 * that has none. Whoever names a range means it, so the DAG's own bounds do not matter.
 */
export function intervalsIn(
  state: ScheduleState,
  range: DataInterval,
  { nowMs, count }: { readonly nowMs: number; readonly count: number },
): readonly DataInterval[] | null {
  const bounded = bound(state);
  if (bounded === null) return null;
  const [afterMs, endMs] = [epochMs(range.start), epochMs(range.end)];
  const isWanted = ({ start }: Span): boolean => start >= afterMs;
  const untilMs = Math.min(endMs, nowMs - bounded.delayMs);
  return walk({ ...bounded, isWanted }, { afterMs, untilMs, count }).map(({ interval }) => interval);
}

/** The interval of a manual run that was given none: the latest complete one; an empty one where there are none. */
export function manualInterval(
  timetable: TimetableSpec,
  nowMs: number,
  { startDate = null, custom = null }: { startDate?: string | null; custom?: CustomTimetable | null } = {},
): DataInterval {
  const series = seriesOf(timetable, { startMs: startDate === null ? null : epochMs(startDate), custom });
  if (series === null) return { start: isoInstant(nowMs), end: isoInstant(nowMs) };
  const span = series.last(nowMs);
  if (span !== null) return intervalOf(span);
  throw new RequestError({
    code: 'bad_interval',
    message: `The schedule has no complete interval at ${isoInstant(nowMs)}, so there is no latest one. Give --interval START/END.`,
    details: { timetable: { ...timetable } },
  });
}

interface Bounded {
  readonly series: RunSeries;
  readonly startMs: number;
  readonly endMs: number;
  readonly delayMs: number;
  /** Nothing that ends at or before it is due. */
  readonly floorMs: number;
  /** Whether the start date lets an interval be. */
  isWanted(span: Span): boolean;
  /** Whether the DAG was active when a run was due, which triggers ask for that do not catch up. */
  isLive(span: Span): boolean;
}

function bound(state: ScheduleState): Bounded | null {
  const { timetable } = state;
  const custom = state.custom ?? null;
  const delayMs = 'delayMs' in timetable ? timetable.delayMs : 0;
  const series = seriesOf(timetable, { startMs: instantOr(state.startDate, null), custom });
  if (series === null) return null;
  const startMs = instantOr(state.startDate, -Infinity);
  const isTrigger = timetable.kind === 'trigger';
  const watermarkMs = instantOr(state.watermark, -Infinity);
  const liveMs = isTrigger ? instantOr(state.activeSince, -Infinity) : -Infinity;
  return {
    series,
    startMs,
    endMs: instantOr(state.endDate, Infinity),
    delayMs,
    floorMs: Math.max(watermarkMs, startMs - 1),
    isWanted: (span) => (isTrigger ? span.end : span.start) >= startMs,
    isLive: (span) => span.end + delayMs >= liveMs,
  };
}

/** The wanted runs whose intervals end in `(afterMs, untilMs]`, at most `count`. */
function walk(
  { series, isWanted, delayMs }: Bounded,
  { afterMs, untilMs, count }: { readonly afterMs: number; readonly untilMs: number; readonly count: number },
): readonly DueRun[] {
  const runs: DueRun[] = [];
  let span = series.next(afterMs);
  while (span !== null && span.end <= untilMs && runs.length < count) {
    if (isWanted(span)) runs.push(dueRun(span, delayMs));
    span = series.next(span.end);
  }
  return runs;
}

/** The one run of `once`: it has nothing to cover, so its interval is empty. */
function onceRun({ startDate }: ScheduleState, nowMs: number): DueRun {
  const at = isoInstant(Math.max(nowMs, instantOr(startDate, nowMs)));
  return { interval: { start: at, end: at }, runAt: at };
}

function dueRun(span: Span, delayMs: number): DueRun {
  return { interval: intervalOf(span), runAt: isoInstant(span.end + delayMs) };
}

function intervalOf({ start, end }: Span): DataInterval {
  return { start: isoInstant(start), end: isoInstant(end) };
}

function instantOr<Other>(instant: string | null, otherwise: Other): number | Other {
  return instant === null ? otherwise : epochMs(instant);
}
