import type { Holder, SlotsAsk } from '../engine/interpreter';
import { houseActivities } from './house-activities';

type Ask = Omit<SlotsAsk, 'holder'>;

/** Brings a run's requests for slots, and what it gives back, to the broker: in order, and what gathers meanwhile at once. */
export class SlotsDesk {
  private asks: readonly Ask[] = [];
  private returned: readonly string[] = [];
  private isBusy = false;

  constructor(private readonly holder: Holder) {}

  ask(ask: Ask): void {
    this.asks = [...this.asks, ask];
  }

  giveBack(lease: string): void {
    const isUnsent = this.asks.some((ask) => ask.lease === lease);
    this.asks = this.asks.filter((ask) => ask.lease !== lease);
    if (!isUnsent) this.returned = [...this.returned, lease];
  }

  /** True when the broker knows everything. */
  get isIdle(): boolean {
    return !this.isBusy && this.asks.length + this.returned.length === 0;
  }

  send(): void {
    if (this.isBusy || this.isIdle) return;
    const telling = { holder: this.holder, asks: this.asks, returned: this.returned };
    this.asks = [];
    this.returned = [];
    this.isBusy = true;
    void houseActivities.tellPools(telling).then(() => {
      this.isBusy = false;
      this.send();
    });
  }
}
