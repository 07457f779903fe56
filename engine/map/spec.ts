import type { Json } from '../json';

/**
 * How a list comes to be, as data: a literal or a reference to one, each item of a list through a
 * function (by its name among the DAG's handlers), or several lists side by side.
 */
export type ListSpec =
  | { readonly kind: 'list'; readonly value: Json }
  | { readonly kind: 'map'; readonly of: ListSpec; readonly fn: string }
  /** The shortest list ends it, unless there is something to fill the others with. */
  | { readonly kind: 'zip'; readonly of: readonly ListSpec[]; readonly fill?: Json };

/** What is mapped over: every combination of named lists, the last one varying fastest, or a list of whole inputs. */
export type OverSpec =
  | { readonly kind: 'cross'; readonly axes: readonly (readonly [name: string, list: ListSpec])[] }
  | { readonly kind: 'kwargs'; readonly list: ListSpec };

/** The input of a mapped task: what it is mapped over, and of each task inside it the input of one instance. */
export interface MapInput {
  readonly over: OverSpec;
  readonly inputs: { readonly [taskId: string]: Json };
  readonly maxLength: number;
  /** Names an instance after its input: `{file.name}`. */
  readonly indexTemplate: string | null;
}

/** Airflow stops at 1,024. More than this is rows rather than tasks, and belongs into a query. */
export const defaultMaxLength = 100_000;
