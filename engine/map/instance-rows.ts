import type { Plan } from '../run/plan';
import { type Run, taskOf } from '../run/run';
import type { TaskState } from '../run/task-state';
import { type TaskRow, taskRows } from '../run/task-table';
import { instanceOf } from './shard';

/** One instance of a mapped task, as a line of a table. */
export interface InstanceRow extends TaskRow {
  readonly mapIndex: number;
  readonly label: string | null;
}

/** The instances of a shard that are in one of the given states, or all of them; at most `limit`. */
export function instanceRows(
  plan: Plan,
  run: Run,
  look: { readonly states: readonly TaskState[]; readonly limit: number; readonly at: string },
): readonly InstanceRow[] {
  const isMeant = ({ state }: TaskRow): boolean => look.states.length === 0 || look.states.includes(state);
  return taskRows(plan, run, look.at)
    .filter(isMeant)
    .slice(0, look.limit)
    .map((row) => {
      const { taskId, index } = instanceOf(plan, row.taskId);
      return { ...row, taskId, mapIndex: index, label: taskOf(run, row.taskId).label ?? null };
    });
}
