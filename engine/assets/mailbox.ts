import type { DataInterval } from '../time/interval';
import { type AssetSchedule, assetNames, isMet } from './condition';
import type { AssetEvent } from './event';

/** What became of an event: every one ends in exactly one of these. */
export type Outcome =
  | { readonly kind: 'consumed'; readonly runId: string }
  /** A newer event of the same asset, or a run that had not started yet, stands for it. */
  | { readonly kind: 'merged'; readonly runId: string }
  | { readonly kind: 'ignored'; readonly why: string };

export interface EventRecord {
  readonly id: string;
  readonly asset: string;
  readonly at: string;
  readonly outcome: Outcome;
}

/** The events that came for a DAG: those that wait for others, and what became of the rest. */
export interface Mailbox {
  readonly pending: readonly AssetEvent[];
  /** Newest first. */
  readonly records: readonly EventRecord[];
  /** Ids of events that came, newest first: one that comes again is nothing new. */
  readonly seen: readonly string[];
}

export const emptyMailbox: Mailbox = { pending: [], records: [], seen: [] };

/** They travel with the control's state: enough to look back on, few enough to stay small. */
const keptRecords = 200;
const keptIds = 2_000;

/** A run that is due because its assets were updated. */
export interface AssetRun {
  readonly partition: string | null;
  readonly interval: DataInterval;
  readonly events: readonly AssetEvent[];
}

/** Events that travel with a run; more would be told by none who reads them. */
const keptEvents = 100;

/** Takes in an event that is not known yet. */
export function take(mailbox: Mailbox, event: AssetEvent): Mailbox {
  const seen = [event.id, ...mailbox.seen].slice(0, keptIds);
  return { ...mailbox, seen, pending: [...mailbox.pending, event] };
}

/** Whether an event came before: by its id, however often it is told. */
export function isKnown(mailbox: Mailbox, event: AssetEvent): boolean {
  return mailbox.seen.includes(event.id);
}

/** Takes events out of those that wait, each with what became of it. */
export function settle(
  mailbox: Mailbox,
  events: readonly AssetEvent[],
  at: string,
  outcomeOf: (event: AssetEvent) => Outcome,
): Mailbox {
  const gone = new Set(events.map((event) => event.id));
  const records = events.map((event) => ({ id: event.id, asset: event.asset, at, outcome: outcomeOf(event) }));
  return {
    ...mailbox,
    pending: mailbox.pending.filter((event) => !gone.has(event.id)),
    records: [...records.reverse(), ...mailbox.records].slice(0, keptRecords),
  };
}

/** The partition by which an event is counted; all are one where partitions do not matter. */
export function partitionOf(schedule: AssetSchedule, event: AssetEvent): string | null {
  return schedule.eachPartition ? event.partition : null;
}

/** The first run, by the order of events, whose condition is met by what waits; null when none is. */
export function dueAssetRun(schedule: AssetSchedule, pending: readonly AssetEvent[]): AssetRun | null {
  const partitions = [...new Set(pending.map((event) => partitionOf(schedule, event)))];
  for (const partition of partitions) {
    const events = pending.filter((event) => partitionOf(schedule, event) === partition);
    if (!isMet(schedule.condition, new Set(events.map((event) => event.asset)))) continue;
    return { partition, interval: hullOf(events), events };
  }
  return null;
}

/** The events that stand for their assets: the newest of each. */
export function newestOfEach(events: readonly AssetEvent[]): ReadonlySet<string> {
  return new Set(new Map(events.map((event) => [event.asset, event.id])).values());
}

/** Waiting events of assets that the schedule does not name (any more). */
export function unnamed(schedule: AssetSchedule | undefined, pending: readonly AssetEvent[]): readonly AssetEvent[] {
  const names = schedule === undefined ? [] : assetNames(schedule.condition);
  return pending.filter((event) => !names.includes(event.asset));
}

/** From the first beginning to the last end of the intervals that events are of. */
export function hullOf(events: readonly AssetEvent[]): DataInterval {
  const intervals = events.map(({ interval, at }) => interval ?? { start: at, end: at });
  const byTime = (a: string, b: string): number => Date.parse(a) - Date.parse(b);
  const starts = intervals.map(({ start }) => start).sort(byTime);
  const ends = intervals.map(({ end }) => end).sort(byTime);
  return { start: starts[0] as string, end: ends.at(-1) as string };
}

/** The events that a run is told of, newest last. */
export function toldEvents(events: readonly AssetEvent[]): readonly AssetEvent[] {
  return events.slice(-keptEvents);
}
