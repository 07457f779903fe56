import { defaultParams } from '../dag/default-params';
import type { DataInterval } from '../time/interval';
import type { Control, QueuedRun } from './state';

/** The run of an interval that the DAG's timetable named; its id is the interval's start. */
export function scheduledRun(control: Control, interval: DataInterval, at: string): QueuedRun {
  return {
    runId: `scheduled__${interval.start}`,
    runType: 'scheduled',
    interval,
    params: defaultParams(control.deployment?.spec.params ?? null),
    triggeredBy: 'schedule',
    queuedAt: at,
  };
}
