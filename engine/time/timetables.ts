import { DefinitionError } from '../errors';
import type { Json } from '../json';
import { parseCron } from './cron';
import type { CustomTimetable } from './custom-timetable';
import { type Duration, durationMs } from './duration';
import { epochMs } from './instant';
import { parseBound } from './parse-interval';
import type { BusinessCalendar, CronRule, FireRule, Fold, Gap, TimetableSpec } from './timetable-spec';
import { checkTimezone } from './zone';

export interface CronOptions {
  /** IANA name; UTC unless told otherwise. */
  readonly timezone?: string;
  /** How long after its interval's end a run starts; never moves the interval. */
  readonly delay?: Duration;
  /** A wall-clock time in the gap of spring: `shift` (moved on by the gap) unless told otherwise. */
  readonly gap?: Gap;
  /** A repeated hour of autumn: `first` unless told otherwise, and `both` where the hour is `*`. */
  readonly fold?: Fold;
  /** Fires on business days alone: `businessDays({ holidays })`. */
  readonly on?: BusinessCalendar;
}

export interface TriggerOptions {
  /** The length of the interval that ends at each fire. There is no default: an empty one reads nothing. */
  readonly interval: Duration;
}

/**
 * A timetable of back-to-back intervals between the fires of one or more cron expressions: the run of
 * an interval starts at its end, plus `delay`.
 */
export function cron(expressions: string | readonly string[], options: CronOptions = {}): TimetableSpec {
  const { fires, timezone, delayMs } = readCron(expressions, options);
  return { kind: 'interval', fires, timezone, delayMs };
}

/** A run at each fire of one or more cron expressions, for the `interval` that ends there. */
export function cronTrigger(
  expressions: string | readonly string[],
  options: CronOptions & TriggerOptions,
): TimetableSpec {
  const { fires, timezone, delayMs } = readCron(expressions, options);
  return { kind: 'trigger', fires, timezone, delayMs, intervalMs: intervalMs(options, 'cronTrigger') };
}

/** Back-to-back intervals of one length, counted from the start date; daylight saving does not move them. */
export function delta(every: Duration, options: { readonly delay?: Duration } = {}): TimetableSpec {
  return { kind: 'interval', fires: deltaRule(every, 'delta'), timezone: 'UTC', delayMs: delayOf(options, 'delta') };
}

/** A run every so often, for the `interval` that ends there. */
export function deltaTrigger(every: Duration, options: TriggerOptions & { readonly delay?: Duration }): TimetableSpec {
  return {
    kind: 'trigger',
    fires: deltaRule(every, 'deltaTrigger'),
    timezone: 'UTC',
    delayMs: delayOf(options, 'deltaTrigger'),
    intervalMs: intervalMs(options, 'deltaTrigger'),
  };
}

/** A server holds a wake-up for each; thousands would make every deploy slow. */
const maxDates = 1_000;

/** A run at each of these days (midnight in `timezone`) or instants, for the `interval` that ends there. */
export function dates(
  list: readonly string[],
  options: TriggerOptions & { readonly timezone?: string; readonly delay?: Duration },
): TimetableSpec {
  const timezone = readTimezone(options.timezone);
  if (list.length === 0 || list.length > maxDates) {
    throw badSchedule(
      `dates: ${list.length} dates; give 1 to ${maxDates}, or write a timetable of your own (customTimetable)`,
    );
  }
  const instants = new Set(list.map((text) => parseBound(text, 'dates', timezone)));
  return {
    kind: 'trigger',
    fires: { kind: 'dates', instants: [...instants].sort((a, b) => epochMs(a) - epochMs(b)) },
    timezone,
    delayMs: delayOf(options, 'dates'),
    intervalMs: intervalMs(options, 'dates'),
  };
}

/** One run, at the start date or, without one, as soon as the DAG is active. */
export function once(): TimetableSpec {
  return { kind: 'once' };
}

/** One run after the other: the next starts when the last has ended, for the time since its interval. Needs a start date. */
export function continuous(): TimetableSpec {
  return { kind: 'continuous' };
}

