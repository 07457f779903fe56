export type ReasonCode =
  | 'upstream_unfinished'
  | 'upstream_failed'
  | 'trigger_rule_unmet'
  | 'branch_not_taken'
  | 'short_circuited'
  | 'nothing_to_map'
  | 'instances_failed'
  | 'instances_skipped'
  | 'not_latest'
  | 'rejected'
  | 'awaiting_input'
  | 'deferred'
  | 'skipped_by_handler'
  | 'past_run'
  | 'no_free_slot'
  | 'no_pool_slot'
  | 'retry_delay'
  | 'next_poke'
  | 'handler_failed'
  | 'sensor_timed_out'
  | 'stopped'
  | 'run_timed_out'
  | 'failed_fast'
  | 'restarting'
  | 'leaf_failed'
  | 'leaves_succeeded'
  | 'dag_paused'
  | 'max_active_runs'
  | 'already_ran';

/** Why a gate answered as it did: a code for programs, a sentence for people, the tasks that it speaks of. */
export interface Reason {
  readonly code: ReasonCode;
  readonly message: string;
  readonly tasks: readonly string[];
}

/** More names than this help nobody and would swell every payload. */
const maxNamedTasks = 5;

export function reason(code: ReasonCode, message: string, tasks: readonly string[] = []): Reason {
  const named = tasks.slice(0, maxNamedTasks);
  const rest = tasks.length - named.length;
  const list = named.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
  return { code, message: named.length === 0 ? message : `${message}: ${list}`, tasks: named };
}
