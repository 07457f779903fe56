import type { z } from 'zod';
import type { Asset, AssetCondition, AssetSchedule } from '../assets/condition';
import type { AssetEvent } from '../assets/event';
import type { DatasetRef } from '../dataset';
import type { TriggerRule } from '../gates/trigger-rule';
import type { Json } from '../json';
import type { LazyList } from '../map/list-ref';
import type { Duration } from '../time/duration';
import type { DataInterval } from '../time/interval';
import type { TimetableSpec } from '../time/timetable-spec';
import type { CustomSchedule } from '../time/timetables';
import type { Items, ListMethods } from './lists';
import type { RunNotifyOptions, TaskNotifyOptions } from './notify';
import type { DeepRef, Given, Ref } from './references';
import type { WeightRule } from './spec';

/**
 * A task's handler as the engine sees it: it stores and never calls it. `never` lets a handler ask
 * for any context type; the driver that performs the task provides it.
 */
export type Handler<Input = never, Output = unknown> = (context: never, input: Input) => Promise<Output>;

/** An amount of memory as people write it. */
export type MemorySize = `${number} ${'MB' | 'GB'}`;

/** What follows a failure with one of these codes, in place of what the error itself says. */
export interface RetryRuleOptions {
  readonly on: string | readonly string[];
  readonly do: 'retry' | 'fail';
  /** Of a retry: how long to wait, in place of `retryDelay` and its back-off. */
  readonly delay?: Duration;
}

/** What every task and the whole DAG can set. */
export interface PolicyOptions {
  readonly triggerRule?: TriggerRule;
  readonly retries?: number;
  readonly retryDelay?: Duration;
  /** 0 or 1: constant delay. 2: it doubles with every try, plus deterministic jitter. */
  readonly retryExponentialBackoff?: number;
  readonly maxRetryDelay?: Duration;
  /** By the error's code; the first rule that names it counts. More tries than `retries` allows there are never. */
  readonly retryPolicy?: readonly RetryRuleOptions[];
  readonly executionTimeout?: Duration;
  readonly heartbeatTimeout?: Duration;
  /** Assets that the task makes: each of its successes is an event of them. */
  readonly outlets?: readonly Asset[];
  /**
   * For a light task: it costs a quarter of an ordinary one, has five seconds at most, no warehouse, and
   * may be performed again although it succeeded.
   */
  readonly local?: boolean;
  /**
   * Where it runs: in the worker (the default), or in a thread or a process of its own, which can be
   * ended whatever the handler does.
   */
  readonly isolation?: 'worker' | 'thread' | 'process';
  /** Of an isolated task, such as `'512 MB'`: the heap of a thread, all of a process. Beyond it the task fails. */
  readonly memory?: MemorySize;
  /** Starts only when this same task succeeded, or was skipped, in the run before. */
  readonly dependsOnPast?: boolean;
  /** As `dependsOnPast`, and the tasks directly downstream of it in the run before have to have ended well, too. */
  readonly waitForDownstream?: boolean;
  /** Starts only when these tasks of the run before succeeded or were skipped. */
  readonly dependsOnPrevious?: readonly string[];
  /** A pool (`tidemill pools set`) whose slots the task holds while it runs; without one it asks nobody. */
  readonly pool?: string;
  /** 1 when left out. */
  readonly poolSlots?: number;
  /** How many of this task may run at once, over all runs of the DAG. */
  readonly maxActive?: number;
  /** Larger goes first: 1 when left out. */
  readonly priorityWeight?: number;
  /** `downstream` (the default) adds the weights of all tasks after it, `upstream` of all before it. */
  readonly weightRule?: WeightRule;
}

/** Whether a task has anything to do, by its context and what it is given; asked in every try, before the handler. */
export interface Conditions<Input> {
  /** False: the task is skipped. */
  readonly runIf?: (context: never, input: Input) => boolean | Promise<boolean>;
  /** True: the task is skipped. */
  readonly skipIf?: (context: never, input: Input) => boolean | Promise<boolean>;
}

