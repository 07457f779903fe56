import { test } from '@jest/globals';
import fc from 'fast-check';
import { type AssetSchedule, asset, assets, eachPartition } from '../../../../engine/assets/condition';
import { type AssetHub, advanceHub, type HubCommand, newHub } from '../../../../engine/assets/hub';
import { advanceControl } from '../../../../engine/control/advance';
import { type Control, type ControlEvent, newControl } from '../../../../engine/control/state';
import { anEvent, deployedFor, updated } from '../../../support/assets';
import { aSummary, second } from '../../../support/control';
import { ensure, ensureSame, holds } from '../../../support/properties';

const names = ['a', 'b', 'c'] as const;
const dagIds = ['x', 'y', 'z'] as const;

const someAsset = fc.constantFrom(...names).map(asset);
const someSchedule: fc.Arbitrary<AssetSchedule> = fc.oneof(
  someAsset.map((condition) => ({ condition, eachPartition: false })),
  fc.tuple(someAsset, someAsset).map(([one, two]) => ({ condition: assets.all(one, two), eachPartition: false })),
  fc.tuple(someAsset, someAsset).map(([one, two]) => ({ condition: assets.any(one, two), eachPartition: false })),
  fc
    .tuple(someAsset, someAsset, someAsset)
    .map(([one, two, three]) => eachPartition(assets.all(one, assets.any(two, three)))),
);

type Happening =
  | { readonly kind: 'made'; readonly asset: string; readonly day: number }
  /** A word that was sent comes twice: its sender or its carrier died before it knew that it had arrived. */
  | { readonly kind: 'made_again' | 'delivered' | 'delivered_twice'; readonly pick: number }
  | {
      readonly kind: 'deployed';
      readonly dag: number;
      readonly schedule: AssetSchedule | undefined;
      readonly maxActiveRuns: number;
    }
  | { readonly kind: 'paused' | 'unpaused' | 'run_ended'; readonly dag: number };

