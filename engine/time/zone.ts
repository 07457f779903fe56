import { Temporal } from 'temporal-polyfill';
import { DefinitionError, didYouMean } from '../errors';
import type { Cron } from './cron';
import { matchesDay } from './cron';
import { epochMs, isoInstant } from './instant';

/**
 * Calendar arithmetic in a time zone, on the TC39 Temporal polyfill. It depends on the time-zone data
 * of the running process, so it never runs inside a workflow (a replay elsewhere could differ).
 */

/** Throws `unknown_timezone` unless `timezone` is a known IANA name. */
export function checkTimezone(timezone: string): void {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(timezone);
  } catch {
    const known = Intl.supportedValuesOf('timeZone');
    throw new DefinitionError({
      code: 'unknown_timezone',
      message: `Time zone "${timezone}" is unknown.${didYouMean(timezone, known)}`,
      details: { timezone },
    });
  }
}

/** The calendar day (YYYY-MM-DD) on which an instant falls in a zone. */
export function dayOf(instant: string, timezone: string): string {
  return Temporal.Instant.from(instant).toZonedDateTimeISO(timezone).toPlainDate().toString();
}

/** True for the text YYYY-MM-DD of a day that the calendar has: not for 2010-02-30. */
export function isDay(text: string): boolean {
  const ms = epochMs(text);
  return !Number.isNaN(ms) && isoInstant(ms).slice(0, 10) === text;
}

/** The first instant of a calendar day in a zone (00:00, or later where midnight is skipped). */
export function startOfDay(day: string, timezone: string): string {
  const instant = Temporal.PlainDate.from(day).toZonedDateTime(timezone).toInstant();
  return isoInstant(instant.epochMilliseconds);
}

/** The calendar day `count` days after another. */
export function plusDays(day: string, count: number): string {
  return Temporal.PlainDate.from(day).add({ days: count }).toString();
}

/** Every UTC offset, in milliseconds, that a zone has had or will have in 1970–2040. */
export function offsetsMs(timezone: string): readonly number[] {
  const offsets = new Set<number>();
  let at: Temporal.ZonedDateTime | null = Temporal.Instant.from('1970-01-01T00:00:00Z').toZonedDateTimeISO(timezone);
  while (at !== null && at.year <= 2040) {
    offsets.add(at.offsetNanoseconds / 1e6);
    at = at.getTimeZoneTransition('next');
  }
  return [...offsets].sort((a, b) => a - b);
}

/** The first fire of a cron expression strictly after (or before) an instant, as epoch milliseconds; null when there is none within a leap cycle. */
export function nextFire(cron: Cron, timezone: string, afterMs: number): number | null {
  return searchFire(cron, timezone, afterMs, 1);
}

/** The last fire of a cron expression at or before an instant, as epoch milliseconds; null when there is none within a leap cycle. */
export function lastFire(cron: Cron, timezone: string, atMs: number): number | null {
  return searchFire(cron, timezone, atMs, -1);
}

/** 29 February on a given weekday returns after 28 years at most, over a skipped century leap year 40. */
const searchDays = 366 * 41;

function searchFire(cron: Cron, timezone: string, fromMs: number, step: 1 | -1): number | null {
  const local = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(timezone).toPlainDate();
  // A shifted fire may land on the next calendar day, so the search begins one day early.
  let day = local.add({ days: -step });
  for (let count = 0; count < searchDays; count += 1) {
    const fires = knownFiresOn(cron, timezone, day);
    const found = step > 0 ? fires.find((ms) => ms > fromMs) : fires.findLast((ms) => ms <= fromMs);
    if (found !== undefined) return found;
    day = day.add({ days: step });
  }
  return null;
}

/** Fires by zone and day, for as long as the parsed expression lives: a walk asks for each day again and again. */
const knownFires = new WeakMap<Cron, Map<string, readonly number[]>>();

function knownFiresOn(cron: Cron, timezone: string, day: Temporal.PlainDate): readonly number[] {
  const known = knownFires.get(cron) ?? new Map<string, readonly number[]>();
  const key = `${timezone} ${day}`;
  const fires = known.get(key) ?? firesOn(cron, timezone, day);
  knownFires.set(cron, known.set(key, fires));
  return fires;
}

/**
 * The instants at which a cron expression fires on one calendar day. A wall-clock time in a DST gap
 * is moved forward by the gap; one in a fold fires at its first occurrence, and at both when the
 * schedule is hourly (so that no hour is without its run).
 */
function firesOn(cron: Cron, timezone: string, day: Temporal.PlainDate): number[] {
  if (!matchesDay(cron, { month: day.month, dayOfMonth: day.day, dayOfWeek: day.dayOfWeek % 7 })) return [];
  const instants = new Set<number>();
  for (const hour of cron.hours) {
    for (const minute of cron.minutes) {
      const wall = day.toPlainDateTime({ hour, minute });
      instants.add(wall.toZonedDateTime(timezone, { disambiguation: 'compatible' }).epochMilliseconds);
      if (cron.isHourly) instants.add(secondOccurrence(wall, timezone));
    }
  }
  return [...instants].sort((a, b) => a - b);
}

/** The later instant of a wall-clock time in a fold; the only one otherwise (in a gap: the shifted one). */
function secondOccurrence(wall: Temporal.PlainDateTime, timezone: string): number {
  const later = wall.toZonedDateTime(timezone, { disambiguation: 'later' });
  return later.epochMilliseconds;
}
