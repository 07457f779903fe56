import { allHandlersFinished, condition, continueAsNew, setHandler, sleep, workflowInfo } from '@temporalio/workflow';
import {
  advancePools,
  type Holder,
  isoInstantMs,
  noPools,
  type PoolCommand,
  type PoolEvent,
  type Pools,
  poolsPage,
  waitText,
} from '../engine/interpreter';
import { type HolderAnswer, houseActivities } from './house-activities';
import { deletePoolUpdate, poolsQuery, setPoolUpdate, tellSignal } from './messages';
import { showDetails } from './show-details';

/** As for a DAG's control: a quick replay, and room for a burst. */
const maxHistoryEvents = 1_500;

/** How often it is looked whether the holders of leases still live: one that was terminated by hand gives nothing back. */
const lookForGoneHoldersEvery = '30 seconds';

export interface PoolsInput {
  /** The state to go on from, after continue-as-new. */
  readonly pools: Pools | null;
}

/**
 * The lease broker: one per namespace, started by whoever needs it first. Asked and answered by
 * signals, since a run may wait for long. All decisions are in `engine/pool`; this performs them.
 */
export async function pools(input: PoolsInput): Promise<void> {
  await new PoolsDriver(input).drive();
}

class PoolsDriver {
  private state: Pools;
  private readonly outbox: PoolCommand[] = [];

  constructor(input: PoolsInput) {
    this.state = input.pools ?? noPools;
    setHandler(poolsQuery, () => this.state, { description: 'pools, leases and who waits' });
    setHandler(tellSignal, ({ holder, asks, returned }) => {
      // What was given back first makes room for what is asked.
      if (returned.length > 0) this.apply({ kind: 'returned', holder, leases: returned, at: now() });
      if (asks.length > 0) this.apply({ kind: 'asked', asks: asks.map((ask) => ({ holder, ...ask })), at: now() });
    });
    setHandler(setPoolUpdate, (pool) => this.apply({ kind: 'pool_set', ...pool, at: now() }));
    setHandler(deletePoolUpdate, ({ name }) => this.apply({ kind: 'pool_deleted', name, at: now() }));
    showDetails(() => poolsPage(this.state));
  }

  async drive(): Promise<void> {
    void this.lookForGoneHolders();
    for (;;) {
      await condition(() => this.outbox.length > 0 || isLong());
      while (this.outbox.length > 0) await this.answer();
      if (isLong()) await this.goOn();
    }
  }

  private apply(event: PoolEvent): void {
    const { state, commands } = advancePools(this.state, event);
    this.state = state;
    this.outbox.push(...commands);
  }

  private async answer(): Promise<void> {
    const answers = new Map<string, HolderAnswer>();
    for (const { kind, ask } of this.outbox.splice(0)) {
      const key = JSON.stringify(ask.holder);
      const { holder, granted, waiting } = answers.get(key) ?? { holder: ask.holder, granted: [], waiting: [] };
      const text = kind === 'waits' ? waitText(this.state, ask, now()) : null;
      if (kind === 'waits' && text === null) continue;
      answers.set(key, {
        holder,
        granted: kind === 'granted' ? [...granted, ask.lease] : granted,
        waiting: text === null ? waiting : [...waiting, { lease: ask.lease, text }],
      });
    }
    if (answers.size === 0) return;
    this.forget(await houseActivities.answerHolders({ answers: [...answers.values()] }));
  }

  private async lookForGoneHolders(): Promise<void> {
    for (;;) {
      await condition(() => this.holders().length > 0);
      await sleep(lookForGoneHoldersEvery);
      this.forget(await houseActivities.goneHolders({ holders: this.holders() }));
      this.apply({ kind: 'time_passed', at: now() });
    }
  }

  private forget(holders: readonly Holder[]): void {
    if (holders.length > 0) this.apply({ kind: 'holders_gone', holders, at: now() });
  }

  private holders(): readonly Holder[] {
    const all = [...Object.values(this.state.leases), ...Object.values(this.state.queue)];
    return [...new Map(all.map(({ holder }) => [JSON.stringify(holder), holder])).values()];
  }

  private async goOn(): Promise<void> {
    await condition(allHandlersFinished);
    if (this.outbox.length > 0) return;
    await continueAsNew<typeof pools>({ pools: this.state });
  }
}

function isLong(): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  return historyLength > maxHistoryEvents || continueAsNewSuggested;
}

function now(): string {
  return isoInstantMs(Date.now());
}
