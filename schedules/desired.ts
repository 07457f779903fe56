import { type DagSpec, scheduleId, timetableText, type Wake, wakesOf } from '../engine';

/** A Temporal Schedule as we want it: a wake-up for a DAG's control, as data. */
export interface DesiredSchedule {
  readonly scheduleId: string;
  readonly dagId: string;
  readonly wakes: readonly Wake[];
  /** The timetable in words, shown as the schedule's note in Temporal's UI. */
  readonly note: string;
  /** The DAG folder that it came from: deploying that folder again may remove it. */
  readonly folder: string;
}

/** The schedule that a DAG wants; null when nothing has to wake it. */
export function desiredSchedule(spec: DagSpec, folder: string): DesiredSchedule | null {
  const wakes = wakesOf(spec.timetable, spec.startDate);
  if (wakes.length === 0) return null;
  return {
    scheduleId: scheduleId(spec.dagId),
    dagId: spec.dagId,
    wakes,
    note: `wakes ${spec.dagId}: ${timetableText(spec.timetable)}; which runs are due is decided by its timetable`,
    folder,
  };
}
