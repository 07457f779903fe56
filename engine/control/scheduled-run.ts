import { defaultParams } from '../dag/default-params';
import type { Json } from '../json';
import type { DataInterval } from '../time/interval';
import type { Control, QueuedRun } from './state';

/** The run of an interval that the DAG's timetable named; its id is the interval's start. */
export function scheduledRun(control: Control, interval: DataInterval, at: string): QueuedRun {
  return {
    runId: `scheduled__${interval.start}`,
    runType: 'scheduled',
    interval,
    params: automaticParams(control),
    triggeredBy: 'schedule',
    queuedAt: at,
  };
}

/** The parameters of a run that nobody asked for: their defaults. */
export function automaticParams({ deployment }: Control): Json {
  return defaultParams(deployment?.spec.params ?? null);
}
