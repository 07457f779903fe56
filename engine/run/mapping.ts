import type { MapSpec } from '../dag/spec';
import { reason } from '../gates/reason';
import { listJson } from '../map/list-ref';
import { instanceId, maxActiveOf } from '../map/shard';
import {
  addCounts,
  addStates,
  countsOf,
  type Expansion,
  type InstanceCounts,
  keptFailures,
  type MapState,
  type ShardReport,
  shardBounds,
  shardCount,
  shardRange,
  statesOf,
} from '../map/state';
import type { RunDraft } from './draft';
import type { RunEvent } from './events';
import { type PlannedTask, plannedTask } from './plan';
import { mapOf, type TaskInstance } from './run';
import { isInFlight, type TaskState, taskStates } from './task-state';

type EventOf<Kind extends RunEvent['kind']> = Extract<RunEvent, { kind: Kind }>;

/** A mapped task knows its items: its shards begin, or there is nothing to do and it is skipped. */
export function expanded(draft: RunDraft, taskId: string, { length, folder }: Expansion, at: string): void {
  if (length === 0) {
    draft.set(taskId, {
      state: 'skipped',
      reason: reason('nothing_to_map', 'there is nothing to map over'),
      endedAt: at,
    });
    draft.toDecide.add(taskId);
    return;
  }
  const map: MapState = { length, folder, next: 0, shards: {}, counts: {}, failed: [], pages: {}, retries: 0 };
  draft.set(taskId, { state: 'running', map });
  concludeMap(draft, taskId, at);
}

/** Starts shards while there is room for them. A run that ends or is being drained starts none. */
export function fillShards(draft: RunDraft): void {
  if (draft.head.ending !== null || draft.head.window === 0) return;
  for (const { taskId } of draft.plan.maps) {
    const map = mapOf(draft.task(taskId));
    const { state } = draft.task(taskId);
    if (map === null || state !== 'running') continue;
    startShards(draft, plannedTask(draft.plan, taskId), map);
  }
}

function startShards(draft: RunDraft, task: PlannedTask, map: MapState): void {
  const { taskId } = task;
  const bounds = shardBounds(map.length, maxActiveOf(draft.plan.spec, task));
  const shards = { ...map.shards };
  let { next } = map;
  while (next < shardCount(map.length) && Object.keys(shards).length < bounds.shards) {
    const range = shardRange(map.length, next);
    draft.command({ kind: 'start_shard', taskId, shard: next, ...range, window: bounds.window });
    shards[next] = {};
    next += 1;
  }
  if (next > map.next) draft.set(taskId, { map: { ...map, shards, next } });
}

/** A shard tells how far it is, so that rules which decide early do. */
export function shardProgressed(draft: RunDraft, { taskId, shard, counts }: EventOf<'shard_progressed'>): void {
  const map = mapOf(draft.task(taskId));
  if (map?.shards[shard] === undefined) return;
  draft.set(taskId, { map: { ...map, shards: { ...map.shards, [shard]: counts } } });
  askDownstream(draft, taskId);
}

export function shardEnded(draft: RunDraft, { taskId, shard, report, at }: EventOf<'shard_ended'>): void {
  const map = mapOf(draft.task(taskId));
  if (map?.shards[shard] === undefined) return;
  draft.set(taskId, { map: withReport(map, shard, report) });
  askDownstream(draft, taskId);
  concludeMap(draft, taskId, at);
}

function withReport(map: MapState, shard: number, report: ShardReport): MapState {
  const { [shard]: _ended, ...shards } = map.shards;
  return {
    ...map,
    shards,
    counts: addCounts(map.counts, report.counts),
    failed: [...map.failed, ...report.failed].sort((a, b) => a.index - b.index).slice(0, keptFailures),
    pages: report.page === null ? map.pages : { ...map.pages, [shard]: report.page },
    retries: map.retries + report.retries,
  };
}

/** Rules such as one_failed need not wait for the rest of the instances. */
function askDownstream(draft: RunDraft, taskId: string): void {
  for (const child of plannedTask(draft.plan, taskId).watchers) {
    if (draft.task(child).state === 'none') draft.toDecide.add(child);
  }
}