/** What is said of one task for people: nothing of it changes what the task does. */
export interface TaskAbout {
  /** Markdown. */
  readonly docs?: string;
  /** Who answers for it; the DAG's owner when left out. */
  readonly owner?: string;
  /** Who is told of what becomes of it. */
  readonly notify?: readonly TaskNotifyOptions[];
}

/** What every task can set. */
export interface TaskOptions extends PolicyOptions, TaskAbout {}

/** A teardown starts when all before it has ended and one of its setups succeeded; it has no other rule. */
export interface TeardownOptions extends Omit<TaskOptions, 'triggerRule'> {
  /** The setups that it takes down; a setup whose output it is given is one of them without being named. */
  readonly setups?: TaskRef<unknown> | readonly TaskRef<unknown>[];
  /** Whether its failure fails the run. */
  readonly failsRun?: boolean;
}

/** A DAG that runs by the clock and, beside that, whenever its assets were updated. */
export interface AssetOrTime {
  readonly time: TimetableSpec | CustomSchedule;
  readonly assets: AssetCondition | AssetSchedule;
}

export interface SensorOptions extends TaskOptions {
  readonly pokeInterval?: Duration;
  /** The factor by which the interval grows from poke to poke (2 doubles it), with deterministic jitter. */
  readonly pokeBackoff?: number;
  readonly maxPokeInterval?: Duration;
  /** When its time is over the sensor is skipped, and has not failed. */
  readonly softFail?: boolean;
  /** Bound of the whole wait. */
  readonly timeout?: Duration;
}

export interface DeferredOptions extends TaskOptions {
  /** Bound of the wait for the completion from outside; then the try has failed. */
  readonly timeout?: Duration;
}

/** What every question to a person has. */
export interface QuestionOptions extends Pick<TaskOptions, 'triggerRule' | 'docs' | 'owner'> {
  /** The question, in a sentence. */
  readonly subject: string;
  /** What the person needs to see; outputs of tasks are shown as they are. */
  readonly details?: Given<Json>;
  /** After it the default counts, or the task fails. */
  readonly timeout?: Duration;
}

export interface ApproveOptions extends QuestionOptions {
  readonly default?: 'approve' | 'reject';
  /** A no fails the task; without it a no skips everything downstream. */
  readonly failOnReject?: boolean;
}

export interface ChooseOptions extends QuestionOptions {
  readonly default?: string | readonly string[];
  readonly multiple?: boolean;
}

export interface FillOptions<Form> extends QuestionOptions {
  readonly form: z.ZodType<Form>;
  readonly default?: Form;
}

export interface DagOptions<Params> {
  readonly id: string;
  readonly description?: string;
  /** Markdown: what whoever runs the DAG has to know. */
  readonly docs?: string;
  readonly owner?: string;
  readonly tags?: readonly string[];
  readonly schedule?: TimetableSpec | CustomSchedule | AssetCondition | AssetSchedule | AssetOrTime;
  /** ISO date (midnight in the schedule's zone) or instant. */
  readonly startDate?: string;
  readonly endDate?: string;
  readonly catchup?: boolean;
  readonly maxActiveRuns?: number;
  /** Pauses the DAG after so many failed runs in a row. */
  readonly maxConsecutiveFailedRuns?: number;
  /** In flight per run. */
  readonly maxActiveTasks?: number;
  /** In flight over all runs. */
  readonly maxActiveTasksOverRuns?: number;
  readonly dagRunTimeout?: Duration;
  /** Who is told how a run ended, or that it is late. */
  readonly notify?: readonly RunNotifyOptions[];
  /** When a run counts as late: so long after it was asked for, or after its interval's end. It goes on all the same. */
  readonly deadline?: { readonly after: Duration; readonly from?: 'queued' | 'interval end' };
  /** The first task that fails for good ends the run: what runs is cancelled, what waits is skipped. */
  readonly failFast?: boolean;
  readonly params?: z.ZodType<Params>;
  readonly defaults?: PolicyOptions;
}

