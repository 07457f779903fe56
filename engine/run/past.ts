import type { PastAnswer } from '../gates/past';
import type { RunDraft } from './draft';
import type { Plan } from './plan';
import { type Run, taskOf } from './run';
import { isFailure, isTerminal, type TaskState } from './task-state';

/** Asks for the run before this one when a task waits for it; the answer is kept in the run's state. */
export function askPast(draft: RunDraft): void {
  if (draft.plan.awaited.length === 0) return;
  draft.setHead({ past: draft.head.past ?? null });
  draft.command({ kind: 'ask_past' });
}

/** Every task that waits for the past is asked again. */
export function pastKnown(draft: RunDraft, past: PastAnswer): void {
  draft.setHead({ past });
  for (const { taskId, awaits } of draft.plan.tasks.values()) if (awaits.length > 0) draft.toDecide.add(taskId);
}

/** Tells of awaited tasks that came to an end in this batch, or that begin anew. */
export function tellPast(draft: RunDraft): void {
  const states: { [taskId: string]: TaskState } = {};
  for (const taskId of draft.plan.awaited) {
    const before = draft.taskBefore(taskId).state;
    const { state } = draft.task(taskId);
    if (state === before) continue;
    if (isTerminal(state)) states[taskId] = state;
    else if (isTerminal(before)) states[taskId] = 'none';
  }
  if (Object.keys(states).length > 0) draft.command({ kind: 'tell_past', states });
}

/** Of the tasks that the next run waits for, those that did not end well. */
export function unmetStates(plan: Plan, run: Run): { readonly [taskId: string]: TaskState } {
  const states = plan.awaited.map((taskId) => [taskId, taskOf(run, taskId).state] as const);
  return Object.fromEntries(states.filter(([, state]) => isFailure(state)));
}
