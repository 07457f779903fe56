import { assertNever, DefinitionError, RequestError } from '../errors';
import type { Cron } from './cron';
import { parseCron } from './cron';
import { type Duration, durationMs } from './duration';
import { epochMs, isoInstant } from './instant';
import type { DataInterval } from './interval';
import { checkTimezone, dayOf, isDay, lastFire, nextFire, offsetsMs, plusDays, startOfDay } from './zone';

/** When runs are due, and for which intervals; plain data, part of the `DagSpec`. */
export type TimetableSpec =
  | { readonly kind: 'cron_interval'; readonly cron: string; readonly timezone: string; readonly delayMs: number }
  | { readonly kind: 'none' };

/** A run that a timetable names: its interval, and the instant from which it may start. */
export interface DueRun {
  readonly interval: DataInterval;
  readonly runAt: string;
}

/** The bounds and memory that a timetable's answer depends on besides its own definition. */
export interface ScheduleState {
  readonly timetable: TimetableSpec;
  /** Instants; no interval begins before `startDate` or ends after `endDate`. */
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly catchup: boolean;
  /** End of the last interval that was handed over; null when none was. */
  readonly watermark: string | null;
}

/**
 * A timetable of back-to-back intervals between the fires of a cron expression: the run of an interval
 * starts at its end, plus `delay`. `delay` never moves the interval.
 */
export function cron(expression: string, options: { timezone?: string; delay?: Duration } = {}): TimetableSpec {
  const timezone = options.timezone ?? 'UTC';
  parseCron(expression);
  checkTimezone(timezone);
  const delayMs = options.delay === undefined ? 0 : durationMs(options.delay, 'cron delay');
  return { kind: 'cron_interval', cron: expression, timezone, delayMs };
}

/** No schedule: runs start by trigger only. */
export const noSchedule: TimetableSpec = { kind: 'none' };

/** Most intervals that one wake-up hands over; the next wake-up goes on from there. */
const maxDuePerWake = 1_000;

/**
 * The runs that are due at an instant and were not handed over yet, oldest first. Without catch-up it
 * is the latest complete interval at most, as in Airflow's interval style.
 */
export function dueRuns(state: ScheduleState, nowMs: number): readonly DueRun[] {
  const { timetable } = state;
  if (timetable.kind === 'none') return [];
  const parsed = parseCron(timetable.cron);
  const dueUntilMs = nowMs - timetable.delayMs;
  const latestEnd = lastFire(parsed, timetable.timezone, dueUntilMs);
  if (latestEnd === null) return [];
  const floorMs = Math.max(instantOr(state.watermark, -Infinity), instantOr(state.startDate, -Infinity));
  const ceilingMs = instantOr(state.endDate, Infinity);
  const first = state.catchup && floorMs > -Infinity ? firstStart(parsed, timetable.timezone, floorMs) : null;
  let start = first ?? lastFire(parsed, timetable.timezone, latestEnd - 1);
  const due: DueRun[] = [];
  while (start !== null && due.length < maxDuePerWake) {
    const end = nextFire(parsed, timetable.timezone, start);
    if (end === null || end > latestEnd || end > ceilingMs) break;
    if (start >= floorMs) due.push(dueRun(start, end, timetable.delayMs));
    start = end;
  }
  return due;
}

/** The next runs after an instant, for `next-execution`; fewer than `count` when the schedule ends. */
export function nextRuns(state: ScheduleState, nowMs: number, count: number): readonly DueRun[] {
  const { timetable } = state;
  if (timetable.kind === 'none') return [];
  const parsed = parseCron(timetable.cron);
  const startMs = instantOr(state.startDate, -Infinity);
  const endMs = instantOr(state.endDate, Infinity);
  const fromMs = Math.max(nowMs - timetable.delayMs, startMs);
  let start = lastFire(parsed, timetable.timezone, fromMs);
  if (start !== null && start < startMs) start = nextFire(parsed, timetable.timezone, startMs - 1);
  const runs: DueRun[] = [];
  while (start !== null && runs.length < count) {
    const end = nextFire(parsed, timetable.timezone, start);
    if (end === null || end > endMs) break;
    runs.push(dueRun(start, end, timetable.delayMs));
    start = end;
  }
  return runs;
}

/** The interval of a manual run that was given none: the latest complete one; an empty one without a schedule. */
export function manualInterval(timetable: TimetableSpec, nowMs: number): DataInterval {
  switch (timetable.kind) {
    case 'none':
      return { start: isoInstant(nowMs), end: isoInstant(nowMs) };
    case 'cron_interval': {
      const parsed = parseCron(timetable.cron);
      const end = lastFire(parsed, timetable.timezone, nowMs);
      const start = end === null ? null : lastFire(parsed, timetable.timezone, end - 1);
      if (start === null || end === null) {
        throw new RequestError({
          code: 'bad_interval',
          message: `Cron expression "${timetable.cron}" never fires, so there is no latest interval. Give --interval START/END.`,
          details: { cron: timetable.cron },
        });
      }
      return { start: isoInstant(start), end: isoInstant(end) };
    }
    default:
      return assertNever(timetable);
  }
}

