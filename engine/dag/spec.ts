import type { AssetSchedule } from '../assets/condition';
import type { GateRule } from '../gates/trigger-rule';
import type { Json } from '../json';
import type { TimetableSpec } from '../time/timetable-spec';
import type { NotifyRule } from './notify';

export type TaskKind =
  | 'task'
  | 'sql'
  | 'check'
  | 'publish'
  | 'sensor'
  | 'branch'
  | 'short_circuit'
  | 'latest_only'
  | 'question'
  | 'map'
  | 'deferred';

export type TaskRole = 'setup' | 'teardown';

/** What follows a failure with one of these codes, in place of what the error itself says. */
export interface RetryRule {
  readonly on: readonly string[];
  readonly do: 'retry' | 'fail';
  /** Only of a retry: in place of the computed delay. */
  readonly delayMs: number | null;
}

/** Where a task runs when not in the worker itself, and how much memory it may take there. */
export interface IsolationPolicy {
  readonly kind: 'worker' | 'thread' | 'process';
  /** Of a thread: its JavaScript heap. Of a process: all of it. */
  readonly memoryMb: number | null;
}

/**
 * Which tasks of the run before a task waits for: none, itself (`dependsOnPast`), itself and its direct
 * downstream (`waitForDownstream`), or those that are named (`dependsOnPrevious`).
 */
export type PastRule = 'none' | 'own' | 'own_and_downstream' | readonly string[];

/** How a task is retried and bounded. Every task has all of them; a `TaskSpec` holds only what differs from the DAG's. */
export interface TaskPolicy {
  readonly triggerRule: GateRule;
  /** Further tries after a first one that failed. */
  readonly retries: number;
  readonly retryDelayMs: number;
  /** 0 or 1: constant delay; otherwise the factor by which it grows, with deterministic jitter. */
  readonly retryExponentialBackoff: number;
  readonly maxRetryDelayMs: number | null;
  /** The first rule that names the failure's code counts; without one the error decides. */
  readonly retryPolicy?: readonly RetryRule[];
  /** Bound of one try. */
  readonly executionTimeoutMs: number;
  /** Runs within the workflow's own turn: cheap, no files, performed again when a worker is lost. */
  readonly local?: boolean;
  readonly isolation?: IsolationPolicy;
  /** The pool whose slots it holds while it runs, and how many. */
  readonly pool?: string;
  readonly poolSlots?: number;
  /** How many of it may run at once, over all runs of the DAG. */
  readonly maxActive?: number;
  readonly priorityWeight?: number;
  readonly weightRule?: WeightRule;
  /** After how long without a sign of life its worker counts as lost. */
  readonly heartbeatTimeoutMs: number;
  /** Left out: `none`. */
  readonly past?: PastRule;
  /** Names of the assets that the task makes. */
  readonly outlets?: readonly string[];
}

/** How a task's weight is made: with those of all tasks after it, of all before it, or alone. */
export const weightRules = ['downstream', 'upstream', 'absolute'] as const;
export type WeightRule = (typeof weightRules)[number];

/** The poke rhythm of a sensor: between two pokes it holds no worker. */
export interface SensorPolicy {
  readonly pokeIntervalMs: number;
  /** Bound of the whole wait from the first poke on; retries do not reset it. */
  readonly timeoutMs: number;
  /** The factor by which the interval grows from poke to poke, with deterministic jitter; constant when left out. */
  readonly pokeBackoff?: number;
  readonly maxPokeIntervalMs?: number;
  /** A sensor that found nothing is skipped, and has not failed. */
  readonly softFail?: true;
}

/** Of a task that starts something elsewhere: how long it waits to be completed from outside. */
export interface DeferralPolicy {
  readonly timeoutMs: number;
}

/** What a task asks of a person. Nobody runs it: it waits for an answer, its time-out, or the end of its run. */
export interface QuestionSpec {
  readonly ask: 'approve' | 'choose' | 'fill';
  readonly subject: string;
  /** Null: it waits as long as its run does. */
  readonly timeoutMs: number | null;
  /** The answer when the time is over; without one the task fails then. */
  readonly default?: Json;
  /** Of an approval: a no fails the task, and does not only skip what comes after it. */
  readonly failOnReject?: true;
  /** Of a choice: several may be chosen. */
  readonly multiple?: true;
  /** Of a form: JSON Schema (2020-12) of the answer. */
  readonly form?: Json;
}

