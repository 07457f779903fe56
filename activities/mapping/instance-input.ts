import { type InstanceOrder, type Json, memberAt, renderIndex, resolveReferences, shardSize } from '../../engine';
import { isJsonObject } from '../../engine/json';
import type { ObjectStore } from '../../warehouse';
import { itemsKey } from './expand';
import { loaded, readJson, readList } from './pages';

interface Common {
  readonly inputs: { readonly [taskId: string]: Json };
  readonly indexTemplate: string | null;
  readonly spread: boolean;
}

/** The input of one instance of a mapped task: its item and what all share, from the warehouse; and what it is called. */
export async function instanceInput(
  store: ObjectStore,
  taskId: string,
  { index, folder, inner }: InstanceOrder,
): Promise<{ readonly input: Json; readonly label: string | null }> {
  const [common, page] = await Promise.all([
    readJson(store, `${folder}/common.json`),
    readList(store, itemsKey(folder, index)),
  ]);
  const item = page[index % shardSize] ?? null;
  const outputs = Object.fromEntries(
    await Promise.all(Object.entries(inner).map(async ([id, value]) => [id, await loaded(store, value)] as const)),
  );
  const { inputs, spread, indexTemplate } = common as unknown as Common;
  const input = resolveReferences(inputs[taskId] ?? null, ([kind, ...path]) =>
    kind === 'item' ? memberAt(item, path) : memberAt(outputs[String(path[0])] ?? null, path.slice(1)),
  );
  const whole = spread && isJsonObject(input) && isJsonObject(item) ? { ...input, ...item } : input;
  const named = isJsonObject(whole) && isJsonObject(item) ? { ...whole, ...item } : whole;
  return { input: whole, label: renderIndex(indexTemplate, named) };
}
