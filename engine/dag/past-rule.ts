import { DefinitionError, didYouMean } from '../errors';
import type { TaskOptions } from './authoring';
import type { DagDefinition } from './draft';
import type { PastRule } from './spec';

/** Reads `dependsOnPast`, `waitForDownstream` and `dependsOnPrevious`; undefined when none was given. */
export function readPastRule(options: TaskOptions, where: string): PastRule | undefined {
  const { dependsOnPast, waitForDownstream, dependsOnPrevious } = options;
  if (dependsOnPrevious !== undefined && (dependsOnPast !== undefined || waitForDownstream !== undefined)) {
    throw new DefinitionError({
      code: 'conflicting_options',
      message: `${where}: dependsOnPrevious names the tasks to wait for, so dependsOnPast and waitForDownstream cannot be given beside it.`,
      details: { where },
    });
  }
  if (dependsOnPrevious !== undefined) return [...new Set(dependsOnPrevious)].sort();
  if (waitForDownstream === true) return 'own_and_downstream';
  if (dependsOnPast === undefined && waitForDownstream === undefined) return undefined;
  return dependsOnPast === true ? 'own' : 'none';
}

/** Throws `unknown_past_task` when a task waits for one that the DAG does not have. */
export function checkPastRules({ dagId, defaults, tasks }: DagDefinition): void {
  const known = tasks.map((task) => task.taskId);
  for (const { taskId, policy } of [{ taskId: 'defaults', policy: defaults }, ...tasks]) {
    if (!Array.isArray(policy.past)) continue;
    const unknown = (policy.past as readonly string[]).find((name) => !known.includes(name));
    if (unknown === undefined) continue;
    throw new DefinitionError({
      code: 'unknown_past_task',
      message: `DAG ${dagId}, ${taskId}: dependsOnPrevious names "${unknown}", which is no task of the DAG.${didYouMean(unknown, known)}`,
      details: { dag: dagId, task: taskId, name: unknown, known },
    });
  }
}
