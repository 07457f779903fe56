import type { DataInterval } from '../time/interval';

/** An asset was updated. Its id is the same however often it is told, which is what makes it count once. */
export interface AssetEvent {
  readonly id: string;
  readonly asset: string;
  /** What part of the asset: the beginning of the producer's interval; null for the whole of it. */
  readonly partition: string | null;
  readonly interval: DataInterval | null;
  readonly at: string;
  /** `<dag>/<run>/<task>`, or who told of it. */
  readonly source: string;
}
