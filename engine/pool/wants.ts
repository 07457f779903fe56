import type { DagSpec, TaskPolicy } from '../dag/spec';

/** Slots that a task has to hold while it runs, of one limit. */
export interface Want {
  /** `pool/<name>`, `dag/<dag_id>`, or `task/<dag_id>/<task_id>`. */
  readonly limit: string;
  readonly slots: number;
  /** Of a cap, which the asking task's DAG states; null for a pool, whose slots the broker keeps. */
  readonly capacity: number | null;
}

const poolPrefix = 'pool/';

/** All slots that a task needs; most tasks need none, and then nobody is asked. */
export function wantsOf(spec: DagSpec, taskId: string, policy: TaskPolicy): readonly Want[] {
  const { pool, poolSlots = 1, maxActive } = policy;
  const wants: Want[] = [];
  if (pool !== undefined) wants.push({ limit: poolPrefix + pool, slots: poolSlots, capacity: null });
  if (spec.maxActiveTasksOverRuns !== undefined)
    wants.push({ limit: `dag/${spec.dagId}`, slots: 1, capacity: spec.maxActiveTasksOverRuns });
  if (maxActive !== undefined) wants.push({ limit: `task/${spec.dagId}/${taskId}`, slots: 1, capacity: maxActive });
  return wants;
}

/** The pool that a limit is; null for a cap. */
export function poolOf(limit: string): string | null {
  return limit.startsWith(poolPrefix) ? limit.slice(poolPrefix.length) : null;
}

/** A limit in words. */
export function limitText(limit: string): string {
  const [kind, ...path] = limit.split('/');
  switch (kind) {
    case 'pool':
      return `pool ${path.join('/')}`;
    case 'dag':
      return 'maxActiveTasksOverRuns of its DAG';
    default:
      return 'maxActive of the task';
  }
}
