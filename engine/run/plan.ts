import { downstreamOf } from '../dag/graph';
import type { NotifyRule } from '../dag/notify';
import { type DagSpec, type PastRule, policyOf, type TaskPolicy, type TaskSpec } from '../dag/spec';
import { EngineBug } from '../errors';
import { type Want, wantsOf } from '../pool/wants';
import { setupsByTask } from './scopes';
import { saysWeights, Weights } from './weights';

/** A task with everything that the interpreter asks of it, looked up once. */
export interface PlannedTask extends TaskSpec {
  readonly policyOfTask: TaskPolicy;
  readonly downstream: readonly string[];
  /** The setups that it needs; of a teardown, those that it takes down. */
  readonly setups: readonly string[];
  /** Tasks whose gates look at this one: its downstream and, of a setup, what is in its scope. In the order of the spec. */
  readonly watchers: readonly string[];
  /** Of a mapped task: the last tasks of an instance, by which its state goes. */
  readonly bodyLeaves: readonly string[];
  /** Tasks of the run before that it waits for. */
  readonly awaits: readonly string[];
  /** Slots that it holds while it runs. */
  readonly wants: readonly Want[];
  /** Its priority, by its weight and weight rule. */
  readonly weight: number;
}

/** A spec, indexed for running. Derived, never stored. */
export interface Plan {
  readonly spec: DagSpec;
  readonly tasks: ReadonlyMap<string, PlannedTask>;
  /** The tasks whose states are that of the run: the last ones, teardowns left out as far as they do not fail it. */
  readonly leaves: readonly string[];
  /** Those that are mapped. */
  readonly maps: readonly TaskSpec[];
  /** Tasks of which somebody wants to be told. */
  readonly watched: readonly { readonly taskId: string; readonly notify: readonly NotifyRule[] }[];
  /** Tasks that the next run may wait for, sorted. */
  readonly awaited: readonly string[];
  /** The tasks in the order in which they start when there is room for some: by priority, then as in the spec. */
  readonly startOrder: readonly PlannedTask[];
  /** Whether any task says how important it is; if none does, the server is not told either. */
  readonly hasWeights: boolean;
}

export function planOf(spec: DagSpec): Plan {
  const upstream = new Map(spec.tasks.map((task) => [task.taskId, new Set(task.upstream)]));
  const downstream = downstreamOf({ ids: spec.tasks.map((task) => task.taskId), upstream });
  const childrenOf = (id: string): readonly string[] => downstream.get(id) as readonly string[];
  const setups = setupsByTask(spec, (id) => reachable(childrenOf, [id]));
  const hasWeights = saysWeights(spec);
  const weights = hasWeights ? new Weights(spec, childrenOf) : null;
  const tasks = new Map(
    spec.tasks.map((task) => {
      const { taskId, role } = task;
      const isWatcher = (other: TaskSpec): boolean =>
        other.upstream.includes(taskId) || setups.get(other.taskId)?.includes(taskId) === true;
      const policyOfTask = policyOf(spec, task);
      const planned: PlannedTask = {
        ...task,
        policyOfTask,
        wants: wantsOf(spec, task.instance?.taskId ?? taskId, policyOfTask),
        weight: weights?.of(taskId) ?? 1,
        downstream: childrenOf(taskId),
        setups: setups.get(taskId) ?? [],
        bodyLeaves: task.map === undefined ? [] : planOf({ ...spec, tasks: task.map.body }).leaves,
        watchers: role === 'setup' ? spec.tasks.filter(isWatcher).map((one) => one.taskId) : childrenOf(taskId),
        awaits: awaitedBy(taskId, policyOfTask.past, childrenOf(taskId)),
      };
      return [taskId, planned] as const;
    }),
  );
  const awaited = [...new Set([...tasks.values()].flatMap((task) => task.awaits))].sort();
  const startOrder = [...tasks.values()];
  if (hasWeights) startOrder.sort((a, b) => b.weight - a.weight);
  const maps = spec.tasks.filter((task) => task.map !== undefined);
  const watched = spec.tasks.flatMap(({ taskId, notify }) => (notify === undefined ? [] : [{ taskId, notify }]));
  return { spec, tasks, leaves: leavesOf(tasks), awaited, maps, watched, startOrder, hasWeights };
}

function awaitedBy(taskId: string, rule: PastRule = 'none', downstream: readonly string[]): readonly string[] {
  switch (rule) {
    case 'none':
      return [];
    case 'own':
      return [taskId];
    case 'own_and_downstream':
      return [taskId, ...downstream];
    default:
      return rule;
  }
}

/** As Airflow counts them: a task after which only teardowns come is a last one. */
function leavesOf(tasks: ReadonlyMap<string, PlannedTask>): readonly string[] {
  const all = [...tasks.values()];
  const isLast = (task: PlannedTask): boolean =>
    task.downstream.every((id) => !countsForRun(tasks.get(id) as PlannedTask));
  const counted = all.filter((task) => countsForRun(task) && isLast(task));
  const leaves = counted.length > 0 ? counted : all.filter((task) => task.downstream.length === 0);
  return leaves.map((task) => task.taskId);
}

/** Whether a failure of the task can fail its run. */
export function countsForRun({ role, failsRun }: TaskSpec): boolean {
  return role !== 'teardown' || failsRun === true;
}

export function plannedTask(plan: Plan, taskId: string): PlannedTask {
  const task = plan.tasks.get(taskId);
  if (task === undefined) throw new EngineBug(`DAG ${plan.spec.dagId} has no task ${taskId}`);
  return task;
}

/** All tasks downstream of the given ones, at any distance. */
export function descendantsOf(plan: Plan, taskIds: readonly string[]): ReadonlySet<string> {
  return reachable((id) => plannedTask(plan, id).downstream, taskIds);
}

function reachable(childrenOf: (taskId: string) => readonly string[], from: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const queue = [...from];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    for (const child of childrenOf(id)) {
      if (found.has(child)) continue;
      found.add(child);
      queue.push(child);
    }
  }
  return found;
}
