import { Temporal } from 'temporal-polyfill';
import { DefinitionError, didYouMean } from '../errors';
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

/** The instants, in `[fromMs, untilMs)`, at which a zone changes its clocks. */
export function clockChanges(timezone: string, fromMs: number, untilMs: number): readonly number[] {
  const changes: number[] = [];
  const start = Temporal.Instant.fromEpochMilliseconds(fromMs - 1).toZonedDateTimeISO(timezone);
  let at = start.getTimeZoneTransition('next');
  while (at !== null && at.epochMilliseconds < untilMs) {
    changes.push(at.epochMilliseconds);
    at = at.getTimeZoneTransition('next');
  }
  return changes;
}

/** An instant as the clocks of a zone show it, with their offset: `2024-03-31T02:00:00+01:00`. */
export function localTime(instant: string, timezone: string): string {
  return Temporal.Instant.from(instant).toZonedDateTimeISO(timezone).toString({ timeZoneName: 'never' });
}
