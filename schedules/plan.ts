import { canonicalJson } from '../engine';
import type { DesiredSchedule } from './desired';

/** A schedule as the server has it. */
export interface ActualSchedule {
  readonly scheduleId: string;
  /** What was desired when it was last applied; null for a schedule of ours that cannot be read. */
  readonly desired: DesiredSchedule | null;
}

export type ScheduleAction =
  | { readonly kind: 'create'; readonly desired: DesiredSchedule }
  | { readonly kind: 'change'; readonly desired: DesiredSchedule; readonly from: DesiredSchedule | null }
  | { readonly kind: 'remove'; readonly scheduleId: string; readonly dagId: string; readonly why: string }
  | { readonly kind: 'keep'; readonly desired: DesiredSchedule };

/**
 * What has to be done so that the server has just the desired schedules. Only schedules of the
 * deployed folders are removed: other folders are other people's.
 */
export function planSchedules(parts: {
  readonly desired: readonly DesiredSchedule[];
  readonly actual: readonly ActualSchedule[];
  readonly folders: readonly string[];
}): readonly ScheduleAction[] {
  const actual = new Map(parts.actual.map((schedule) => [schedule.scheduleId, schedule]));
  const wanted = new Set(parts.desired.map((schedule) => schedule.scheduleId));
  const actions = parts.desired.map((desired): ScheduleAction => {
    const present = actual.get(desired.scheduleId);
    if (present === undefined) return { kind: 'create', desired };
    if (canonicalJson(present.desired) === canonicalJson(desired)) return { kind: 'keep', desired };
    return { kind: 'change', desired, from: present.desired };
  });
  for (const { scheduleId, desired } of parts.actual) {
    if (wanted.has(scheduleId) || desired === null || !parts.folders.includes(desired.folder)) continue;
    actions.push({
      kind: 'remove',
      scheduleId,
      dagId: desired.dagId,
      why: 'its DAG has no schedule any more, or is gone',
    });
  }
  return actions;
}
