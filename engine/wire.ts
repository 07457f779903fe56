import type { Backfill, BackfillRequest } from './backfill/state';
import type { DagSpec, IsolationPolicy, SensorPolicy, TaskKind, TaskPolicy } from './dag/spec';
import type { Json } from './json';
import type { InstanceOrder, Shard } from './map/state';
import type { Holder, SlotsAsk } from './pool/broker';
import type { AttemptFacts } from './run/events';
import type { Failure, Run, RunIdentity } from './run/run';
import type { RunStateName, TaskState } from './run/task-state';
import type { DataInterval } from './time/interval';

/**
 * Wire names: ids, message names and shapes that cross Temporal. They outlive any version of the
 * code, so none is renamed without an ADR.
 */
export const defaultTaskQueue = 'tidemill';

export function runWorkflowId(dagId: string, runId: string): string {
  return `dag_run/${dagId}/${runId}`;
}

export function controlWorkflowId(dagId: string): string {
  return `dag_control/${dagId}`;
}

/** The workflow of one shard of a mapped task. */
export function mapWorkflowId(dagId: string, runId: string, shard: { taskId: string; shard: number }): string {
  return `task_map/${dagId}/${runId}/${shard.taskId}/${shard.shard}`;
}

export function backfillWorkflowId(dagId: string, backfillId: string): string {
  return `backfill/${dagId}/${backfillId}`;
}

/** One notice of one execution of a run. */
export function noticeWorkflowId(
  notice: { readonly dagId: string; readonly runId: string; readonly id: string },
  execution: string,
): string {
  return `notify/${notice.dagId}/${notice.runId}/${execution}/${notice.id}`;
}

export function tickWorkflowId(dagId: string): string {
  return `dag_tick/${dagId}`;
}

export function assetWorkflowId(name: string): string {
  return `asset/${name}`;
}

export function scheduleId(dagId: string): string {
  return `tidemill/${dagId}`;
}

export function activityName(dagId: string, taskId: string): string {
  return `${dagId}.${taskId}`;
}

/** The activity by which a task waits for its completion from outside: with the run's workflow id, its token. */
export function completionActivityId(taskId: string, tryNumber: number): string {
  return `${taskId}#${tryNumber}.completion`;
}

/** A run id as a part of a path: `:` is not allowed everywhere. */
export function pathSafe(runId: string): string {
  return runId.replaceAll(':', '-');
}

/** One broker for a namespace. */
export const poolsWorkflowId = 'pools';

export const workflowNames = {
  dagRun: 'dagRun',
  dagControl: 'dagControl',
  dagTick: 'dagTick',
  assetHub: 'assetHub',
  taskMap: 'taskMap',
  backfill: 'backfill',
  pools: 'pools',
  notify: 'notify',
} as const;

export const runMessages = {
  run: 'run',
  progress: 'progress',
  stop: 'stop',
  past: 'past',
  answer: 'answer',
  instances: 'instances',
  shardProgressed: 'shard_progressed',
  slots: 'slots',
} as const;

export const poolMessages = { pools: 'pools', tell: 'tell', set: 'set_pool', remove: 'delete_pool' } as const;

export const controlMessages = {
  control: 'control',
  deploy: 'deploy',
  trigger: 'trigger',
  pause: 'pause',
  unpause: 'unpause',
  cancelQueued: 'cancel_queued',
  note: 'note',
  retire: 'retire',
  due: 'due',
  runEnded: 'run_ended',
  askPast: 'ask_past',
  tellPast: 'tell_past',
  assetUpdated: 'asset_updated',
  admitBackfill: 'admit_backfill',
} as const;

export const backfillMessages = {
  backfill: 'backfill',
  pause: 'pause',
  resume: 'resume',
  cancel: 'cancel',
} as const;

export const assetMessages = { hub: 'hub', declare: 'declare', happen: 'happen' } as const;

/** Search attributes that set-up registers; Temporal's type names. */
export const searchAttributes = {
  TidemillDag: 'KEYWORD',
  TidemillRunType: 'KEYWORD',
  TidemillState: 'KEYWORD',
  TidemillFailedTasks: 'KEYWORD_LIST',
  TidemillRetries: 'INT',
  TidemillFreshUntil: 'DATETIME',
} as const;

/** The spec and the code that a run is bound to. */
export interface Versions {
  readonly spec: string;
  readonly code: string;
}

export interface DagRunInput {
  readonly spec: DagSpec;
  readonly versions: Versions;
  readonly identity: RunIdentity;
  /** The state to go on from, after continue-as-new. */
  readonly run: Run | null;
}

export interface BackfillInput {
  readonly request: BackfillRequest;
  /** The dates of the range, oldest first; of no use once there is a state to go on from. */
  readonly intervals: readonly DataInterval[];
  readonly spec: DagSpec;
  readonly versions: Versions;
  /** The state to go on from, after continue-as-new. */
  readonly backfill: Backfill | null;
}

