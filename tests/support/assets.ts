import type { AssetSchedule } from '../../engine/assets/condition';
import type { AssetEvent } from '../../engine/assets/event';
import type { ControlEvent } from '../../engine/control/state';
import { deployed, second } from './control';

/** An event of an asset; its number makes its id, its day is its partition. */
export function anEvent(asset: string, number: number, day = 1): AssetEvent {
  const start = `2010-12-${String(day).padStart(2, '0')}T00:00:00Z`;
  const end = `2010-12-${String(day + 1).padStart(2, '0')}T00:00:00Z`;
  const source = `maker/run_${number}/make`;
  return { id: `${source}#1/${asset}`, asset, partition: start, interval: { start, end }, at: second(number), source };
}

/** A deploy of the DAG `shop` that waits for assets. */
export function deployedFor(
  assets: AssetSchedule | undefined,
  facts: { maxActiveRuns?: number; startsPaused?: boolean } = {},
): ControlEvent {
  return deployed({ ...facts, head: assets === undefined ? {} : { assets } });
}

export function updated(event: AssetEvent, at: string = event.at): ControlEvent {
  return { kind: 'asset_updated', event, at };
}
