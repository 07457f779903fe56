import type { Json } from '../../engine/json';
import { pathSegment } from '../store/keys';
import type { ObjectStore } from '../types';

/** What is known of a task when its run has ended. */
export interface TaskRecord {
  readonly task_id: string;
  readonly state: string;
  readonly try_number: number;
  readonly reason: string | null;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly row_count: number | null;
}

/** One execution of one try of a task. */
export interface AttemptRecord {
  readonly task_id: string;
  /** Which instance of a mapped task. */
  readonly map_index?: number;
  readonly try_number: number;
  readonly attempt: number;
  readonly state: string;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly worker: string | null;
}

/** One publish of a run, with the tables that it changed (none when all were unchanged). */
export interface PublishRecord {
  readonly task_id: string;
  readonly release: number;
  readonly base_release: number;
  readonly outcome: string;
  readonly tables: readonly {
    readonly table: string;
    readonly version: number;
    readonly row_count: number;
    readonly fingerprint: string;
  }[];
}

/** A finished run, as it stays readable when Temporal has forgotten it. Instants are ISO 8601 in UTC. */
export interface RunRecord {
  readonly format: 1;
  readonly dag_id: string;
  readonly run_id: string;
  readonly execution: string;
  /** Of a shard of a mapped task (`run_type` is `map`): the execution of its run. */
  readonly parent_execution?: string;
  readonly run_type: string;
  readonly state: string;
  readonly label: string | null;
  readonly reason: string | null;
  readonly interval_start: string | null;
  readonly interval_end: string | null;
  readonly params: Json;
  readonly spec_version: string;
  readonly code_version: string | null;
  readonly triggered_by: string | null;
  readonly queued_at: string | null;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  readonly tasks: readonly TaskRecord[];
  readonly attempts: readonly AttemptRecord[];
  readonly publishes: readonly PublishRecord[];
}

/** Holds the records of finished runs: one file each, or many in one once they are old. */
export const runsFolder = 'runs/';
export const compactedFolder = 'runs/compacted/';
/** Never listed as a run; makes the pattern of run records match before the first run. */
export const noRunsKey = 'runs/none.json';

/** The key of a run's record; each execution of a run id has its own. */
export function runRecordKey(run: Pick<RunRecord, 'dag_id' | 'run_id' | 'execution'>): string {
  return `runs/${pathSegment(run.dag_id)}/${pathSegment(run.run_id)}/${pathSegment(run.execution)}.json`;
}

/**
 * Puts the record of a finished run. The first record of an execution stays: false when there was one
 * already, so that repeating it is harmless.
 */
export async function putRunRecord(store: ObjectStore, record: RunRecord): Promise<boolean> {
  return store.putIfAbsent(runRecordKey(record), `${JSON.stringify(record)}\n`);
}

/** What a shard of a mapped task leaves: its record, and the page of its instances' outputs. */
export interface ShardResults {
  readonly record: { readonly [key: string]: Json };
  readonly outputs: { readonly key: string; readonly items: readonly Json[] } | null;
}

/** Puts what a shard leaves; the first of both stays, so that repeating it is harmless. */
export async function putShardResults(store: ObjectStore, { record, outputs }: ShardResults): Promise<void> {
  await Promise.all([
    putRunRecord(store, record as unknown as RunRecord),
    outputs === null ? null : store.putIfAbsent(outputs.key, JSON.stringify(outputs.items)),
  ]);
}
