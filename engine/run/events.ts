import type { PastAnswer } from '../gates/past';
import type { Json } from '../json';
import type { InstanceCounts, ShardReport } from '../map/state';
import type { Want } from '../pool/wants';
import type { Failure } from './run';
import type { TaskState } from './task-state';

/** What an execution tells of itself, whatever its outcome. */
export interface AttemptFacts {
  readonly attempt: number;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly worker: string | null;
  /** Of an instance of a mapped task: what its template calls it. */
  readonly label?: string;
}

/** What happened to a run. Every event carries its instant: the engine reads no clock. */
export type RunEvent =
  | { readonly kind: 'task_started'; readonly taskId: string; readonly at: string }
  | {
      readonly kind: 'task_succeeded';
      readonly taskId: string;
      readonly at: string;
      readonly output: Json;
      readonly rowCount: number | null;
      readonly facts: AttemptFacts;
    }
  | {
      readonly kind: 'task_failed';
      readonly taskId: string;
      readonly at: string;
      readonly failure: Failure;
      readonly facts: AttemptFacts | null;
    }
  | {
      readonly kind: 'task_skipped';
      readonly taskId: string;
      readonly at: string;
      readonly message: string;
      readonly facts: AttemptFacts;
    }
  /** An attempt ended because it was asked to. */
  | {
      readonly kind: 'task_cancelled';
      readonly taskId: string;
      readonly at: string;
      readonly facts: AttemptFacts | null;
    }
  /** A shard of a mapped task tells how many of its instances are in which state. */
  | {
      readonly kind: 'shard_progressed';
      readonly taskId: string;
      readonly shard: number;
      readonly counts: InstanceCounts;
      readonly at: string;
    }
  | {
      readonly kind: 'shard_ended';
      readonly taskId: string;
      readonly shard: number;
      readonly report: ShardReport;
      readonly at: string;
    }
  /** The timer of a task that was set for `until`; one that the task no longer waits for changes nothing. */
  | { readonly kind: 'timer_fired'; readonly taskId: string; readonly until: string; readonly at: string }
  /** What a task had started elsewhere has ended. */
  | { readonly kind: 'completed_outside'; readonly taskId: string; readonly at: string; readonly output: Json }
  | { readonly kind: 'failed_outside'; readonly taskId: string; readonly at: string; readonly failure: Failure }
  /** A person answered; the answer was read and can be one. */
  | {
      readonly kind: 'question_answered';
      readonly taskId: string;
      readonly answer: Json;
      readonly by: string;
      readonly at: string;
    }
  | { readonly kind: 'restart_requested'; readonly taskId: string; readonly by: string; readonly at: string }
  | { readonly kind: 'slots_granted'; readonly lease: string; readonly at: string }
  | { readonly kind: 'slots_wait'; readonly lease: string; readonly text: string; readonly at: string }
  | { readonly kind: 'stop_requested'; readonly by: string; readonly at: string }
  | { readonly kind: 'run_timed_out'; readonly at: string }
  /** The DAG's control says how the run before this one stands. */
  | { readonly kind: 'past_known'; readonly past: PastAnswer; readonly at: string }
  | { readonly kind: 'window_changed'; readonly window: number; readonly at: string };

/** What a task waits for. */
export type TimerPurpose = 'retry' | 'poke' | 'answer' | 'completion';

/** What a driver has to do next. */
export type RunCommand =
  | { readonly kind: 'start_task'; readonly taskId: string; readonly tryNumber: number; readonly pokeCount: number }
  /** A durable timer; `timer_fired` when it is over. */
  | { readonly kind: 'set_timer'; readonly taskId: string; readonly until: string; readonly purpose: TimerPurpose }
  /** Wait, until an instant at most, for the end of what the task has started elsewhere; `cancel_task` gives it up. */
  | { readonly kind: 'await_completion'; readonly taskId: string; readonly tryNumber: number; readonly until: string }
  | { readonly kind: 'cancel_timer'; readonly taskId: string }
  | { readonly kind: 'cancel_task'; readonly taskId: string }
  /** Instances `from` to `from + count` of a mapped task, so many of them in flight; `shard_ended` when they are over. */
  | {
      readonly kind: 'start_shard';
      readonly taskId: string;
      readonly shard: number;
      readonly from: number;
      readonly count: number;
      readonly window: number;
    }
  | { readonly kind: 'stop_shard'; readonly taskId: string; readonly shard: number; readonly by: string }
  /** `run_timed_out` unless the run has ended by then. */
  | { readonly kind: 'set_run_timer'; readonly until: string }
  /** Ask the DAG's control for the run before this one; `past_known` is its answer, and again whenever that changes. */
  | { readonly kind: 'ask_past' }
  /** Tell the DAG's control of tasks that the next run may wait for; `none`: the task begins anew. */
  | { readonly kind: 'tell_past'; readonly states: { readonly [taskId: string]: TaskState } }
  /** `slots_granted` when the broker gave all of them. */
  | {
      readonly kind: 'ask_slots';
      readonly lease: string;
      readonly wants: readonly Want[];
      readonly priority: number;
    }
  | { readonly kind: 'return_slots'; readonly lease: string }
  | { readonly kind: 'end_run' };

export interface Step<State, Command> {
  readonly state: State;
  readonly commands: readonly Command[];
}
