import type { DagSpec, MapSpec, TaskSpec } from '../dag/spec';
import { EngineBug } from '../errors';
import type { Plan } from '../run/plan';
import { plannedTask, planOf } from '../run/plan';
import { type Run, taskOf } from '../run/run';
import { retryCount } from '../run/verdict';
import type { FailedInstance, InstanceCounts, InstanceOrder, Shard, ShardReport } from './state';
import { keptFailures } from './state';

/** An instance's id in the plan of its shard, and on the wire: `load[17]`. */
export function instanceId(taskId: string, index: number): string {
  return `${taskId}[${index}]`;
}

/**
 * The plan of a shard: its instances as ordinary tasks, so that the one interpreter runs them, with
 * retries, time-outs, sensors and trigger rules as everywhere. Edges are those inside an instance.
 */
export function shardPlan(spec: DagSpec, shard: Shard): Plan {
  const { body } = mapSpecOf(spec, shard.taskId);
  const tasks = Array.from({ length: shard.count }, (_, at) =>
    body.map((task) => instanceSpec(task, shard.from + at)),
  ).flat();
  return planOf({ ...spec, tasks, maxActiveTasks: shard.window, dagRunTimeoutMs: null });
}

function mapSpecOf(spec: DagSpec, taskId: string): MapSpec {
  const unit = spec.tasks.find((task) => task.taskId === taskId);
  if (unit?.map === undefined) throw new EngineBug(`DAG ${spec.dagId} has no mapped task ${taskId}`);
  return unit.map;
}

function instanceSpec(task: TaskSpec, index: number): TaskSpec {
  return {
    ...task,
    taskId: instanceId(task.taskId, index),
    upstream: task.upstream.map((id) => instanceId(id, index)),
    instance: { taskId: task.taskId, index },
  };
}

/** What a shard needs of a DAG: one mapped task, whose input stays with the items in the warehouse. */
export function shardSpec(spec: DagSpec, taskId: string): DagSpec {
  const tasks = spec.tasks.filter((task) => task.taskId === taskId).map((task) => ({ ...task, input: null }));
  return { ...spec, description: '', params: {}, tasks };
}

/** The instance that a task of a shard's plan is. */
export function instanceOf(plan: Plan, taskId: string): { readonly taskId: string; readonly index: number } {
  const { instance } = plannedTask(plan, taskId);
  if (instance === undefined) throw new EngineBug(`${taskId} is no instance of a mapped task`);
  return instance;
}

/** How many instances of each task are in which state. */
export function shardCounts(plan: Plan, run: Run): InstanceCounts {
  const counts: Record<string, Record<string, number>> = {};
  for (const { taskId } of plan.spec.tasks) {
    const { taskId: base } = instanceOf(plan, taskId);
    const { state } = taskOf(run, taskId);
    const states = counts[base] ?? {};
    counts[base] = states;
    states[state] = (states[state] ?? 0) + 1;
  }
  return counts as InstanceCounts;
}

/** What a shard that has ended tells the run that it is part of. */
export function shardReport(plan: Plan, run: Run, page: ShardReport['page']): ShardReport {
  return { counts: shardCounts(plan, run), failed: failedInstances(plan, run), page, retries: retryCount(run) };
}

function failedInstances(plan: Plan, run: Run): readonly FailedInstance[] {
  const failed: FailedInstance[] = [];
  for (const { taskId } of plan.spec.tasks) {
    const { state, label, reason } = taskOf(run, taskId);
    if (state !== 'failed' || failed.length >= keptFailures) continue;
    const instance = instanceOf(plan, taskId);
    failed.push({ ...instance, label: label ?? null, message: String(reason?.message).slice(0, 200) });
  }
  return failed;
}

/** What is left to tell of a shard whose workflow is gone: every instance failed. */
export function lostShardReport(spec: DagSpec, shard: Shard, message: string): ShardReport {
  const tasks = mapSpecOf(spec, shard.taskId).body.map((task) => task.taskId);
  const failed = tasks.map((taskId) => ({ taskId, index: shard.from, label: null, message: message.slice(0, 200) }));
  const counts = Object.fromEntries(tasks.map((taskId) => [taskId, { failed: shard.count }]));
  return { counts, failed, page: null, retries: 0 };
}

/** The outputs that a shard hands on, in the order of their indexes. */
export function shardOutputs(plan: Plan, run: Run, output: string | null): readonly string[] {
  return plan.spec.tasks
    .map(({ taskId }) => taskId)
    .filter((id) => instanceOf(plan, id).taskId === output && taskOf(run, id).state === 'success');
}

/** How many instances of a mapped task may be in flight. */
export function maxActiveOf(spec: DagSpec, unit: TaskSpec): number {
  return unit.map?.maxActive ?? spec.maxActiveTasks;
}

/** The parts of an order by which a worker finds an instance's item. */
export function instanceOrder(
  plan: Plan,
  run: Run,
  taskId: string,
  folder: string,
): { readonly taskId: string; readonly input: null; readonly instance: InstanceOrder } {
  const { taskId: base, index } = instanceOf(plan, taskId);
  const inner = plannedTask(plan, taskId).upstream.map((id) => [instanceOf(plan, id).taskId, taskOf(run, id).output]);
  return { taskId: base, input: null, instance: { index, folder, inner: Object.fromEntries(inner) } };
}
