import { memberAt, resolveReferences } from '../dag/references';
import { EngineBug } from '../errors';
import type { Json } from '../json';
import { type Plan, plannedTask } from './plan';
import { type Run, type RunIdentity, taskOf } from './run';

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
        return memberAt(factsOf(identity), path);
      case 'item':
      case 'inner':
        // What differs between the instances of a mapped task is filled in where they run.
        return { $ref: [kind, ...path] };
      default:
        throw new EngineBug(`Reference of unknown kind ${String(kind)} in the input of ${taskId}`);
    }
  });
}

/** What tasks can refer to of their run. */
function factsOf({ params, interval, runId, runType, assetEvents = [] }: RunIdentity): Json {
  const events = assetEvents as unknown as Json;
  return { params, interval: { ...interval }, run_id: runId, run_type: runType, asset_events: events };
}
