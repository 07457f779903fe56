import type { Json } from '../engine/json';
import type { DataInterval } from '../engine/time/interval';
import type { Connection } from '../vault';
import type { Warehouse } from '../warehouse';

/** Writes one JSON line to the attempt's log. Fields first, then the sentence. */
export interface TaskLogger {
  debug(fields: { readonly [key: string]: unknown }, message: string): void;
  info(fields: { readonly [key: string]: unknown }, message: string): void;
  warn(fields: { readonly [key: string]: unknown }, message: string): void;
  error(fields: { readonly [key: string]: unknown }, message: string): void;
}

/** Which execution of which try this is: names files, so that two executions never share one. */
export interface AttemptIdentity {
  readonly dagId: string;
  readonly runId: string;
  /** Tells repeated executions of one run id apart (a clear starts a new one). */
  readonly execution: string;
  readonly taskId: string;
  /** Which instance of a mapped task. */
  readonly mapIndex?: number;
  /** Counted by the engine against `retries`, from 1. */
  readonly tryNumber: number;
  /** Counted by Temporal, from 1: more than one means that a worker was lost. */
  readonly attempt: number;
}

/** A task's own part of a path: instances of a mapped task have a folder each. */
export function folderName({ taskId, mapIndex }: Pick<AttemptIdentity, 'taskId' | 'mapIndex'>): string {
  return mapIndex === undefined ? taskId : `${taskId}/${mapIndex}`;
}

/**
 * What a task handler gets from the outside world; it imports no adapter of its own.
 *
 * Handlers run at least once per try, so they write only under names of their own attempt and let
 * publishing make things visible.
 */
export interface TaskContext<Params extends Json = Json> {
  readonly identity: AttemptIdentity;
  /** `<table>`-independent prefix for files of this attempt, safe in paths and unique for ever. */
  readonly attemptName: string;
  readonly interval: DataInterval;
  /** The zone whose calendar the DAG's schedule follows (`UTC` without a schedule). */
  readonly timezone: string;
  readonly params: Params;
  readonly warehouse: Warehouse;
  readonly log: TaskLogger;
  /** How to reach something outside, by its id. Its secrets are taken out of outputs, errors and logs. */
  connection(id: string): Promise<Connection>;
  /** A setting of this place, by its id. */
  variable(id: string): Promise<string>;
  /** Of a deferred task: what completes it, by Temporal's API or `tidemill tasks complete`. Null of any other. */
  readonly completion: { readonly workflowId: string; readonly activityId: string } | null;
  /** Aborted when the run is stopped or the try timed out; pass it on to whatever waits. */
  readonly signal: AbortSignal;
  /** Reports progress; shown in the log. The worker's life is reported without it. */
  heartbeat(progress?: Json): void;
  /**
   * Keeps a small state (JSON, at most 64 KB) in place of the one before: the next attempt, on any
   * machine, goes on from it. Gone when the task succeeded, and when its run is cleared.
   */
  checkpoint(state: Json): Promise<void>;
  /** What the attempts before this one kept last; null when there is nothing to go on from. */
  lastCheckpoint(): Promise<Json>;
}

/** A task's handler: one object in, one small JSON value out. */
export type TaskHandler<Input, Output> = (context: TaskContext, input: Input) => Promise<Output>;
