import type { AssetEvent } from '../assets/event';
import {
  type AssetRun,
  dueAssetRun,
  hullOf,
  isKnown,
  newestOfEach,
  type Outcome,
  partitionOf,
  settle,
  take,
  toldEvents,
  unnamed,
} from '../assets/mailbox';
import { epochMs, isoInstantMs } from '../time/instant';
import { automaticParams } from './scheduled-run';
import { type Control, pauseText, type QueuedRun } from './state';

/**
 * Takes an event of an asset. It is ignored while the DAG is paused, as in Airflow; it joins a run
 * that waits for its start, since that will see it; else it waits until the condition is met.
 */
export function assetUpdated(control: Control, event: AssetEvent, at: string): Control {
  if (isKnown(control.mailbox, event)) return control;
  const taken = { ...control, mailbox: take(control.mailbox, event) };
  const ignored = (why: string): Control => settled(taken, [event], at, () => ({ kind: 'ignored', why }));
  if (control.paused !== null) return ignored(pauseText(control.paused));
  const schedule = control.deployment?.spec.assets;
  if (schedule === undefined || unnamed(schedule, [event]).length > 0) return ignored('this DAG does not wait for it');
  const queued = joinable(control.queued, partitionOf(schedule, event));
  return queued === undefined ? taken : joined(taken, queued, event, at);
}

/** Queues the runs whose conditions are met, and lets go of events that the DAG does not wait for any more. */
export function startByAssets(control: Control, at: string): Control {
  const schedule = control.deployment?.spec.assets;
  const foreign = unnamed(schedule, control.mailbox.pending);
  let state = settled(control, foreign, at, () => ({ kind: 'ignored', why: 'this DAG does not wait for it any more' }));
  if (schedule === undefined || state.paused !== null) return state;
  let run = dueAssetRun(schedule, state.mailbox.pending);
  while (run !== null) {
    state = queueRun(state, run, at);
    run = dueAssetRun(schedule, state.mailbox.pending);
  }
  return state;
}

function joinable(queued: readonly QueuedRun[], wanted: string | null): QueuedRun | undefined {
  return queued.find(({ runType, partition }) => runType === 'asset_triggered' && (partition ?? null) === wanted);
}

function joined(control: Control, run: QueuedRun, event: AssetEvent, at: string): Control {
  // A run for assets stands for some.
  const events = [...(run.assetEvents as readonly AssetEvent[]), event];
  const interval = hullOf([event, { ...event, interval: run.interval }]);
  const queued = control.queued.map((one) =>
    one === run ? { ...run, interval, assetEvents: toldEvents(events) } : one,
  );
  return settled({ ...control, queued }, [event], at, () => ({ kind: 'merged', runId: run.runId }));
}

function queueRun(control: Control, { partition, interval, events }: AssetRun, at: string): Control {
  const lastManualMs = Math.max(epochMs(at), control.lastManualMs + 1);
  const runId = `asset_triggered__${isoInstantMs(lastManualMs)}`;
  const run: QueuedRun = {
    runId,
    runType: 'asset_triggered',
    interval,
    params: automaticParams(control),
    triggeredBy: 'assets',
    queuedAt: at,
    assetEvents: toldEvents(events),
    ...(partition === null ? {} : { partition }),
  };
  const newest = newestOfEach(events);
  const state = { ...control, lastManualMs, queued: [...control.queued, run] };
  return settled(state, events, at, ({ id }) => ({ kind: newest.has(id) ? 'consumed' : 'merged', runId }));
}

function settled(
  control: Control,
  events: readonly AssetEvent[],
  at: string,
  outcomeOf: (event: AssetEvent) => Outcome,
): Control {
  return events.length === 0 ? control : { ...control, mailbox: settle(control.mailbox, events, at, outcomeOf) };
}
