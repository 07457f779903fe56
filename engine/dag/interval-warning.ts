import { epochMs } from '../time/instant';
import type { DataInterval } from '../time/interval';
import type { DagSpec } from './spec';

/**
 * Says that a run over this interval would read nothing, null when it would not: an interval without width (a DAG
 * without a schedule, triggered without one) holds no day for its slices.
 */
export function intervalWarning(spec: DagSpec, interval: DataInterval): string | null {
  const slices = spec.tasks.filter((task) => task.model?.kind === 'slice').map((task) => task.taskId);
  if (slices.length === 0 || epochMs(interval.start) < epochMs(interval.end)) return null;
  const named =
    slices.length > 3 ? `${slices.slice(0, 3).join(', ')} and ${slices.length - 3} more` : slices.join(', ');
  return `${spec.dagId} has no schedule that would give this run an interval, so its slices (${named}) read nothing. Give one: --interval START/END`;
}
