import { isFailure, isTerminal, type TaskState } from '../run/task-state';
import { reason } from './reason';
import type { Verdict } from './trigger-rule';

/**
 * What a DAG's control knows of the run before a given one: the run of the newest interval that begins
 * earlier. `states` are those of awaited tasks that came to an end; once the run is over only those that
 * did not end well are named, so a task that the older version did not have counts as met.
 */
export interface PastRun {
  readonly runId: string;
  readonly isOver: boolean;
  readonly states: { readonly [taskId: string]: TaskState };
}

/** The answer to "which run was before this one?": null when no earlier run is known. */
export interface PastAnswer {
  readonly previous: PastRun | null;
}

/**
 * Decides whether a task may start that waits for tasks of the run before (`dependsOnPast` and its like).
 * It never skips and never blocks: a past that failed can be run again, and then this task goes on.
 */
export function decidePast(awaits: readonly string[], answer: PastAnswer | null): Verdict {
  if (awaits.length === 0) return { decision: 'run' };
  if (answer === null) return wait('asks which run was before this one');
  const { previous } = answer;
  if (previous === null) return { decision: 'run' };
  const { runId, isOver, states } = previous;
  const failed = awaits.filter((taskId) => isFailure(states[taskId] ?? 'none'));
  if (failed.length > 0) return wait(`past run ${runId} did not end well, run it again or clear it`, failed);
  const pending = awaits.filter((taskId) => !isOver && !isTerminal(states[taskId] ?? 'none'));
  return pending.length > 0 ? wait(`past run ${runId} has not finished`, pending) : { decision: 'run' };
}

function wait(message: string, tasks: readonly string[] = []): Verdict {
  return { decision: 'wait', reason: reason('past_run', message, tasks) };
}
