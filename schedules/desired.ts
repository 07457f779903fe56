import { type DagSpec, scheduleId, type WakeCalendar, wakeCalendars } from '../engine';

/** A Temporal Schedule as we want it: a wake-up for a DAG's control, as data. */
export interface DesiredSchedule {
  readonly scheduleId: string;
  readonly dagId: string;
  readonly calendars: readonly WakeCalendar[];
  /** The timetable in words, shown as the schedule's note in Temporal's UI. */
  readonly note: string;
  /** The DAG folder that it came from: deploying that folder again may remove it. */
  readonly folder: string;
}

/** The schedule that a DAG wants; null when it has no timetable. */
export function desiredSchedule(spec: DagSpec, folder: string): DesiredSchedule | null {
  const calendars = wakeCalendars(spec.timetable);
  if (spec.timetable.kind === 'none' || calendars.length === 0) return null;
  const { cron, timezone, delayMs } = spec.timetable;
  const delay = delayMs === 0 ? '' : `, ${delayMs / 60_000} minutes after each interval`;
  return {
    scheduleId: scheduleId(spec.dagId),
    dagId: spec.dagId,
    calendars,
    note: `wakes ${spec.dagId}: cron ${cron} (${timezone})${delay}; which runs are due is decided by its timetable`,
    folder,
  };
}
