import { type Json, type LazyList, type ListRef, listRefOf } from '../../engine';
import { isJsonObject } from '../../engine/json';
import type { ObjectStore } from '../../warehouse';

/** Many instances of one worker read the same page: as many pages as shards may be in flight, and some more. */
const keptPages = 24;

const caches = new WeakMap<ObjectStore, Map<string, Promise<Json>>>();

/** Reads an immutable JSON object of the warehouse; the pages that were read last are kept. */
export function readJson(store: ObjectStore, key: string): Promise<Json> {
  const cache = caches.get(store) ?? new Map<string, Promise<Json>>();
  caches.set(store, cache);
  const reading = cache.get(key) ?? store.get(key).then((bytes) => JSON.parse(bytes.toString('utf8')) as Json);
  cache.delete(key);
  cache.set(key, reading);
  reading.catch(() => cache.delete(key));
  for (const oldest of cache.keys()) {
    if (cache.size <= keptPages) break;
    cache.delete(oldest);
  }
  return reading;
}

export async function readList(store: ObjectStore, key: string): Promise<readonly Json[]> {
  const page = await readJson(store, key);
  return Array.isArray(page) ? (page as readonly Json[]) : [];
}

/** A list whose pages are read when somebody asks for them. */
export function lazyList(store: ObjectStore, list: ListRef): LazyList<Json> {
  const pages = async function* (): AsyncGenerator<readonly Json[]> {
    for (const [name] of list.pages) {
      const items = await readList(store, `${list.folder}/${name}`);
      yield await Promise.all(items.map((item) => loaded(store, item)));
    }
  };
  const items = async function* (): AsyncGenerator<Json> {
    for await (const page of pages()) yield* page;
  };
  return {
    length: list.length,
    pages,
    at: (index) => itemAt(store, list, index),
    toArray: async () => {
      const all: Json[] = [];
      for await (const page of pages()) all.push(...page);
      return all;
    },
    [Symbol.asyncIterator]: items,
  };
}

async function itemAt(store: ObjectStore, list: ListRef, index: number): Promise<Json | undefined> {
  let at = index < 0 ? list.length + index : index;
  for (const [name, count] of list.pages) {
    if (at >= 0 && at < count)
      return await loaded(store, (await readList(store, `${list.folder}/${name}`))[at] ?? null);
    at -= count;
  }
  return undefined;
}

/** Outputs above this size are objects of their own, so that no history carries five hundred of them. */
const maxInlineBytes = 1_024;

/** An output as it travels through a shard's history: itself when it is small, else where it is. */
export async function stored(store: ObjectStore, key: string, output: Json): Promise<Json> {
  const text = JSON.stringify(output);
  if (Buffer.byteLength(text) <= maxInlineBytes) return output;
  await store.putIfAbsent(key, text);
  return { $stored: key };
}

/** The output that {@link stored} made smaller. */
export async function loaded(store: ObjectStore, value: Json): Promise<Json> {
  if (!isJsonObject(value) || typeof value.$stored !== 'string') return value;
  return JSON.parse((await store.get(value.$stored)).toString('utf8')) as Json;
}

/** An input with a {@link LazyList} in the place of every reference to a list. */
export function withLists(store: ObjectStore, input: Json): unknown {
  const list = listRefOf(input);
  if (list !== null) return lazyList(store, list);
  if (Array.isArray(input)) return input.map((item: Json) => withLists(store, item));
  if (!isJsonObject(input)) return input;
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [name, withLists(store, value)]));
}