/** The zone whose calendar a timetable follows. */
export function timezoneOf(timetable: TimetableSpec): string {
  return timetable.kind === 'none' ? 'UTC' : timetable.timezone;
}

/**
 * Reads `START/END`: ISO dates or instants. A date means midnight in `timezone`; the range is
 * half-open, so one day is `2010-12-01/2010-12-02`.
 */
export function parseInterval(text: string, timezone: string): DataInterval {
  const [start, end, ...rest] = text.split('/');
  if (start === undefined || end === undefined || rest.length > 0) {
    throw badInterval(text, 'write START/END, such as 2010-12-01/2010-12-02');
  }
  const interval = { start: parsePoint(start, text, timezone), end: parsePoint(end, text, timezone) };
  if (epochMs(interval.start) >= epochMs(interval.end)) throw badInterval(text, 'its end is not after its start');
  return interval;
}

/** The calendar days of an interval, each as an interval of its own; the first and last may be parts of days. */
export function splitByDay(interval: DataInterval, timezone: string): readonly DataInterval[] {
  const days: DataInterval[] = [];
  let start = interval.start;
  while (epochMs(start) < epochMs(interval.end)) {
    const midnight = startOfDay(plusDays(dayOf(start, timezone), 1), timezone);
    const end = epochMs(midnight) < epochMs(interval.end) ? midnight : interval.end;
    days.push({ start, end });
    start = end;
  }
  return days;
}

/** Hours and minutes, in UTC, at which a server has to wake so that no due run is missed. */
export interface WakeCalendar {
  readonly hours: readonly number[];
  readonly minutes: readonly number[];
}

/**
 * UTC calendars that are a superset of what may be due: each local time of the expression under every
 * offset of its zone, on every day. Why not the server's own calendars: they lose fires on DST days
 * (ADR 0011 of `schedules/`).
 */
export function wakeCalendars(timetable: TimetableSpec): readonly WakeCalendar[] {
  if (timetable.kind === 'none') return [];
  const parsed = parseCron(timetable.cron);
  const minutesByHour = new Map<number, Set<number>>();
  for (const offset of offsetsMs(timetable.timezone)) {
    for (const hour of parsed.hours) {
      for (const minute of parsed.minutes) {
        const localMs = hour * 3_600_000 + minute * 60_000;
        const utc = wrapMinutes(Math.ceil((localMs - offset + timetable.delayMs) / 60_000));
        const minutes = minutesByHour.get(Math.floor(utc / 60)) ?? new Set();
        minutesByHour.set(Math.floor(utc / 60), minutes.add(utc % 60));
      }
    }
  }
  return groupCalendars(minutesByHour);
}

function groupCalendars(minutesByHour: ReadonlyMap<number, ReadonlySet<number>>): readonly WakeCalendar[] {
  const calendars = new Map<string, { hours: number[]; minutes: number[] }>();
  for (const [hour, set] of [...minutesByHour].sort(([a], [b]) => a - b)) {
    const minutes = [...set].sort((a, b) => a - b);
    const calendar = calendars.get(minutes.join()) ?? { hours: [], minutes };
    calendar.hours.push(hour);
    calendars.set(minutes.join(), calendar);
  }
  return [...calendars.values()];
}

function firstStart(parsed: Cron, timezone: string, floorMs: number): number | null {
  return nextFire(parsed, timezone, floorMs - 1);
}

function dueRun(start: number, end: number, delayMs: number): DueRun {
  return { interval: { start: isoInstant(start), end: isoInstant(end) }, runAt: isoInstant(end + delayMs) };
}

function wrapMinutes(minutes: number): number {
  return ((minutes % 1_440) + 1_440) % 1_440;
}

function instantOr(instant: string | null, otherwise: number): number {
  return instant === null ? otherwise : epochMs(instant);
}

const pointForm = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** An ISO date (midnight in `timezone`) or instant, as an instant; `bad_interval` quotes what it cannot read. */
export function parsePoint(point: string, whole: string, timezone: string): string {
  const [, day = '', time] = pointForm.exec(point) ?? [];
  const ms = isDay(day) ? epochMs(point) : Number.NaN;
  if (Number.isNaN(ms)) throw badInterval(whole, `"${point}" is neither a date nor an instant with a zone`);
  return time === undefined ? startOfDay(day, timezone) : isoInstant(ms);
}

function badInterval(text: string, why: string): RequestError {
  return new RequestError({
    code: 'bad_interval',
    message: `Interval "${text}": ${why}.`,
    details: { interval: text, why },
  });
}

/** A `startDate` or `endDate` of a DAG as an instant. */
export function parseBound(text: string, option: string, timezone: string): string {
  try {
    return parsePoint(text, text, timezone);
  } catch {
    throw new DefinitionError({
      code: 'bad_date',
      message: `${option}: "${text}" is neither a date (2010-12-01) nor an instant (2010-12-01T06:00:00Z).`,
      details: { option, value: text },
    });
  }
}
