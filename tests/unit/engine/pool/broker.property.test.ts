import { describe, test } from '@jest/globals';
import fc from 'fast-check';
import {
  advancePools,
  keyOf,
  noPools,
  type PoolEvent,
  type Pools,
  patienceMs,
  type SlotsAsk,
  usedSlots,
} from '../../../../engine/pool/broker';
import { isoInstant } from '../../../../engine/time/instant';
import { ensure, ensureSame, holds } from '../../../support/properties';

const capacities: { readonly [limit: string]: number } = { 'pool/a': 3, 'pool/b': 2, 'dag/shop': 2, 'task/shop/x': 1 };
const limits = Object.keys(capacities);

const someAsk: fc.Arbitrary<Pick<SlotsAsk, 'wants' | 'priority'>> = fc.record({
  priority: fc.integer({ min: 0, max: 5 }),
  wants: fc
    .uniqueArray(fc.tuple(fc.constantFrom(...limits), fc.integer({ min: 1, max: 3 })), {
      minLength: 1,
      maxLength: 3,
      selector: ([limit]) => limit,
    })
    .map((wants) =>
      wants.map(([limit, slots]) => ({
        limit,
        slots: Math.min(slots, Number(capacities[limit])),
        capacity: limit.startsWith('pool/') ? null : Number(capacities[limit]),
      })),
    ),
});

/** What happens next: somebody asks (perhaps twice), a lease comes back, a holder dies. */
const someStep = fc.record({
  kind: fc.constantFrom('ask', 'ask', 'ask_twice', 'give_back', 'give_back', 'die'),
  ask: someAsk,
  pick: fc.nat({ max: 1_000 }),
  passMs: fc.nat({ max: patienceMs / 4 }),
});

class Play {
  state: Pools = noPools;
  private nowMs = 0;
  private count = 0;

  constructor(private readonly look: (before: Pools, event: PoolEvent, after: Pools) => void = () => undefined) {
    for (const name of ['a', 'b'])
      this.send({ kind: 'pool_set', name, slots: Number(capacities[`pool/${name}`]), description: '', at: this.at });
  }

  get at(): string {
    return isoInstant(this.nowMs);
  }

  step({
    kind,
    ask,
    pick,
    passMs,
  }: {
    kind: string;
    ask: Pick<SlotsAsk, 'wants' | 'priority'>;
    pick: number;
    passMs: number;
  }): void {
    this.nowMs += passMs;
    if (kind === 'ask' || kind === 'ask_twice') {
      this.count += 1;
      const holder = { workflowId: `run${this.count % 7}`, execution: 'e' };
      const event = { kind: 'asked', asks: [{ holder, lease: `l${this.count}`, ...ask }], at: this.at } as const;
      this.send(event);
      if (kind === 'ask_twice') this.send(event);
      return;
    }
    const leases = Object.values(this.state.leases);
    const picked = leases[pick % leases.length];
    if (picked === undefined) return;
    const { holder, lease } = picked;
    if (kind === 'die') this.send({ kind: 'holders_gone', holders: [holder], at: this.at });
    else this.send({ kind: 'returned', holder, leases: [lease], at: this.at });
  }

  private send(event: PoolEvent): void {
    const before = this.state;
    this.state = advancePools(before, event).state;
    this.look(before, event, this.state);
  }
}

const steps = fc.array(someStep, { maxLength: 80 });
const runs = 300;

describe('any requests, returns and deaths, in any order', () => {
  test('never overdraw a limit', () => {
    holds(
      fc.property(steps, (all) => {
        const play = new Play((_before, _event, after) => {
          for (const [limit, slots] of usedSlots(after))
            ensure(slots <= Number(capacities[limit]), `${slots} slots of ${limit} are held`);
        });
        for (const step of all) play.step(step);
      }),
      { runs },
    );
  });

  test('lose no request: it waits, or is held, until it is given back or its holder is gone', () => {
    holds(
      fc.property(steps, (all) => {
        const play = new Play((before, event, after) => {
          const known = (state: Pools): Set<string> =>
            new Set([...Object.keys(state.leases), ...Object.keys(state.queue)]);
          const expected = known(before);
          if (event.kind === 'asked') for (const ask of event.asks) expected.add(keyOf(ask));
          if (event.kind === 'returned')
            for (const lease of event.leases) expected.delete(keyOf({ holder: event.holder, lease }));
          if (event.kind === 'holders_gone')
            for (const key of [...expected])
              if (event.holders.some(({ workflowId }) => key.startsWith(`${workflowId}\n`))) expected.delete(key);
          ensureSame([...known(after)].sort(), [...expected].sort(), 'requests and leases');
          for (const key of Object.keys(before.leases))
            ensure(key in after.leases || !expected.has(key), `the lease ${key} stays a lease`);
        });
        for (const step of all) play.step(step);
      }),
      { runs },
    );
  });

  test('starve nobody: while others go on asking, each request is served once leases come back', () => {
    holds(
      fc.property(steps, fc.array(someAsk, { minLength: 1, maxLength: 6 }), (all, rivals) => {
        const play = new Play();
        for (const step of all) play.step(step);
        const waiting = new Set(Object.keys(play.state.queue));
        // Rivals of the largest priority ask for ever; time passes, and the oldest lease comes back.
        for (let round = 0; round < 60 + waiting.size * 8; round += 1) {
          const rival = { ...(rivals[round % rivals.length] as (typeof rivals)[number]), priority: 99 };
          play.step({ kind: 'ask', ask: rival, pick: 0, passMs: patienceMs / 4 });
          play.step({ kind: 'give_back', ask: rival, pick: 0, passMs: 0 });
          play.step({ kind: 'give_back', ask: rival, pick: 0, passMs: 0 });
        }
        for (const key of waiting) ensure(!(key in play.state.queue), `${key} was served`);
      }),
      { runs: 100 },
    );
  });

  test('leave no free slots idle that somebody asks for, with nobody before him', () => {
    holds(
      fc.property(steps, (all) => {
        const play = new Play((_before, _event, after) => {
          const used = usedSlots(after);
          const alone = Object.values(after.queue).filter(({ wants }) =>
            wants.every(({ limit, slots }) => (used.get(limit) ?? 0) + slots <= Number(capacities[limit])),
          );
          // Whoever would find room waits only behind another that finds none.
          ensure(alone.length < Math.max(1, Object.keys(after.queue).length), 'somebody finds no room');
        });
        for (const step of all) play.step(step);
      }),
      { runs },
    );
  });
});
