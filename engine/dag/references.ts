import { isJsonObject, type Json } from '../json';

/**
 * References inside a task's input. In the spec they are `{ "$ref": … }` objects; for authors they
 * are typed values that stand for what will be known when the run is under way.
 */
export type Reference =
  | { readonly kind: 'output'; readonly task: string; readonly path: readonly string[] }
  | { readonly kind: 'run'; readonly path: readonly string[] }
  /** Inside a mapped task: the item of the instance. */
  | { readonly kind: 'item'; readonly path: readonly string[] };

const mark = Symbol('tidemill.reference');

/** Stands for a value of type `T` that exists once the run is under way. */
export interface Ref<T> {
  readonly [mark]: { readonly reference: Reference; readonly type?: T };
}

/** A value, or a reference to one, or a structure that mixes both. */
export type Given<T> =
  | T
  | Ref<T>
  | (T extends readonly (infer Item)[]
      ? readonly Given<Item>[]
      : T extends object
        ? { readonly [Key in keyof T]: Given<T[Key]> }
        : never);

/** A reference to a structure whose members are references too: `run.params.source`. */
export type DeepRef<T> = Ref<T> &
  (T extends object ? { readonly [Key in keyof T]-?: DeepRef<NonNullable<T[Key]>> } : unknown);

export function makeRef<T>(reference: Reference): Ref<T> {
  return { [mark]: { reference } };
}

/** A reference whose members are references to the members. */
export function makeDeepRef<T>(reference: Reference): DeepRef<T> {
  const target = makeRef<T>(reference);
  return new Proxy(target, {
    get: (ref, key) => (typeof key === 'symbol' ? Reflect.get(ref, key) : makeDeepRef(memberOf(reference, key))),
  }) as DeepRef<T>;
}

export function referenceOf(value: unknown): Reference | null {
  if (typeof value !== 'object' || value === null || !(mark in value)) return null;
  return (value as Ref<unknown>)[mark].reference;
}

function memberOf(reference: Reference, key: string): Reference {
  return { ...reference, path: [...reference.path, key] };
}

/** The spec's form of a reference. */
export function referenceJson(reference: Reference): Json {
  return {
    $ref:
      reference.kind === 'output' ? ['output', reference.task, ...reference.path] : [reference.kind, ...reference.path],
  };
}

/** Replaces every reference in a task's input by what `lookUp` finds for it. */
export function resolveReferences(input: Json, lookUp: (path: readonly string[]) => Json): Json {
  if (Array.isArray(input)) return input.map((item: Json) => resolveReferences(item, lookUp));
  if (!isJsonObject(input)) return input;
  if (Array.isArray(input.$ref)) return lookUp(input.$ref as readonly string[]);
  return Object.fromEntries(Object.entries(input).map(([key, value]) => [key, resolveReferences(value, lookUp)]));
}

/** Ids of the tasks whose outputs an input refers to, sorted. */
export function referredTasks(input: Json): readonly string[] {
  const found = new Set<string>();
  resolveReferences(input, ([kind, taskId]) => {
    if (kind === 'output') found.add(String(taskId));
    return null;
  });
  return [...found].sort();
}

/** Follows a path of member names into a value; null where there is no such member. */
export function memberAt(value: Json, path: readonly string[]): Json {
  return path.reduce<Json>((member, key) => (isJsonObject(member) ? (member[key] ?? null) : null), value);
}
