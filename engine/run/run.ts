import type { AssetEvent } from '../assets/event';
import type { PastAnswer } from '../gates/past';
import type { Reason } from '../gates/reason';
import type { Json } from '../json';
import type { MapState } from '../map/state';
import type { DataInterval } from '../time/interval';
import type { RunStateName, TaskState } from './task-state';

export type RunType = 'scheduled' | 'manual' | 'backfill' | 'asset_triggered';

/** What a run is: fixed when it is asked for. */
export interface RunIdentity {
  readonly dagId: string;
  readonly runId: string;
  readonly runType: RunType;
  readonly interval: DataInterval;
  readonly params: Json;
  /** Who asked: `schedule`, or a user's name. */
  readonly triggeredBy: string;
  readonly queuedAt: string;
  /** Of a run for assets: the events that stand for it, newest last. */
  readonly assetEvents?: readonly AssetEvent[];
  /** Of a run for one partition of its assets. */
  readonly partition?: string;
}

/** Why a try failed, as it crosses process borders: the code decides, the message is for people. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly details: Json;
}

/** One task in one run. */
export interface TaskInstance {
  readonly state: TaskState;
  /** Tries begun so far; the current one while in flight. */
  readonly tryNumber: number;
  /** Why it is in this state; null when the state speaks for itself. */
  readonly reason: Reason | null;
  /** Begin and end of the last try. */
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** Begin of the first try: what a sensor's timeout counts from. */
  readonly firstStartedAt: string | null;
  /** When the next try or poke is due. */
  readonly wakeAt: string | null;
  readonly pokeCount: number;
  /** Of a question: who answered, and what. */
  readonly answer?: { readonly by: string; readonly at: string; readonly value: Json };
  /** What the handler returned; null before success. */
  readonly output: Json;
  readonly rowCount: number | null;
  /** The last failure, kept after a later success so that the task table can tell of it. */
  readonly failure: Failure | null;
  /** Of a mapped task whose items are known: what its instances have come to. */
  readonly map?: MapState | null;
  /** Of an instance: what its template calls it. */
  readonly label?: string | null;
}

/** One execution of one try, for the run's record. */
export interface AttemptRecord {
  readonly taskId: string;
  readonly tryNumber: number;
  /** More than 1: the executions before it were lost with their workers. */
  readonly attempt: number;
  /** `waiting`: a sensor's poke that found nothing yet. `deferred`: it started something elsewhere. `lost`: its worker never answered. */
  readonly state: 'success' | 'failed' | 'skipped' | 'cancelled' | 'waiting' | 'deferred' | 'lost';
  readonly startedAt: string;
  readonly endedAt: string;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly worker: string | null;
}

/** Why a run is being brought to an early end. */
export interface Ending {
  readonly reason: Reason;
}

/** Slots that a task asked the broker for. */
export interface Slots {
  readonly lease: string;
  readonly isGranted: boolean;
  /** Why it had to wait when it asked. */
  readonly text: string | null;
}

/** The whole state of a run: plain data, replaced and never changed. */
export interface Run {
  readonly format: 1;
  readonly identity: RunIdentity;
  readonly state: RunStateName;
  readonly reason: Reason | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Tasks that may be in flight at once; 0 while the driver drains the run. */
  readonly window: number;
  readonly ending: Ending | null;
  /** What is known of the run before this one; left out while no task waits for it, null until it is known. */
  readonly past?: PastAnswer | null;
  readonly tasks: { readonly [taskId: string]: TaskInstance };
  readonly attempts: readonly AttemptRecord[];
  /** Slots held and asked for, by task; left out where no task needs any. */
  readonly slots?: { readonly [taskId: string]: Slots };
  /** How often each task asked for slots: numbers its requests. */
  readonly slotsAsked?: { readonly [taskId: string]: number };
}

export const untouchedTask: TaskInstance = {
  state: 'none',
  tryNumber: 0,
  reason: null,
  startedAt: null,
  endedAt: null,
  firstStartedAt: null,
  wakeAt: null,
  pokeCount: 0,
  output: null,
  rowCount: null,
  failure: null,
  map: null,
  label: null,
};

/** What a mapped task's instances have come to; null for every other task, and before its items are known. */
export function mapOf({ map }: Pick<TaskInstance, 'map'>): MapState | null {
  return map ?? null;
}

/** A task of a run; tasks that were never touched are not stored. */
export function taskOf(run: Run, taskId: string): TaskInstance {
  return run.tasks[taskId] ?? untouchedTask;
}
