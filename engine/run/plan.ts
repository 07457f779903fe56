import { downstreamOf } from '../dag/graph';
import { type DagSpec, policyOf, type TaskPolicy, type TaskSpec } from '../dag/spec';
import { EngineBug } from '../errors';

/** A task with everything that the interpreter asks of it, looked up once. */
export interface PlannedTask extends TaskSpec {
  readonly policyOfTask: TaskPolicy;
  readonly downstream: readonly string[];
}

/** A spec, indexed for running. Derived, never stored. */
export interface Plan {
  readonly spec: DagSpec;
  readonly tasks: ReadonlyMap<string, PlannedTask>;
  readonly leaves: readonly string[];
}

export function planOf(spec: DagSpec): Plan {
  const upstream = new Map(spec.tasks.map((task) => [task.taskId, new Set(task.upstream)]));
  const downstream = downstreamOf({ ids: spec.tasks.map((task) => task.taskId), upstream });
  const tasks = new Map(
    spec.tasks.map((task) => [
      task.taskId,
      { ...task, policyOfTask: policyOf(spec, task), downstream: downstream.get(task.taskId) as readonly string[] },
    ]),
  );
  const leaves = spec.tasks.filter((task) => downstream.get(task.taskId)?.length === 0).map((task) => task.taskId);
  return { spec, tasks, leaves };
}

export function plannedTask(plan: Plan, taskId: string): PlannedTask {
  const task = plan.tasks.get(taskId);
  if (task === undefined) throw new EngineBug(`DAG ${plan.spec.dagId} has no task ${taskId}`);
  return task;
}

/** All tasks downstream of the given ones, at any distance. */
export function descendantsOf(plan: Plan, taskIds: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const queue = [...taskIds];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const child of plannedTask(plan, id).downstream) {
      if (found.has(child)) continue;
      found.add(child);
      queue.push(child);
    }
  }
  return found;
}
