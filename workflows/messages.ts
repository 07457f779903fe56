import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type {
  AnswerRequest,
  AssetEvent,
  AssetHub,
  Backfill,
  Control,
  DagSpec,
  DueRun,
  InstanceCounts,
  InstanceRow,
  InstancesLook,
  Json,
  PastAnswer,
  PastNews,
  PastQuestion,
  PoolSetting,
  Pools,
  PoolTelling,
  QueuedRun,
  RunProgress,
  RunSummary,
  RunView,
  SlotsAnswer,
  TriggerRequest,
  Versions,
} from '../engine/interpreter';
import { assetMessages, backfillMessages, controlMessages, poolMessages, runMessages } from '../engine/interpreter';

export const runQuery = defineQuery<RunView>(runMessages.run);
/** A small part of the state, for the page of the run's DAG. */
export const progressQuery = defineQuery<RunProgress>(runMessages.progress);
/** Cancels what runs and ends the run as failed, `stopped by <user>`. */
export const stopSignal = defineSignal<[request?: { readonly by?: string }]>(runMessages.stop);

/** Answers a question. The update says when the answer cannot be one; the signal is for interfaces that send no updates. */
export const answerUpdate = defineUpdate<{ readonly answer: Json }, [AnswerRequest]>(runMessages.answer);
export const answerSignal = defineSignal<[AnswerRequest]>(runMessages.answer);

/** A shard of a mapped task tells its run how far it is. */
export const shardProgressedSignal = defineSignal<
  [{ readonly taskId: string; readonly shard: number; readonly counts: InstanceCounts }]
>(runMessages.shardProgressed);
/** The instances of a shard. */
export const instancesQuery = defineQuery<readonly InstanceRow[], [look: InstancesLook]>(runMessages.instances);
/** How the run before stands: the answer of the DAG's control, and its news. */
export const pastSignal = defineSignal<[PastAnswer]>(runMessages.past);

export interface DeployRequest {
  readonly spec: DagSpec;
  readonly versions: Versions;
  readonly folder: string;
  readonly by: string;
  readonly startsPaused: boolean;
  readonly nextRunAt: string | null;
}

export interface TriggerInput {
  readonly requests: readonly TriggerRequest[];
  readonly by: string;
}

export const controlQuery = defineQuery<Control>(controlMessages.control);
export const deployUpdate = defineUpdate<{ readonly paused: boolean }, [DeployRequest]>(controlMessages.deploy);
export const triggerUpdate = defineUpdate<readonly string[], [TriggerInput]>(controlMessages.trigger);
export const pauseUpdate = defineUpdate<void, [request?: { readonly by?: string }]>(controlMessages.pause);
export const unpauseUpdate = defineUpdate<void, [{ readonly by: string }]>(controlMessages.unpause);
export const cancelQueuedUpdate = defineUpdate<boolean, [{ readonly runId: string; readonly by: string }]>(
  controlMessages.cancelQueued,
);
/** Puts a note at a run; an empty text takes it away. */
export const noteUpdate = defineUpdate<void, [{ readonly runId: string; readonly text: string; readonly by: string }]>(
  controlMessages.note,
);
/** Ends the control of a DAG that was removed; runs under way are not touched. */
export const retireUpdate = defineUpdate<void, [{ readonly by: string }]>(controlMessages.retire);
export const dueSignal = defineSignal<[{ readonly runs: readonly DueRun[]; readonly nextRunAt: string | null }]>(
  controlMessages.due,
);
export const askPastSignal = defineSignal<[PastQuestion]>(controlMessages.askPast);
export const tellPastSignal = defineSignal<[PastNews]>(controlMessages.tellPast);
export const admitBackfillSignal = defineSignal<[{ readonly runs: readonly QueuedRun[] }]>(
  controlMessages.admitBackfill,
);
/** Null until it is planned. */
export const backfillQuery = defineQuery<Backfill | null>(backfillMessages.backfill);
/** Starts no further run; those that are active go on. */
export const pauseBackfillUpdate = defineUpdate<void, [request?: { readonly by?: string }]>(backfillMessages.pause);
export const resumeBackfillUpdate = defineUpdate<void, [request?: { readonly by?: string }]>(backfillMessages.resume);
/** Stops active runs; dates that have not begun never will. */
export const cancelBackfillUpdate = defineUpdate<void, [request?: { readonly by?: string }]>(backfillMessages.cancel);
export const runEndedSignal = defineSignal<[RunSummary]>(controlMessages.runEnded);

export const assetUpdatedSignal = defineSignal<[AssetEvent]>(controlMessages.assetUpdated);

export interface AssetRole {
  readonly dagId: string;
  readonly produces: boolean;
  readonly consumes: boolean;
}

export const hubQuery = defineQuery<AssetHub>(assetMessages.hub);
export const declareSignal = defineSignal<[AssetRole]>(assetMessages.declare);
export const happenSignal = defineSignal<[AssetEvent]>(assetMessages.happen);
/** The broker's answer to requests for slots. */
export const slotsSignal = defineSignal<[SlotsAnswer]>(runMessages.slots);

export const poolsQuery = defineQuery<Pools>(poolMessages.pools);
/** Requests for slots and slots given back, of one holder. */
export const tellSignal = defineSignal<[PoolTelling]>(poolMessages.tell);
export const setPoolUpdate = defineUpdate<void, [PoolSetting]>(poolMessages.set);
export const deletePoolUpdate = defineUpdate<void, [{ readonly name: string }]>(poolMessages.remove);
