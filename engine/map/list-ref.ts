/**
 * A list that is read page by page: what a mapped task hands on. It holds the outputs of the instances
 * that succeeded, in the order of their indexes.
 */
export interface LazyList<Item> extends AsyncIterable<Item> {
  readonly length: number;
  /** Reads one page, whatever the length. Past the end it is `undefined`. */
  at(index: number): Promise<Item | undefined>;
  pages(): AsyncIterable<readonly Item[]>;
  /** All items at once; for lists that are known to be short. */
  toArray(): Promise<readonly Item[]>;
}

/** The wire form of a {@link LazyList}: where its pages are. */
export interface ListRef {
  readonly length: number;
  /** Warehouse key of the folder of its pages. */
  readonly folder: string;
  /** File name and item count of each page, in their order. */
  readonly pages: readonly (readonly [name: string, count: number])[];
}

/** A list as it stands in JSON among other values. */
export function listJson(list: ListRef): { readonly $list: ListRef } {
  return { $list: list };
}

/** The list that a value stands for; null for every other value. */
export function listRefOf(value: unknown): ListRef | null {
  if (typeof value !== 'object' || value === null || !('$list' in value)) return null;
  const list = value.$list as Partial<ListRef> | null;
  const isList = typeof list === 'object' && list !== null && Array.isArray(list.pages);
  return isList ? (list as ListRef) : null;
}
