/**
 * States of a task in a run, Airflow's words.
 *
 * none → scheduled (its gates said run) → queued (a slot is its) → running → success, and so on.
 * `restarting`: it was asked to begin again while running, and its attempt is being cancelled.
 * `awaiting_input`: a person has been asked. `deferred`: it has started something elsewhere and waits for its end.
 */
export const taskStates = [
  'none',
  'scheduled',
  'queued',
  'running',
  'success',
  'restarting',
  'failed',
  'skipped',
  'upstream_failed',
  'up_for_retry',
  'up_for_reschedule',
  'awaiting_input',
  'deferred',
] as const;

export type TaskState = (typeof taskStates)[number];

export type RunStateName = 'queued' | 'running' | 'success' | 'failed';

/** True when the task will not change any more by itself. */
export function isTerminal(state: TaskState): boolean {
  return state === 'success' || state === 'failed' || state === 'skipped' || state === 'upstream_failed';
}

/** True when an attempt of the task is, or may be, executing. */
export function isInFlight(state: TaskState): boolean {
  return state === 'queued' || state === 'running' || state === 'restarting';
}

/** True for both states that count as failure. */
export function isFailure(state: TaskState): boolean {
  return state === 'failed' || state === 'upstream_failed';
}
