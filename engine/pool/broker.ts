import type { Step } from '../run/events';
import { epochMs } from '../time/instant';
import { poolOf, type Want } from './wants';

/** Who asks: one execution of a workflow, through its continuations. */
export interface Holder {
  readonly workflowId: string;
  readonly execution: string;
}

/** A request for slots, all or none; granted, it is a lease. */
export interface SlotsAsk {
  readonly holder: Holder;
  /** Unique for its holder. */
  readonly lease: string;
  readonly wants: readonly Want[];
  /** Larger goes first. */
  readonly priority: number;
}

export interface KnownAsk extends SlotsAsk {
  readonly askedAt: string;
}

/** All pools, leases and requests: the whole state of the broker, as plain data. */
export interface Pools {
  readonly format: 1;
  readonly pools: { readonly [name: string]: { readonly slots: number; readonly description: string } };
  readonly leases: { readonly [key: string]: KnownAsk };
  readonly queue: { readonly [key: string]: KnownAsk };
}

export type PoolEvent =
  | { readonly kind: 'asked'; readonly asks: readonly SlotsAsk[]; readonly at: string }
  | {
      readonly kind: 'returned';
      readonly holder: Holder;
      readonly leases: readonly string[];
      readonly at: string;
    }
  /** These executions are over, or gone: what they held and asked for is free. */
  | { readonly kind: 'holders_gone'; readonly holders: readonly Holder[]; readonly at: string }
  | {
      readonly kind: 'pool_set';
      readonly name: string;
      readonly slots: number;
      readonly description: string;
      readonly at: string;
    }
  | { readonly kind: 'pool_deleted'; readonly name: string; readonly at: string }
  | { readonly kind: 'time_passed'; readonly at: string };

/** What to tell a holder. */
export interface PoolCommand {
  readonly kind: 'granted' | 'waits';
  readonly ask: KnownAsk;
}

export const noPools: Pools = { format: 1, pools: {}, leases: {}, queue: {} };

/**
 * Who has waited this long goes before everybody who has not, whatever the priorities, and holds free
 * what it needs: nobody starves, and until then priorities count.
 */
export const patienceMs = 300_000;

/**
 * The lease broker. Leases never add up to more than a limit has; every request is granted once those
 * before it have been, as long as leases come back; equal events give equal states.
 */
export function advancePools(before: Pools, event: PoolEvent): Step<Pools, PoolCommand> {
  const changed = apply(before, event);
  const { state, granted } = grant(changed, event.at);
  const again = event.kind === 'asked' ? event.asks.map(keyOf) : [];
  const isNews = (ask: KnownAsk): boolean => again.includes(keyOf(ask));
  // Who asks twice is answered twice: the first answer may have been lost with its messenger.
  const repeated = Object.values(before.leases).filter(isNews);
  const waiting = Object.values(state.queue).filter(isNews);
  return {
    state,
    commands: [
      ...[...repeated, ...granted].map((ask) => ({ kind: 'granted', ask }) as const),
      ...waiting.map((ask) => ({ kind: 'waits', ask }) as const),
    ],
  };
}

function apply(state: Pools, event: PoolEvent): Pools {
  switch (event.kind) {
    case 'asked': {
      const isKnown = (key: string): boolean => key in state.leases || key in state.queue;
      const fresh = event.asks.filter((ask) => !isKnown(keyOf(ask)));
      const added = fresh.map((ask) => [keyOf(ask), { ...ask, askedAt: event.at }] as const);
      return { ...state, queue: { ...state.queue, ...Object.fromEntries(added) } };
    }
    case 'returned': {
      const keys = new Set(event.leases.map((lease) => keyOf({ holder: event.holder, lease })));
      return without(state, (key) => keys.has(key));
    }
    case 'holders_gone': {
      const gone = new Set(event.holders.map(holderKey));
      return without(state, (_key, ask) => gone.has(holderKey(ask.holder)));
    }
    case 'pool_set': {
      const { name, slots, description } = event;
      return { ...state, pools: { ...state.pools, [name]: { slots, description } } };
    }
    case 'pool_deleted': {
      const { [event.name]: _deleted, ...pools } = state.pools;
      return { ...state, pools };
    }
    case 'time_passed':
      return state;
  }
}

