import { epochMs, isoInstant } from '../time/instant';
import type { DataInterval } from '../time/interval';
import type { TimetableSpec } from '../time/timetable-spec';
import { scheduledRun } from './scheduled-run';
import type { Control } from './state';

/**
 * Queues the run that a DAG starts by itself at this moment, if any: that of `once` and those of
 * `continuous`, which depend on what the DAG has run and not on a calendar.
 */
export function startBySelf(control: Control, at: string): Control {
  const { deployment, paused } = control;
  if (deployment === null || paused !== null || isBusy(control)) return control;
  const { timetable, startDate, endDate } = deployment.spec;
  const interval = dueInterval(timetable, { startDate, endDate, watermark: control.watermark, at });
  if (interval === null) return control;
  return { ...control, queued: [...control.queued, scheduledRun(control, interval, at)], watermark: interval.end };
}

interface Moment {
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly watermark: string | null;
  readonly at: string;
}

function dueInterval(timetable: TimetableSpec, moment: Moment): DataInterval | null {
  switch (timetable.kind) {
    case 'once':
      return onceInterval(moment);
    case 'continuous':
      return continuousInterval(moment);
    default:
      return null;
  }
}

/** It has nothing to cover, so its interval is empty. */
function onceInterval({ startDate, watermark, at }: Moment): DataInterval | null {
  const due = startDate ?? at;
  return watermark !== null || epochMs(due) > epochMs(at) ? null : { start: due, end: due };
}

/** From where the last one ended, or the start date, until now. */
function continuousInterval({ startDate, endDate, watermark, at }: Moment): DataInterval | null {
  const startMs = epochMs(watermark ?? startDate ?? at);
  const endMs = Math.min(epochMs(at), endDate === null ? Infinity : epochMs(endDate));
  return startMs < endMs ? { start: isoInstant(startMs), end: isoInstant(endMs) } : null;
}

function isBusy({ queued, active }: Control): boolean {
  return [...queued, ...active].some((run) => run.runType === 'scheduled');
}
