import { DefinitionError } from '../errors';
import type { Json } from '../json';
import type { LazyList } from '../map/list-ref';
import type { ListSpec } from '../map/spec';
import { type Ref, referenceOf } from './references';

const mark = Symbol('tidemill.list');

/** A function of a list as it is kept beside the handlers. */
export type ListFunction = (context: never, item: never) => Promise<unknown>;

/** A list that is made of others while the run is under way: what `.map` and `.zip` give. */
export interface ItemList<Item> {
  readonly [mark]: { readonly draft: ListDraft; readonly type?: Item };
  /** Each item through a function, on a worker, when the list is mapped over. */
  map<Mapped>(fn: (item: Item) => Mapped | Promise<Mapped>): ItemList<Mapped>;
  /** Pairs of both lists' items, as many as the shorter one has. */
  zip<Other>(other: Items<Other>): ItemList<readonly [Item, Other]>;
  /** As many as the longer one has; the other's missing items are `fill`. */
  zip<Other, Fill>(
    other: Items<Other>,
    options: { readonly fill: Fill },
  ): ItemList<readonly [Item | Fill, Other | Fill]>;
}

/** What can be mapped over: a list, a reference to one, the output of a mapped task, or what is made of these. */
export type Items<Item> = readonly Item[] | Ref<readonly Item[]> | Ref<LazyList<Item>> | ItemList<Item>;

/** A list as the DAG's body wrote it, with its functions in place. */
export type ListDraft =
  | { readonly kind: 'list'; readonly value: unknown }
  | { readonly kind: 'map'; readonly of: ListDraft; readonly fn: (item: never) => unknown }
  | { readonly kind: 'zip'; readonly of: readonly ListDraft[]; readonly fill?: unknown };

export function makeList<Item>(draft: ListDraft): ItemList<Item> {
  return {
    [mark]: { draft },
    map: (fn) => makeList({ kind: 'map', of: draft, fn }),
    zip: <Other>(other: Items<Other>, options?: { readonly fill: unknown }) =>
      makeList<never>({ kind: 'zip', of: [draft, listDraft(other, 'zip')], ...options }),
  };
}

/** Reads what is to be mapped over; throws `mapped_over_no_list` for what can be no list. */
export function listDraft(value: unknown, where: string): ListDraft {
  if (typeof value === 'object' && value !== null && mark in value) return (value as ItemList<unknown>)[mark].draft;
  if (Array.isArray(value) || referenceOf(value) !== null) return { kind: 'list', value };
  throw new DefinitionError({
    code: 'mapped_over_no_list',
    message: `${where} is mapped over ${typeof value === 'object' ? 'what is no list' : `a ${typeof value}`}. Give a list, a task that returns one, or a parameter that is one; what all instances share goes into partial().`,
    details: { where },
  });
}

/** The spec of a list. Its functions are named after the mapped task and kept beside the handlers. */
export function listSpec(
  draft: ListDraft,
  edge: { readonly toJson: (value: unknown) => Json; readonly keep: (fn: ListFunction) => string },
): ListSpec {
  switch (draft.kind) {
    case 'list':
      return { kind: 'list', value: edge.toJson(draft.value) };
    case 'map':
      return {
        kind: 'map',
        of: listSpec(draft.of, edge),
        fn: edge.keep(async (_context: never, item: never) => draft.fn(item)),
      };
    case 'zip': {
      const of = draft.of.map((one) => listSpec(one, edge));
      return { kind: 'zip', of, ...('fill' in draft ? { fill: edge.toJson(draft.fill) } : {}) };
    }
  }
}

/** What makes lists of a task's output. */
export interface ListMethods {
  /** Each item of this task's output through a function, on a worker, when it is mapped over. */
  map<Item, Mapped>(this: Items<Item>, fn: (item: Item) => Mapped | Promise<Mapped>): ItemList<Mapped>;
  /** Pairs of the items of this task's output and of another list. */
  zip<Item, Other>(this: Items<Item>, other: Items<Other>): ItemList<readonly [Item, Other]>;
  zip<Item, Other, Fill>(
    this: Items<Item>,
    other: Items<Other>,
    options: { readonly fill: Fill },
  ): ItemList<readonly [Item | Fill, Other | Fill]>;
}