/** No schedule: runs start by trigger only. */
export const noSchedule: TimetableSpec = { kind: 'none' };

/** A timetable's functions with what stands for them in the `DagSpec`. */
export interface CustomSchedule {
  readonly spec: TimetableSpec;
  readonly timetable: CustomTimetable;
}

export interface CustomOptions<Settings extends Json> {
  /** Names it in messages and pages. */
  readonly name: string;
  /** What the functions are given; part of the DAG's version, which the functions are by the file's code. */
  readonly settings: Settings;
  readonly timezone?: string;
  readonly delay?: Duration;
  /** How often the server asks it what is due; every minute unless told otherwise. */
  readonly wakeEvery?: Duration;
  readonly next: (after: string, settings: Settings) => ReturnType<CustomTimetable['next']>;
  readonly last: (at: string, settings: Settings) => ReturnType<CustomTimetable['last']>;
}

/** A timetable of your own, as two pure functions: {@link CustomTimetable} says what they promise. */
export function customTimetable<Settings extends Json>(options: CustomOptions<Settings>): CustomSchedule {
  const { name, settings } = options;
  const wakeEveryMs = wholeSeconds(options.wakeEvery ?? '1 minute', `${name} wakeEvery`);
  return {
    spec: {
      kind: 'custom',
      name,
      settings,
      timezone: readTimezone(options.timezone),
      delayMs: delayOf(options, name),
      wakeEveryMs,
    },
    timetable: { next: (after) => options.next(after, settings), last: (at) => options.last(at, settings) },
  };
}

function readCron(
  expressions: string | readonly string[],
  options: CronOptions,
): { readonly fires: CronRule; readonly timezone: string; readonly delayMs: number } {
  const crons = typeof expressions === 'string' ? [expressions] : [...new Set(expressions)];
  if (crons.length === 0) throw badSchedule('cron: give at least one expression');
  for (const one of crons) parseCron(one);
  const gap = oneOf<Gap>(options.gap ?? 'shift', ['shift', 'skip'], 'gap');
  const fold = options.fold === undefined ? null : oneOf<Fold>(options.fold, ['first', 'last', 'both'], 'fold');
  return {
    fires: { kind: 'cron', crons, gap, fold, calendar: options.on ?? null },
    timezone: readTimezone(options.timezone),
    delayMs: delayOf(options, 'cron'),
  };
}

function readTimezone(timezone = 'UTC'): string {
  checkTimezone(timezone);
  return timezone;
}

function deltaRule(every: Duration, where: string): FireRule {
  return { kind: 'delta', everyMs: wholeSeconds(every, where) };
}

/** The server's clock for schedules ticks in seconds. */
function wholeSeconds(duration: Duration, where: string): number {
  const ms = durationMs(duration, where);
  if (ms >= 1_000 && ms % 1_000 === 0) return ms;
  throw badSchedule(`${where}: "${duration}" is no whole number of seconds, from one`);
}

function delayOf({ delay }: { readonly delay?: Duration }, where: string): number {
  return delay === undefined ? 0 : durationMs(delay, `${where} delay`);
}

/** A DAG file is run without a compiler, so the interval may be missing although its type asks for it. */
function intervalMs({ interval }: Partial<TriggerOptions>, where: string): number {
  const ms = interval === undefined ? 0 : durationMs(interval, `${where} interval`);
  if (ms > 0) return ms;
  throw badSchedule(`${where}: a run needs an interval longer than nothing, such as { interval: '1 day' }`);
}

function oneOf<Value extends string>(value: Value, known: readonly Value[], option: string): Value {
  if (known.includes(value)) return value;
  throw badSchedule(`cron ${option} is "${value}"; known: ${known.join(', ')}`);
}

/** Thrown also where a schedule does not fit the other options of its DAG. */
export function badSchedule(why: string): DefinitionError {
  return new DefinitionError({ code: 'bad_schedule', message: `${why}.`, details: { why } });
}
