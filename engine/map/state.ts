import type { Json } from '../json';
import type { TaskState } from '../run/task-state';
import { isTerminal } from '../run/task-state';

/** How many instances are in which state. */
export type StateCounts = { readonly [State in TaskState]?: number };

/** The same for each task of a mapped group; a mapped task has one, of its own id. */
export type InstanceCounts = { readonly [taskId: string]: StateCounts };

/** An instance that failed, as the run remembers it. */
export interface FailedInstance {
  readonly taskId: string;
  readonly index: number;
  readonly label: string | null;
  readonly message: string;
}

/** What a mapped task's instances have come to: counts, and of the failed ones the first few. */
export interface MapState {
  readonly length: number;
  /** Warehouse key of the folder where its items are. */
  readonly folder: string;
  /** The next shard to start. */
  readonly next: number;
  /** Shards in flight by their number, with what they told last. */
  readonly shards: { readonly [shard: string]: InstanceCounts };
  /** Of the shards that have ended. */
  readonly counts: InstanceCounts;
  readonly failed: readonly FailedInstance[];
  /** Pages of outputs by shard. */
  readonly pages: { readonly [shard: string]: readonly [name: string, count: number] };
  /** Tries beyond the first, over all instances. */
  readonly retries: number;
}

/** A part of a mapped task's instances, to be run as a whole. */
export interface Shard {
  readonly taskId: string;
  readonly shard: number;
  readonly from: number;
  readonly count: number;
  readonly window: number;
}

/** Which instance an order is for. */
export interface InstanceOrder {
  readonly index: number;
  /** Warehouse key of the folder of the mapped task's items. */
  readonly folder: string;
  readonly inner: { readonly [taskId: string]: Json };
}

/** What a shard tells at its end. */
export interface ShardReport {
  readonly counts: InstanceCounts;
  readonly failed: readonly FailedInstance[];
  readonly page: readonly [name: string, count: number] | null;
  readonly retries: number;
}

/** What expanding a mapped task answers. */
export interface Expansion {
  readonly length: number;
  readonly folder: string;
}

/**
 * Instances per shard: a shard with every instance tried four times stays below what a history may
 * have. Shards at once: more make no more tasks per second (measured), fewer leave a worker waiting for a straggler.
 */
export const shardSize = 500;
export const shardsAtOnce = 4;
/** More failures than these help nobody and would swell the state of the run. */
export const keptFailures = 20;

export function shardCount(length: number): number {
  return Math.ceil(length / shardSize);
}

export function shardRange(length: number, shard: number): { readonly from: number; readonly count: number } {
  const from = shard * shardSize;
  return { from, count: Math.min(shardSize, length - from) };
}

/** How many shards may be in flight, and how many instances in each of them, so that together they keep to the bound. */
export function shardBounds(length: number, maxActive: number): { readonly shards: number; readonly window: number } {
  const shards = Math.min(shardsAtOnce, maxActive, shardCount(length));
  return { shards, window: Math.floor(maxActive / shards) };
}

export function addCounts(a: InstanceCounts, b: InstanceCounts): InstanceCounts {
  const sum: Record<string, StateCounts> = { ...a };
  for (const [taskId, counts] of Object.entries(b)) sum[taskId] = addStates(sum[taskId] ?? {}, counts);
  return sum;
}

export function addStates(a: StateCounts, b: StateCounts): StateCounts {
  const sum: Partial<Record<TaskState, number>> = { ...a };
  for (const [state, count] of Object.entries(b) as [TaskState, number][]) sum[state] = (sum[state] ?? 0) + count;
  return sum;
}

/** Counts over ended shards and those in flight, as far as they told. */
export function countsOf(map: MapState): InstanceCounts {
  return Object.values(map.shards).reduce(addCounts, map.counts);
}

/** States of one task's instances, those that nobody told of yet counted as `none`. */
export function statesOf(map: MapState, taskId: string): StateCounts {
  const told = countsOf(map)[taskId] ?? {};
  const known = Object.values(told).reduce((sum, count) => sum + count, 0);
  return known >= map.length ? told : addStates(told, { none: map.length - known });
}

export function finishedCount(counts: InstanceCounts): number {
  return Object.values(counts)
    .flatMap((states) => Object.entries(states) as [TaskState, number][])
    .reduce((sum, [state, count]) => sum + (isTerminal(state) ? count : 0), 0);
}
