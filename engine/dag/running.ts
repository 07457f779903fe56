import { DefinitionError } from '../errors';
import type { DagDefinition, DraftTask } from './draft';
import type { TaskPolicy } from './spec';

/** A workflow's turn waits for its local tasks, and a stop with it (ADR 0041). */
const longestLocalMs = 5_000;

/** In a DAG that ends at its first failure no rule but `all_success` could ever say run after one, save that of teardowns. */
export function checkFailFast({ dagId, header, defaults, tasks }: DagDefinition): void {
  const ruleOf = ({ policy }: DraftTask): string => policy.triggerRule ?? defaults.triggerRule;
  const other = tasks.find((task) => task.role !== 'teardown' && ruleOf(task) !== 'all_success');
  if (header.failFast !== true || other === undefined) return;
  const rule = ruleOf(other);
  throw new DefinitionError({
    code: 'fail_fast_trigger_rule',
    message: `DAG ${dagId} is failFast, and its task ${other.taskId} has the trigger rule ${rule}, which would never be asked after a failure. Leave out failFast, or the rule.`,
    details: { dag: dagId, task: other.taskId, rule },
  });
}

/** What of a task's policy differs from its DAG's, with the bound that a local task has. */
export function compilePolicy(task: DraftTask, { dagId, defaults }: DagDefinition): Partial<TaskPolicy> {
  const policy = { ...defaults, ...task.policy };
  const bound = policy.local === true ? boundOfLocal(dagId, task, defaults) : {};
  const entries = Object.entries({ ...task.policy, ...bound });
  return Object.fromEntries(entries.filter(([key, value]) => !isSame(defaults[key as keyof TaskPolicy], value)));
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function boundOfLocal(dagId: string, task: DraftTask, defaults: TaskPolicy): Partial<TaskPolicy> {
  const { taskId, kind } = task;
  if (task.handler === null) throw notLocal(dagId, taskId, `is of kind ${kind}, which works on files`);
  const isolation = task.policy.isolation ?? defaults.isolation;
  if (isolation !== undefined && isolation.kind !== 'worker')
    throw notLocal(dagId, taskId, `has isolation: '${isolation.kind}'`);
  const own = task.policy.executionTimeoutMs ?? Math.min(defaults.executionTimeoutMs, longestLocalMs);
  if (own > longestLocalMs)
    throw notLocal(dagId, taskId, `has an executionTimeout of ${own / 1_000} s, and 5 s are allowed`);
  return { executionTimeoutMs: own };
}

function notLocal(dagId: string, taskId: string, why: string): DefinitionError {
  return new DefinitionError({
    code: 'bad_local_task',
    message: `Task ${taskId} of DAG ${dagId} cannot be local: it ${why}. Write local: false.`,
    details: { dag: dagId, task: taskId },
  });
}
