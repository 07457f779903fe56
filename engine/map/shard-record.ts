import type { Json } from '../json';
import type { Plan } from '../run/plan';
import { runRecord } from '../run/record';
import { type Run, taskOf } from '../run/run';
import type { Versions } from '../wire';
import { instanceOf, shardOutputs, shardReport } from './shard';
import type { Shard, ShardReport } from './state';

/**
 * The record of a shard that has ended: that of a run whose tasks are instances. It belongs to the
 * execution of the run that it is part of, and `meta` shows its attempts among those of that run.
 */
function shardRecord(parts: {
  readonly plan: Plan;
  readonly run: Run;
  readonly versions: Versions;
  readonly execution: string;
  readonly parentExecution: string;
  readonly at: string;
}): { readonly [key: string]: Json } {
  const { plan, run, versions, execution, parentExecution, at } = parts;
  const record = runRecord({ plan, run, versions, execution, at });
  const asInstance = (entry: { readonly [name: string]: Json }): Json => {
    const id = String(entry.task_id);
    const { taskId, index } = instanceOf(plan, id);
    return { ...entry, task_id: taskId, map_index: index, label: taskOf(run, id).label ?? null };
  };
  const entries = (name: string): readonly Json[] =>
    (record[name] as readonly { readonly [field: string]: Json }[]).map(asInstance);
  return {
    ...record,
    run_type: 'map',
    parent_execution: parentExecution,
    tasks: entries('tasks'),
    attempts: entries('attempts'),
  };
}

/** A page of outputs, and where it belongs. */
export interface OutputPage {
  readonly key: string;
  readonly items: readonly Json[];
}

/** What a shard leaves behind: its record and the page of its outputs for the warehouse, its report for the run. */
export function shardResults(parts: {
  readonly plan: Plan;
  readonly run: Run;
  readonly versions: Versions;
  readonly shard: Shard;
  /** The mapped task's task whose outputs are handed on. */
  readonly output: string | null;
  readonly folder: string;
  readonly execution: string;
  readonly parentExecution: string;
  readonly at: string;
}): {
  readonly record: { readonly [key: string]: Json };
  readonly outputs: OutputPage | null;
  readonly report: ShardReport;
} {
  const { plan, run, shard, output, folder, execution } = parts;
  const record = shardRecord(parts);
  if (output === null) return { record, outputs: null, report: shardReport(plan, run, null) };
  const items = shardOutputs(plan, run, output).map((taskId) => taskOf(run, taskId).output);
  const name = `${String(shard.shard).padStart(6, '0')}.${execution}.json`;
  return {
    record,
    outputs: { key: `${folder}/outputs/${name}`, items },
    report: shardReport(plan, run, [name, items.length]),
  };
}
