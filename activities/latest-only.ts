import { type DataInterval, epochMs, nextRuns, type RunType, type TimetableSpec } from '../engine';
import type { TaskContext } from './context';

export interface LatestOnlyInput {
  readonly run_type: RunType;
  readonly timetable: TimetableSpec;
  readonly end_date: string | null;
}

/** Whether the next run of the schedule is not due yet. Only the schedule's own runs, and those of a backfill, can be late. */
export async function isLatest(
  { interval }: Pick<TaskContext, 'interval'>,
  { run_type, timetable, end_date }: LatestOnlyInput,
): Promise<boolean> {
  if (run_type === 'manual') return true;
  const next = nextAfter(interval, timetable, end_date);
  return next === null || Date.now() < epochMs(next);
}

/** When the run after this one is due; null when there is none. */
function nextAfter({ end }: DataInterval, timetable: TimetableSpec, endDate: string | null): string | null {
  const after = { timetable, startDate: end, endDate, catchup: false, watermark: end, activeSince: null };
  const delayMs = 'delayMs' in timetable ? timetable.delayMs : 0;
  return nextRuns(after, epochMs(end) + delayMs, 1)[0]?.runAt ?? null;
}