/** The end of a mapped task, when no shard is in flight and none is to come. */
export function concludeMap(draft: RunDraft, taskId: string, at: string): void {
  const map = mapOf(draft.task(taskId));
  const { state } = draft.task(taskId);
  if (map === null || Object.keys(map.shards).length > 0) return;
  const { ending } = draft.head;
  const isCut = ending !== null || state === 'restarting';
  if (!isCut && map.next < shardCount(map.length)) return;
  if (state === 'restarting' && ending === null) return beginMapAgain(draft, taskId, at);
  const task = plannedTask(draft.plan, taskId);
  const whole = { ...map, counts: withRest(map, task) };
  const verdict = ending === null ? verdictOn(task, whole) : { state: 'failed' as const, reason: ending.reason };
  draft.set(taskId, { ...verdict, map: whole, output: outputOf(task, whole), endedAt: at });
  draft.toDecide.add(taskId);
}

/** From its expansion on, without using up a try. */
function beginMapAgain(draft: RunDraft, taskId: string, at: string): void {
  const { tryNumber } = draft.task(taskId);
  draft.set(taskId, { state: 'scheduled', tryNumber: tryNumber - 1, map: null, endedAt: at });
}

function bodyOf({ map }: PlannedTask): MapSpec['body'] {
  return (map as MapSpec).body;
}

/** Instances that no shard ever held were skipped with the end of their run. */
function withRest(map: MapState, task: PlannedTask): InstanceCounts {
  const begun = Math.min(map.length, map.next * shardRange(map.length, 0).count);
  const left = map.length - begun;
  if (left === 0) return map.counts;
  const rest = Object.fromEntries(bodyOf(task).map((one) => [one.taskId, { skipped: left }]));
  return addCounts(map.counts, rest);
}

/** Failed if a last task of any instance failed; skipped if every one of them was; else it succeeded. */
function verdictOn(task: PlannedTask, map: MapState) {
  const states = leafStates(task, map);
  const broken = (states.failed ?? 0) + (states.upstream_failed ?? 0);
  const total = Object.values(states).reduce((sum, count) => sum + count, 0);
  if (broken > 0) {
    const named = map.failed.map((one) => nameOf(one));
    const why = reason('instances_failed', `${broken} of ${total} instances failed`, named);
    return { state: 'failed' as const, reason: why };
  }
  if (states.skipped !== total) return { state: 'success' as const, reason: null };
  return { state: 'skipped' as const, reason: reason('instances_skipped', `all ${total} instances were skipped`) };
}

function nameOf({ taskId, index, label }: MapState['failed'][number]): string {
  return label === null ? instanceId(taskId, index) : `${instanceId(taskId, index)} ${label}`;
}

/** States of those instances that what comes after waits for. */
export function leafStates(task: PlannedTask, map: MapState): { readonly [State in TaskState]?: number } {
  return task.bodyLeaves.map((taskId) => statesOf(map, taskId)).reduce(addStates, {});
}

function outputOf(task: PlannedTask, map: MapState) {
  if (task.map?.output === null) return null;
  const pages = Object.entries(map.pages)
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, page]) => page);
  const length = pages.reduce((sum, [, count]) => sum + count, 0);
  return JSON.parse(JSON.stringify(listJson({ length, folder: `${map.folder}/outputs`, pages })));
}

/** `9,990 success, 10 failed of 10,000`: counts first, whatever the number of instances. */
export function instancesText(task: PlannedTask, map: MapState): string {
  const body = bodyOf(task);
  const counts = countsOf(map);
  return body
    .map(({ taskId }) => {
      const told = counts[taskId] ?? {};
      const parts = taskStates.flatMap((state) => (told[state] === undefined ? [] : [`${told[state]} ${state}`]));
      const name = body.length === 1 ? '' : `${taskId}: `;
      return `${name}${parts.join(', ') || 'none finished'} of ${map.length}`;
    })
    .join('; ');
}

/** True when something of the task executes: an attempt, or a shard of a mapped task. */
export function isBusy(task: TaskInstance): boolean {
  const map = mapOf(task);
  return isInFlight(task.state) && (map === null || Object.keys(map.shards).length > 0);
}
