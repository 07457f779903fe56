import { memberAt, resolveReferences } from '../dag/references';
import { EngineBug } from '../errors';
import type { Json } from '../json';
import { type Plan, plannedTask } from './plan';
import { type Run, taskOf } from './run';

/**
 * What a task's handler is given: its input with every reference replaced. An upstream that did not
 * succeed gives null (its trigger rule let the task run all the same).
 */
export function inputOf(plan: Plan, run: Run, taskId: string): Json {
  const { identity } = run;
  return resolveReferences(plannedTask(plan, taskId).input, ([kind, ...path]) => {
    switch (kind) {
      case 'output':
        return memberAt(taskOf(run, String(path[0])).output, path.slice(1));
      case 'run':
        return memberAt({ params: identity.params, interval: { ...identity.interval }, run_id: identity.runId }, path);
      default:
        throw new EngineBug(`Reference of unknown kind ${String(kind)} in the input of ${taskId}`);
    }
  });
}