function without(state: Pools, isGone: (key: string, ask: KnownAsk) => boolean): Pools {
  const rest = (asks: Pools['queue']): Pools['queue'] =>
    Object.fromEntries(Object.entries(asks).filter(([key, ask]) => !isGone(key, ask)));
  return { ...state, leases: rest(state.leases), queue: rest(state.queue) };
}

/** Grants in order. A request that finds no room closes the limit to those behind it, so that room for it can gather. */
function grant(state: Pools, at: string): { readonly state: Pools; readonly granted: readonly KnownAsk[] } {
  const used = usedSlots(state);
  const closed = new Set<string>();
  const granted: KnownAsk[] = [];
  for (const ask of inOrder(state, at)) {
    const lacking = ask.wants.filter((want) => closed.has(want.limit) || !hasRoom(state, used, want));
    if (lacking.length === 0) {
      granted.push(ask);
      for (const { limit, slots } of ask.wants) used.set(limit, usedOf(used, limit) + slots);
      continue;
    }
    // What can never be had, however many come back, must not stop others.
    if (ask.wants.some((want) => isImpossible(state, want))) continue;
    for (const { limit } of isPatient(ask, at) ? ask.wants : lacking) closed.add(limit);
  }
  if (granted.length === 0) return { state, granted };
  const entries = granted.map((ask) => [keyOf(ask), ask] as const);
  const keys = new Set(entries.map(([key]) => key));
  const queue = Object.fromEntries(Object.entries(state.queue).filter(([key]) => !keys.has(key)));
  return { state: { ...state, queue, leases: { ...state.leases, ...Object.fromEntries(entries) } }, granted };
}

/** The queue in the order in which it is served. Of equal rank those are first that asked first, as the queue keeps them. */
export function inOrder(state: Pools, at: string): readonly KnownAsk[] {
  const rank = (ask: KnownAsk): number => (isPatient(ask, at) ? Number.MAX_SAFE_INTEGER : ask.priority);
  return Object.values(state.queue).sort((a, b) => rank(b) - rank(a));
}

/** Slots taken of each limit. */
export function usedSlots(state: Pools): Map<string, number> {
  const used = new Map<string, number>();
  for (const { wants } of Object.values(state.leases))
    for (const { limit, slots } of wants) used.set(limit, usedOf(used, limit) + slots);
  return used;
}

export function usedOf(used: ReadonlyMap<string, number>, limit: string): number {
  return used.get(limit) ?? 0;
}

/** How many slots a limit has; null for a pool that does not exist. */
export function capacityOf(state: Pools, { limit, capacity }: Want): number | null {
  const pool = poolOf(limit);
  return pool === null ? capacity : (state.pools[pool]?.slots ?? null);
}

export function hasRoom(state: Pools, used: ReadonlyMap<string, number>, want: Want): boolean {
  const capacity = capacityOf(state, want);
  return capacity !== null && usedOf(used, want.limit) + want.slots <= capacity;
}

function isImpossible(state: Pools, want: Want): boolean {
  return want.slots > (capacityOf(state, want) ?? 0);
}

function isPatient({ askedAt }: KnownAsk, at: string): boolean {
  return epochMs(at) - epochMs(askedAt) >= patienceMs;
}

/** The key of a request; neither part holds a line break. */
export function keyOf({ holder, lease }: Pick<SlotsAsk, 'holder' | 'lease'>): string {
  return `${holderKey(holder)}\n${lease}`;
}

function holderKey({ workflowId, execution }: Holder): string {
  return `${workflowId}\n${execution}`;
}
