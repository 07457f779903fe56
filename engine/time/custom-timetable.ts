import { DefinitionError } from '../errors';
import { epochMs, isoInstant } from './instant';
import type { DataInterval } from './interval';
import type { RunSeries, Span } from './run-series';

/**
 * A timetable of one's own, as two pure functions: no clock, no randomness, nothing from outside. The
 * same questions get the same answers for ever, or a run could be missed or named twice.
 */
export interface CustomTimetable {
  /** The first interval that ends after an instant; null when there is none any more. */
  next(after: string): DataInterval | null;
  /** The last interval that ends at or before an instant; null when there was none yet. */
  last(at: string): DataInterval | null;
}

/** The series of the author's functions; an answer that cannot be is `bad_timetable`, and says why. */
export function customSeries(name: string, timetable: CustomTimetable): RunSeries {
  return {
    next: (afterMs) => {
      const interval = timetable.next(isoInstant(afterMs));
      if (interval === null) return null;
      const span = spanOf(name, interval);
      if (span.end > afterMs) return span;
      throw badTimetable(name, `next("${isoInstant(afterMs)}") ends at ${interval.end}, which is not after it`);
    },
    last: (atMs) => {
      const interval = timetable.last(isoInstant(atMs));
      if (interval === null) return null;
      const span = spanOf(name, interval);
      if (span.end <= atMs) return span;
      throw badTimetable(name, `last("${isoInstant(atMs)}") ends at ${interval.end}, which is after it`);
    },
  };
}

function spanOf(name: string, { start, end }: DataInterval): Span {
  const span = { start: epochMs(start), end: epochMs(end) };
  // Written so that an instant that cannot be read (NaN) is refused too.
  if (span.start < span.end) return span;
  throw badTimetable(name, `"${start}" to "${end}" is no interval: give two instants, the end after the start`);
}

function badTimetable(name: string, why: string): DefinitionError {
  return new DefinitionError({
    code: 'bad_timetable',
    message: `Timetable "${name}": ${why}.`,
    details: { timetable: name, why },
  });
}