/** Stands for a task: hand it to another task (an edge with its output's type) or name it in `.after()`. */
export interface TaskRef<Output> extends Ref<Output>, ListMethods {
  readonly taskId: string;
  /** Adds edges without data. */
  after(...upstream: readonly EdgeStart[]): TaskRef<Output>;
}

/** Stands for a group: `.after()` holds back its first tasks; naming it means its last ones. */
export interface GroupRef {
  readonly groupId: string;
  after(...upstream: readonly EdgeStart[]): GroupRef;
}

export type Upstream = TaskRef<unknown> | GroupRef;

/** An upstream with a word on the edge that leads from it. */
export interface LabelledUpstream {
  readonly label: string;
  readonly upstream: Upstream;
}

/** Where an edge begins. */
export type EdgeStart = Upstream | LabelledUpstream;

export interface MappedOptions extends TaskOptions {
  /** More items than this fail the task instead of swamping the run; 100,000 by default. */
  readonly maxMapLength?: number;
  /** Instances in flight; as many as the DAG's `maxActiveTasks` by default. */
  readonly maxActiveInstances?: number;
  /** Names instances in logs and tables after their input: `'{file.name}'`. */
  readonly mapIndexTemplate?: string;
}

/** A task that runs once for each item; it is part of the DAG as soon as it says over what. */
export interface MappedTask<Input, Output> {
  /** What every instance gets alike. */
  partial<Keys extends keyof Input>(
    fixed: {
      readonly [Key in Keys]: Given<Input[Key]>;
    },
  ): MappedTask<Omit<Input, Keys>, Output>;
  /**
   * An instance for every combination of the lists' items. The order is that of nested loops in the
   * order of writing: the last list varies fastest.
   */
  expand(lists: { readonly [Key in keyof Input]: Items<Input[Key]> }): MappedRef<Output>;
  /** An instance for every item of one list, each of them a whole input (less what `partial` gave). */
  expandKwargs(list: Items<Input>): MappedRef<Output>;
}

/** Stands for the outputs of a mapped task's instances: a list that is read page by page, and can be mapped over again. */
export type MappedRef<Output> = TaskRef<LazyList<Output>>;

/** The item of a mapped group, inside its body: a reference to each of the values that its lists are named after. */
export type ItemRefs<Lists> = {
  readonly [Name in keyof Lists]: Lists[Name] extends Items<infer Item> ? DeepRef<Item> : never;
};

/** What a task can refer to of the run that it is part of. */
export interface RunRef<Params> {
  readonly params: DeepRef<Params>;
  readonly interval: DeepRef<DataInterval>;
  readonly runId: Ref<string>;
  /** The events that a run for assets stands for, newest last; none in other runs. */
  readonly assetEvents: Ref<readonly AssetEvent[]>;
}

export interface PublishOptions extends TaskOptions {
  /** SQL models of kind `whole` that are rebuilt inside the publish, from the slices of all days. */
  readonly wholes?: readonly string[];
  readonly freshWithin?: Duration;
}

/** What a publish hands on, and what freshness is computed from. */
export interface PublishOutput {
  readonly kind: 'published' | 'unchanged';
  readonly release: number;
  readonly base: number;
  readonly fresh_until: string | null;
}

export type CheckOptions = TaskOptions & { readonly on: TaskRef<DatasetRef> | readonly TaskRef<DatasetRef>[] } & {
  readonly [parameter: string]: unknown;
};

