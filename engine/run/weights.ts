import { type DagSpec, policyOf, type TaskPolicy } from '../dag/spec';

/** Airflow's weights are 32-bit integers; sums of a wide DAG stay within them. */
const largest = 2_147_483_647;

/** True when a DAG says anything of priorities. */
export function saysWeights({ defaults, tasks }: DagSpec): boolean {
  return [defaults, ...tasks.map((task) => task.policy)].some(
    ({ priorityWeight, weightRule }) => priorityWeight !== undefined || weightRule !== undefined,
  );
}

/** Effective weights of tasks, as Airflow adds them up. */
export class Weights {
  private readonly policies: ReadonlyMap<string, TaskPolicy>;
  private readonly parents: ReadonlyMap<string, readonly string[]>;

  constructor(
    spec: DagSpec,
    private readonly childrenOf: (taskId: string) => readonly string[],
  ) {
    this.policies = new Map(spec.tasks.map((task) => [task.taskId, policyOf(spec, task)]));
    this.parents = new Map(spec.tasks.map((task) => [task.taskId, task.upstream]));
  }

  of(taskId: string): number {
    const sum = [taskId, ...this.related(taskId)].reduce((total, id) => total + this.own(id), 0);
    return Math.max(-largest, Math.min(largest, sum));
  }

  private own(taskId: string): number {
    return this.policies.get(taskId)?.priorityWeight ?? 1;
  }

  private related(taskId: string): ReadonlySet<string> {
    const rule = this.policies.get(taskId)?.weightRule ?? 'downstream';
    if (rule === 'absolute') return new Set();
    const next = (id: string): readonly string[] =>
      rule === 'downstream' ? this.childrenOf(id) : (this.parents.get(id) as readonly string[]);
    const found = new Set<string>();
    const open = [...next(taskId)];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (found.has(id)) continue;
      found.add(id);
      open.push(...next(id));
    }
    return found;
  }
}

/** Weights from which a task has each of the server's priorities but the last; 3 is that of who says nothing. */
const leastOfKey = [100, 10, 1, -9] as const;

/**
 * A weight as one of Temporal's five priorities, 1 first. The steps are the same for all DAGs, so that
 * DAGs compare: a weight of 1 to 9 is the ordinary one (ADR 0044).
 */
export function priorityKeyOf(weight: number): number {
  const index = leastOfKey.findIndex((least) => weight >= least);
  return index < 0 ? leastOfKey.length + 1 : index + 1;
}