/** What a run's query answers: its state and what is needed to read it. */
export interface RunView {
  readonly spec: DagSpec;
  readonly versions: Versions;
  readonly run: Run;
  readonly label: string;
}

/** What a worker is asked to do: one execution of one task. */
export interface TaskOrder {
  readonly dagId: string;
  readonly runId: string;
  readonly execution: string;
  readonly taskId: string;
  readonly kind: TaskKind;
  readonly sensor: SensorPolicy | null;
  readonly tryNumber: number;
  readonly pokeCount: number;
  /** Set when there is nothing to perform: the activity stays open until it is completed from outside. */
  readonly isOpen?: true;
  readonly interval: DataInterval;
  readonly timezone: string;
  readonly params: Json;
  readonly input: Json;
  readonly versions: Versions;
  readonly executionTimeoutMs: number;
  /** Set when it does not run in the worker itself. */
  readonly isolation?: IsolationPolicy;
  /** Of a local task: it gets no warehouse. */
  readonly isLocal?: boolean;
  /** Of an instance of a mapped task: which one, where its item is, and the outputs of its own tasks before it. */
  readonly instance: InstanceOrder | null;
}

/** What the workflow of a shard is started with. */
export interface TaskMapInput {
  /** The DAG with the mapped task alone. */
  readonly spec: DagSpec;
  readonly versions: Versions;
  readonly identity: RunIdentity;
  /** The execution of the run that it is part of. */
  readonly execution: string;
  readonly shard: Shard;
  readonly folder: string;
  /** The state to go on from, after continue-as-new. */
  readonly run: Run | null;
}

/** Which instances somebody wants to see. */
export interface InstancesLook {
  readonly states: readonly TaskState[];
  readonly limit: number;
}

/** What of a task's policy its worker has to know: where it runs, and for how long. */
export function orderBounds({
  executionTimeoutMs,
  local,
  isolation,
}: TaskPolicy): Pick<TaskOrder, 'executionTimeoutMs' | 'isLocal' | 'isolation'> {
  return {
    executionTimeoutMs,
    ...(local === true ? { isLocal: true } : {}),
    ...(isolation === undefined || isolation.kind === 'worker' ? {} : { isolation }),
  };
}

/** What a worker answers when the handler returned. */
export interface TaskReport {
  readonly output: Json;
  readonly rowCount: number | null;
  readonly facts: AttemptFacts;
}

/** `details` of the ApplicationFailure by which a handler's failure crosses Temporal; its `type` is the code. */
export interface FailureDetails {
  readonly failure: Failure;
  readonly facts: AttemptFacts;
  readonly isSkip: boolean;
}

/** How far an active run has come: what its DAG's status page shows of it. */
export interface RunProgress {
  readonly runId: string;
  readonly label: string;
  readonly retries: number;
  /** States by task id, for the grid; empty for DAGs too wide to draw. */
  readonly tasks: { readonly [taskId: string]: TaskState };
  /** Tasks that wait for their next try: which try, when, and after what. */
  readonly waits: readonly { readonly taskId: string; readonly message: string }[];
  readonly moreWaits: number;
}

/** What a run asks its DAG's control: which run was before the interval that begins here? */
export interface PastQuestion {
  readonly runId: string;
  readonly start: string;
}

/** What a run tells its DAG's control: tasks that the next run may wait for came to an end. */
export interface PastNews {
  readonly runId: string;
  readonly states: { readonly [taskId: string]: TaskState };
}

/** What somebody answers to a question of a run. */
export interface AnswerRequest {
  readonly task: string;
  readonly answer: Json;
  readonly by?: string;
}

/** What a finished run tells its DAG's control. */
export interface RunSummary {
  readonly runId: string;
  readonly runType: RunIdentity['runType'];
  readonly interval: DataInterval;
  readonly state: RunStateName;
  readonly label: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly retries: number;
  readonly freshUntil: string | null;
  /** Fresh until when, by published table. */
  readonly freshTables: { readonly [table: string]: string };
  /** States by task id, for the grid; empty for DAGs too wide to draw. */
  readonly tasks: { readonly [taskId: string]: TaskState };
  /** Of the tasks that the next run waits for: those that did not end well. Left out when no run waits. */
  readonly unmet?: { readonly [taskId: string]: TaskState };
}

/** What a holder of slots tells the broker. */
export interface PoolTelling {
  readonly holder: Holder;
  readonly asks: readonly Omit<SlotsAsk, 'holder'>[];
  readonly returned: readonly string[];
}

/** What the broker tells a holder, by lease. */
export interface SlotsAnswer {
  readonly granted: readonly string[];
  readonly waiting: readonly { readonly lease: string; readonly text: string }[];
}

export interface PoolSetting {
  readonly name: string;
  readonly slots: number;
  readonly description: string;
}