/** The words in which a DAG is written. */
export interface Builders<Params> {
  /** A function of your own. */
  task<Input, Output>(
    id: string,
    handler: Handler<Input, Output>,
    input: Given<NoInfer<Input>>,
    options?: TaskOptions & Conditions<NoInfer<Input>>,
  ): TaskRef<Output>;
  /** Makes what the tasks after it need; they run only if it succeeded, whatever their trigger rule. */
  setup<Input, Output>(
    id: string,
    handler: Handler<Input, Output>,
    input: Given<NoInfer<Input>>,
    options?: TaskOptions & Conditions<NoInfer<Input>>,
  ): TaskRef<Output>;
  /** Takes away what its setups made, also when the work failed or the run is stopped. */
  teardown<Input, Output>(
    id: string,
    handler: Handler<Input, Output>,
    input: Given<NoInfer<Input>>,
    options?: TeardownOptions & Conditions<NoInfer<Input>>,
  ): TaskRef<Output>;
  /** A SQL model; its FROM makes the edges. `from` gives task outputs to names that the SQL reads. */
  sql(
    model: string,
    options?: TaskOptions & { readonly from?: { readonly [name: string]: TaskRef<DatasetRef> } },
  ): TaskRef<DatasetRef>;
  /** A query that must return no rows; options that no task has are parameters of the query. */
  check(check: string, options: CheckOptions): TaskRef<{ readonly failing_rows: number }>;
  /** Pokes until the handler says true; a text says what is still missing. Between two pokes it holds no worker. */
  sensor<Input>(
    id: string,
    handler: Handler<Input, boolean | string>,
    input: Given<NoInfer<Input>>,
    options?: SensorOptions & Conditions<NoInfer<Input>>,
  ): TaskRef<boolean>;
  /** The handler names the downstream tasks or groups to follow; the others are skipped. */
  branch<Input>(
    id: string,
    handler: Handler<Input, string | readonly string[]>,
    input: Given<NoInfer<Input>>,
    options?: TaskOptions & Conditions<NoInfer<Input>>,
  ): TaskRef<readonly string[]>;
  /** When the handler says false, everything downstream is skipped. */
  shortCircuit<Input>(
    id: string,
    handler: Handler<Input, boolean>,
    input: Given<NoInfer<Input>>,
    options?: TaskOptions & Conditions<NoInfer<Input>>,
  ): TaskRef<boolean>;
  /**
   * Starts something elsewhere and ends when told from outside, by `ctx.completion`. Meanwhile it holds no
   * worker and no slot. Its output is what it is completed with.
   */
  deferred<Output = Json, Input = unknown>(
    id: string,
    handler: Handler<Input>,
    input: Given<NoInfer<Input>>,
    options?: DeferredOptions & Conditions<NoInfer<Input>>,
  ): TaskRef<Output>;
  /** Asks a person for a yes; after a no everything downstream is skipped. */
  approve(id: string, options: ApproveOptions): TaskRef<boolean>;
  /** Asks a person which of the direct downstream tasks or groups to follow; the others are skipped. */
  choose(id: string, options: ChooseOptions): TaskRef<readonly string[]>;
  /** Asks a person for values; they are checked by the schema, and are the task's output. */
  fill<Form>(id: string, options: FillOptions<Form>): TaskRef<Form>;
  /**
   * In a run that is not the latest of its schedule, its direct downstream is skipped. Manual runs count
   * as the latest.
   */
  latestOnly(id: string, options?: TaskOptions): TaskRef<boolean>;
  group(id: string, body: () => unknown): GroupRef;
  /** A function of your own, once for each item: `mapped('load', load).partial({ into }).expand({ file: files })`. */
  mapped<Input, Output>(
    id: string,
    handler: Handler<Input, Output>,
    options?: MappedOptions,
  ): MappedTask<Input, Output>;
  /**
   * Several tasks once for each item: the body is written for one. What it returns, if it is a task, is
   * what the group hands on: the list of that task's outputs.
   */
  mapGroup<Lists extends { readonly [name: string]: Items<unknown> }, Output = unknown>(
    id: string,
    lists: Lists,
    // biome-ignore lint/suspicious/noConfusingVoidType: a body that hands nothing on has no return
    body: (item: ItemRefs<Lists>) => TaskRef<Output> | void,
    options?: MappedOptions,
  ): MappedRef<Output>;
  /** Commits the datasets of the given tasks as one release. */
  publish(id: string, what: Upstream | readonly Upstream[], options?: PublishOptions): TaskRef<PublishOutput>;
  readonly run: RunRef<Params>;
}