export interface TaskSpec {
  readonly taskId: string;
  readonly kind: TaskKind;
  readonly group: string | null;
  /** The groups around its group, from the inside; left out when there are none. */
  readonly outerGroups?: readonly string[];
  /** Sorted task ids. */
  readonly upstream: readonly string[];
  /** Words on edges, by the upstream that they come from. */
  readonly labels?: { readonly [upstream: string]: string };
  /** Markdown, for people. */
  readonly docs?: string;
  /** The DAG's owner when left out. */
  readonly owner?: string;
  readonly notify?: readonly NotifyRule[];
  /** What the handler is given, with references to outputs and to the run (see `dag/references.ts`). */
  readonly input: Json;
  readonly policy: Partial<TaskPolicy>;
  /** A setup makes what the tasks in its scope need; a teardown takes it away, whatever became of them (ADR 0100). */
  readonly role?: TaskRole;
  /** Of a teardown: its failure fails the run. */
  readonly failsRun?: true;
  readonly sensor?: SensorPolicy;
  readonly question?: QuestionSpec;
  readonly deferral?: DeferralPolicy;
  /** Of a SQL model: its name, its kind, and the hash of its text, so that an edited file is another version. */
  readonly model?: {
    readonly name: string;
    readonly sha256: string;
    readonly kind?: 'slice' | 'whole' | 'check';
  };
  /** Of a publish: the whole SQL models that it rebuilds. */
  readonly wholes?: readonly { readonly name: string; readonly sha256: string }[];
  /** Of a task that runs once for each item of a list. */
  readonly map?: MapSpec;
  /** In the plan of a shard alone: which instance of which mapped task this is. */
  readonly instance?: { readonly taskId: string; readonly index: number };
}

/** What a mapped task has besides what every task has. Its `input` is a `MapInput`. */
export interface MapSpec {
  /**
   * The tasks of one instance, in topological order; their upstream is among themselves. A mapped task
   * has one, of its own id; a mapped group has those of its body.
   */
  readonly body: readonly TaskSpec[];
  /** The task inside whose outputs, in the order of their indexes, are the output of the whole; null for none. */
  readonly output: string | null;
  /** Instances in flight; null: as many as the DAG has tasks in flight. */
  readonly maxActive: number | null;
}

/** What is said of a DAG as a whole. Instants are ISO 8601 in UTC. */
export interface DagHeader {
  readonly description: string;
  /** Markdown. */
  readonly docs?: string;
  readonly owner: string | null;
  readonly tags: readonly string[];
  readonly timetable: TimetableSpec;
  /** The assets that the DAG waits for, besides its timetable; left out when it waits for none. */
  readonly assets?: AssetSchedule;
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly catchup: boolean;
  readonly maxActiveRuns: number;
  /** So many runs failed in a row pause the DAG; left out: never. */
  readonly maxConsecutiveFailedRuns?: number;
  /** Tasks in flight per run. */
  readonly maxActiveTasks: number;
  /** Tasks in flight over all runs. */
  readonly maxActiveTasksOverRuns?: number;
  readonly dagRunTimeoutMs: number | null;
  readonly notify?: readonly NotifyRule[];
  /** When a run counts as late. */
  readonly deadline?: { readonly reference: 'queued_at' | 'interval_end'; readonly afterMs: number };
  /** The first task that fails ends the run. */
  readonly failFast?: boolean;
}

/**
 * A DAG as data: canonical JSON, no functions; its hash is its version. A round trip through JSON
 * changes nothing (ADR 0001).
 */
export interface DagSpec extends DagHeader {
  readonly format: 1;
  readonly dagId: string;
  /** JSON Schema (2020-12) of the parameters. */
  readonly params: Json;
  readonly defaults: TaskPolicy;
  /** In topological order; among equals, in the order of the file. */
  readonly tasks: readonly TaskSpec[];
}

/** All groups that a task is in, from the inside. */
export function groupsAround(task: Pick<TaskSpec, 'group' | 'outerGroups'>): readonly string[] {
  return task.group === null ? [] : [task.group, ...(task.outerGroups ?? [])];
}

/** All of a task's policy: its own over the DAG's. */
export function policyOf(spec: DagSpec, task: TaskSpec): TaskPolicy {
  return { ...spec.defaults, ...task.policy };
}
