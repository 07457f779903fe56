import { type DagSpec, policyOf } from '../dag/spec';
import { RequestError } from '../errors';
import type { DataInterval } from '../time/interval';
import { splitByDay } from '../time/parse-interval';
import { timezoneOf } from '../time/timetable-spec';

/** Most dates of one backfill: its state travels with every continue-as-new, and a plan that long is read by nobody. */
export const mostBackfillDates = 5_000;

/**
 * The intervals that a backfill over a range is made of, oldest first: what the timetable has there
 * (`scheduled`), or the days of the range when it has no intervals of its own (null). Throws when there
 * are none or too many.
 */
export function backfillIntervals(
  { dagId, timetable }: DagSpec,
  range: DataInterval,
  scheduled: readonly DataInterval[] | null,
): readonly DataInterval[] {
  const intervals = scheduled ?? splitByDay(range, timezoneOf(timetable));
  if (intervals.length === 0) {
    throw new RequestError({
      code: 'backfill_without_dates',
      message: `The schedule of ${dagId} has no complete interval from ${range.start} to ${range.end} (the end is left out). Choose a wider range, or --single-run for one run over it.`,
      details: { dag: dagId, ...range },
    });
  }
  if (intervals.length > mostBackfillDates) {
    throw new RequestError({
      code: 'backfill_too_long',
      message: `From ${range.start} to ${range.end} there are more than ${mostBackfillDates} dates of ${dagId}. Backfill them in parts, or as one run with --single-run.`,
      details: { dag: dagId, most: mostBackfillDates },
    });
  }
  return intervals;
}

/** A backfill that goes backwards never meets the run before the one that it starts. */
export function checkDirection(spec: DagSpec, backwards: boolean): void {
  const waiting = spec.tasks.filter((task) => (policyOf(spec, task).past ?? 'none') !== 'none');
  if (!backwards || waiting.length === 0) return;
  const ids = waiting.map((task) => task.taskId);
  throw new RequestError({
    code: 'backfill_backwards',
    message: `Tasks of ${spec.dagId} wait for the run before theirs (${ids.slice(0, 5).join(', ')}), so it cannot be backfilled backwards. Leave out --backwards.`,
    details: { dag: spec.dagId, tasks: ids },
  });
}
