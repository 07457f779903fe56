import { assertNever } from '../errors';
import type { Step } from '../run/events';
import type { AssetEvent } from './event';

/** What is known of one asset: who makes it, who waits for it, and what happened to it lately. */
export interface AssetHub {
  readonly format: 1;
  readonly name: string;
  /** Ids of DAGs, sorted. */
  readonly producers: readonly string[];
  readonly consumers: readonly string[];
  /** Newest first. An event that was handed to nobody was ignored, for no DAG waited for it then. */
  readonly events: readonly { readonly event: AssetEvent; readonly consumers: readonly string[] }[];
  /** Ids of events, newest first: a repeated one is nothing new. */
  readonly seen: readonly string[];
}

export type HubEvent =
  /** A DAG was deployed (or removed: neither) that makes the asset or waits for it. */
  | { readonly kind: 'declared'; readonly dagId: string; readonly produces: boolean; readonly consumes: boolean }
  | { readonly kind: 'happened'; readonly event: AssetEvent };

/** Put an event into the mailbox of a DAG that waits for the asset. */
export interface HubCommand {
  readonly kind: 'hand_over';
  readonly dagId: string;
  readonly event: AssetEvent;
}

const keptEvents = 100;

/** A run tells of an event again within seconds, or after a reset within days; thousands of ids cover both. */
const keptIds = 2_000;

export function newHub(name: string): AssetHub {
  return { format: 1, name, producers: [], consumers: [], events: [], seen: [] };
}

/** Hands each event to all who wait for the asset when it comes, once. */
export function advanceHub(hub: AssetHub, event: HubEvent): Step<AssetHub, HubCommand> {
  switch (event.kind) {
    case 'declared': {
      const producers = withMember(hub.producers, event.dagId, event.produces);
      const consumers = withMember(hub.consumers, event.dagId, event.consumes);
      return { state: { ...hub, producers, consumers }, commands: [] };
    }
    case 'happened':
      return happened(hub, event.event);
    default:
      return assertNever(event);
  }
}

function happened(hub: AssetHub, event: AssetEvent): Step<AssetHub, HubCommand> {
  if (hub.seen.includes(event.id)) return { state: hub, commands: [] };
  const { consumers } = hub;
  const state = {
    ...hub,
    events: [{ event, consumers }, ...hub.events].slice(0, keptEvents),
    seen: [event.id, ...hub.seen].slice(0, keptIds),
  };
  return { state, commands: consumers.map((dagId) => ({ kind: 'hand_over', dagId, event })) };
}

function withMember(members: readonly string[], dagId: string, isMember: boolean): readonly string[] {
  const others = members.filter((one) => one !== dagId);
  return isMember ? [...others, dagId].sort() : others;
}
