import { assertNever, RequestError } from '../errors';
import type { Fires } from './cron-fires';
import { type CustomTimetable, customSeries } from './custom-timetable';
import { firesOf } from './fires';
import type { RunSeries } from './run-series';
import type { TimetableSpec } from './timetable-spec';

/**
 * The intervals that a timetable names; null for those whose runs depend on more than the time: none,
 * `once` and `continuous`, which the DAG's control starts by itself.
 */
export function seriesOf(
  timetable: TimetableSpec,
  { startMs, custom }: { readonly startMs: number | null; readonly custom: CustomTimetable | null },
): RunSeries | null {
  switch (timetable.kind) {
    case 'none':
    case 'once':
    case 'continuous':
      return null;
    case 'interval':
      return backToBack(firesOf(timetable.fires, timetable.timezone, startMs));
    case 'trigger':
      return endingAt(firesOf(timetable.fires, timetable.timezone, startMs), timetable.intervalMs);
    case 'custom':
      return customSeries(timetable.name, custom ?? missing(timetable.name));
    default:
      return assertNever(timetable);
  }
}

/** From each fire to the next. What lies before the first fire belongs to no interval. */
function backToBack(fires: Fires): RunSeries {
  return {
    next: (afterMs) => {
      const start = fires.last(afterMs) ?? fires.next(afterMs);
      if (start === null) return null;
      const end = fires.next(start);
      return end === null ? null : { start, end };
    },
    last: (atMs) => {
      const end = fires.last(atMs);
      if (end === null) return null;
      const start = fires.last(end - 1);
      return start === null ? null : { start, end };
    },
  };
}

/** For each fire the interval of one length that ends there. */
function endingAt(fires: Fires, intervalMs: number): RunSeries {
  const span = (end: number | null) => (end === null ? null : { start: end - intervalMs, end });
  return { next: (afterMs) => span(fires.next(afterMs)), last: (atMs) => span(fires.last(atMs)) };
}

function missing(name: string): never {
  throw new RequestError({
    code: 'timetable_missing',
    message: `Timetable "${name}" is written in a DAG file that this process has not loaded. Start workers with the folder that was deployed: tidemill worker --dags DIR`,
    details: { timetable: name },
  });
}
