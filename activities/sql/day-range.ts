import { type DataInterval, dayOf, RequestError, startOfDay } from '../../engine';
import type { DayRange } from '../../warehouse';

/**
 * The calendar days of an interval in a zone. Throws `bad_interval` unless it begins and ends with a
 * day: a finer slice would replace more than it puts back.
 */
export function dayRange(interval: DataInterval, timezone: string): DayRange {
  const range = { start: dayOf(interval.start, timezone), end: dayOf(interval.end, timezone) };
  const isWhole =
    Date.parse(startOfDay(range.start, timezone)) === Date.parse(interval.start) &&
    Date.parse(startOfDay(range.end, timezone)) === Date.parse(interval.end) &&
    range.start < range.end;
  if (isWhole) return range;
  throw new RequestError({
    code: 'bad_interval',
    message: `Interval ${interval.start}/${interval.end} is not made of whole days in ${timezone}. Slices are replaced by the day: begin and end at midnight.`,
    details: { interval, timezone },
  });
}

/** True when a day lies in a range. */
export function isDayIn(range: DayRange, day: string | null): boolean {
  return day !== null && day >= range.start && day < range.end;
}
