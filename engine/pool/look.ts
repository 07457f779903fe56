import {
  capacityOf,
  hasRoom,
  inOrder,
  type KnownAsk,
  keyOf,
  type Pools,
  type SlotsAsk,
  usedOf,
  usedSlots,
} from './broker';
import { limitText, poolOf, type Want } from './wants';

/** One pool, for people. */
export interface PoolView {
  readonly name: string;
  readonly description: string;
  readonly slots: number;
  readonly used: number;
  readonly waiting: number;
}

/** All pools by name. */
export function poolViews(state: Pools): readonly PoolView[] {
  const used = usedSlots(state);
  return Object.entries(state.pools)
    .map(([name, pool]) => {
      const limit = `pool/${name}`;
      const waiting = Object.values(state.queue).filter((ask) => ask.wants.some((want) => want.limit === limit)).length;
      return { name, ...pool, used: usedOf(used, limit), waiting };
    })
    .sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

/** Why a request waits, in one sentence; null when it does not wait. */
export function waitText(state: Pools, ask: Pick<SlotsAsk, 'holder' | 'lease'>, at: string): string | null {
  const key = keyOf(ask);
  const queue = inOrder(state, at);
  const waiting = queue.find((one) => keyOf(one) === key);
  if (waiting === undefined) return null;
  const used = usedSlots(state);
  const want = waiting.wants.find((one) => !hasRoom(state, used, one)) ?? (waiting.wants[0] as Want);
  const capacity = capacityOf(state, want);
  const limit = limitText(want.limit);
  if (capacity === null) return `${limit} does not exist; tidemill pools set ${poolOf(want.limit)} SLOTS`;
  if (want.slots > capacity) return `it needs ${want.slots} slots of ${limit}, which has ${capacity}`;
  const before = queue.filter((one) => one.wants.some(({ limit: other }) => other === want.limit));
  const place = before.findIndex((one) => keyOf(one) === key) + 1;
  return `${limit}: place ${place} of ${before.length}, ${usedOf(used, want.limit)} of ${capacity} slots in use`;
}

/** Who holds or asks for something of a pool. */
export function usersOf(state: Pools, pool: string): readonly KnownAsk[] {
  const limit = `pool/${pool}`;
  const all = [...Object.values(state.leases), ...Object.values(state.queue)];
  return all.filter((ask) => ask.wants.some((want) => want.limit === limit));
}

/** The broker's page in Temporal's UI. */
export function poolsPage(state: Pools): string {
  const rows = poolViews(state).map(
    ({ name, slots, used, waiting, description }) =>
      `| ${name} | ${used} of ${slots} | ${waiting} | ${description.replaceAll('|', '\\|').replaceAll('\n', ' ')} |`,
  );
  const counts = `${Object.keys(state.leases).length} leases, ${Object.keys(state.queue).length} requests wait`;
  return [`**Pools** · ${counts}`, '', '| pool | slots in use | waiting | |', '|---|---|--:|---|', ...rows].join('\n');
}
