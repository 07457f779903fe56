import type { DagSpec } from '../engine';
import { durationText } from './output';

/** A timetable in one short text: `0 0 * * * UTC, 2h after`. */
export function scheduleText(timetable: DagSpec['timetable']): string {
  if (timetable.kind === 'none') return 'by trigger only';
  const { cron, timezone, delayMs } = timetable;
  return `${cron} ${timezone}${delayMs === 0 ? '' : `, ${durationText(delayMs)} after`}`;
}