const pick = fc.nat({ max: 40 });
const dag = fc.nat({ max: dagIds.length - 1 });
const someHappening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    kind: fc.constant('made' as const),
    asset: fc.constantFrom(...names),
    day: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({
    kind: fc.constantFrom(
      'made_again' as const,
      'delivered' as const,
      'delivered' as const,
      'delivered_twice' as const,
    ),
    pick,
  }),
  fc.record({
    kind: fc.constant('deployed' as const),
    dag,
    schedule: fc.option(someSchedule, { nil: undefined, freq: 6 }),
    maxActiveRuns: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({
    kind: fc.constantFrom('paused' as const, 'unpaused' as const, 'unpaused' as const, 'run_ended' as const),
    dag,
  }),
);

/** Hubs, controls, and what is on its way between them; all in any order. */
class World {
  readonly hubs = new Map<string, AssetHub>(names.map((name) => [name, newHub(name)]));
  readonly controls = new Map<string, Control>(dagIds.map((dagId) => [dagId, newControl(dagId)]));
  readonly started = new Map<string, readonly string[]>();
  private readonly onTheirWay: HubCommand[] = [];
  private readonly made: ReturnType<typeof anEvent>[] = [];
  private step = 0;

  happen(happening: Happening): void {
    this.step += 1;
    switch (happening.kind) {
      case 'made': {
        const event = anEvent(happening.asset, this.step, happening.day);
        this.made.push(event);
        return this.tell(event);
      }
      case 'made_again': {
        const event = this.made[happening.pick % Math.max(1, this.made.length)];
        return event === undefined ? undefined : this.tell(event);
      }
      case 'delivered':
      case 'delivered_twice':
        return this.deliver(happening.pick, happening.kind === 'delivered_twice');
      case 'deployed':
        return this.deploy(dagIds[happening.dag] as string, happening);
      default:
        return this.change(dagIds[happening.dag] as string, happening.kind);
    }
  }

  /** Everything that is on its way arrives. */
  settle(): void {
    while (this.onTheirWay.length > 0) this.deliver(0, false);
  }

  private tell(event: ReturnType<typeof anEvent>): void {
    const { state, commands } = advanceHub(this.hubs.get(event.asset) as AssetHub, { kind: 'happened', event });
    this.hubs.set(event.asset, state);
    this.onTheirWay.push(...commands);
  }

  private deliver(which: number, isRepeated: boolean): void {
    const index = which % Math.max(1, this.onTheirWay.length);
    const command = this.onTheirWay[index];
    if (command === undefined) return;
    if (!isRepeated) this.onTheirWay.splice(index, 1);
    this.send(command.dagId, updated(command.event, second(this.step)));
  }

  private deploy(dagId: string, { schedule, maxActiveRuns }: Extract<Happening, { kind: 'deployed' }>): void {
    this.send(dagId, deployedFor(schedule, { maxActiveRuns }));
    const text = JSON.stringify(schedule ?? null);
    for (const [name, hub] of this.hubs) {
      const consumes = text.includes(`"name":"${name}"`);
      this.hubs.set(name, advanceHub(hub, { kind: 'declared', dagId, produces: false, consumes }).state);
    }
  }

  change(dagId: string, kind: 'paused' | 'unpaused' | 'run_ended'): void {
    const at = second(this.step);
    const run = this.controls.get(dagId)?.active[0];
    if (kind === 'paused') this.send(dagId, { kind, by: 'ada', at });
    if (kind === 'unpaused') this.send(dagId, { kind, at });
    if (kind === 'run_ended' && run !== undefined) {
      this.send(dagId, { kind, summary: aSummary(run.runId, { endedAt: at }), at });
    }
  }

  private send(dagId: string, event: ControlEvent): void {
    const before = this.controls.get(dagId) as Control;
    const { state, commands } = advanceControl(JSON.parse(JSON.stringify(before)) as Control, event);
    this.controls.set(dagId, state);
    for (const command of commands) {
      if (command.kind !== 'start_run') continue;
      const key = `${dagId} ${command.run.runId}`;
      ensure(!this.started.has(key), `${key} is started once`);
      this.started.set(
        key,
        (command.run.assetEvents ?? []).map(({ id }) => id),
      );
    }
  }
}

/** Each event that was handed to a DAG waits there or has one record, and no other event has any. */
function checkConserved(world: World): void {
  for (const [dagId, { mailbox }] of world.controls) {
    const handed = [...world.hubs.values()].flatMap(({ events }) =>
      events.filter(({ consumers }) => consumers.includes(dagId)).map(({ event }) => event.id),
    );
    const accounted = [...mailbox.pending.map(({ id }) => id), ...mailbox.records.map(({ id }) => id)];
    ensureSame([...accounted].sort(), [...handed].sort(), `events of ${dagId}`);
    for (const { id, outcome } of mailbox.records) {
      if (outcome.kind === 'ignored') continue;
      const told = world.started.get(`${dagId} ${outcome.runId}`);
      const queued = world.controls.get(dagId)?.queued.find((run) => run.runId === outcome.runId);
      const ids = told ?? queued?.assetEvents?.map((event) => event.id);
      ensure(ids?.includes(id) === true, `${outcome.runId} stands for ${id}`);
    }
  }
}

const someLife = fc.array(someHappening, { maxLength: 80 });

test('each event ends in one record per DAG that waited for it: consumed, merged or ignored', () => {
  holds(
    fc.property(someLife, (happenings) => {
      const world = new World();
      for (const happening of happenings) world.happen(happening);
      world.settle();
      checkConserved(world);
    }),
    { runs: 150 },
  );
});

test('no event is stranded: once runs end and nothing is paused, only events that lack others still wait', () => {
  holds(
    fc.property(someLife, (happenings) => {
      const world = new World();
      for (const happening of happenings) world.happen(happening);
      world.settle();
      for (const dagId of dagIds) {
        world.change(dagId, 'unpaused');
        for (let run = 0; run < 90; run += 1) world.change(dagId, 'run_ended');
      }
      checkConserved(world);
      for (const control of world.controls.values())
        ensureSame([control.queued, control.active], [[], []], 'what waits and runs');
    }),
    { runs: 60 },
  );
});
