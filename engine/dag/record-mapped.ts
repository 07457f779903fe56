import { DefinitionError, didYouMean } from '../errors';
import type { Json } from '../json';
import { defaultMaxLength, type ListSpec, type OverSpec } from '../map/spec';
import type { Handler, ItemRefs, MappedOptions, MappedRef, MappedTask } from './authoring';
import type { DraftMap } from './draft';
import { listDraft, listSpec } from './lists';
import { readPolicy } from './options';
import { type Recorder, readInput } from './recorder';
import { makeDeepRef, referenceJson } from './references';
import { positive } from './schedule';

/** Begins a mapped task. */
export function recordMapped<Input, Output>(
  recorder: Recorder,
  id: string,
  handler: Handler,
  options: MappedOptions = {},
): MappedTask<Input, Output> {
  recorder.openMapped(id);
  recorder.describe(id, options);
  const where = `mapped task ${id}`;
  const { limits, policy } = readOptions(options, where);
  const add = (reader: MapReader, over: OverSpec, input: Json): MappedRef<Output> =>
    recorder.addMap({
      unitId: id,
      handler,
      policy,
      upstream: reader.upstream,
      map: { ...limits, over, input, output: id, functions: reader.functions },
    });
  const step = (fixed: object): MappedTask<Input, Output> => ({
    partial: (more) => step({ ...fixed, ...more }) as never,
    expand: (lists) => {
      const reader = new MapReader(id);
      const names = Object.keys(lists);
      checkNames(names, fixed, where);
      checkTemplate(limits.indexTemplate, [...Object.keys(fixed), ...names], where);
      const over = reader.cross(lists, where);
      const input = { ...reader.object(fixed, where), ...itemMembers(names) };
      return add(reader, over, input);
    },
    expandKwargs: (list) => {
      const reader = new MapReader(id);
      const over: OverSpec = { kind: 'kwargs', list: reader.list(list, where) };
      return add(reader, over, reader.object(fixed, where));
    },
  });
  return step({});
}

/** Records a mapped group: its body, written for one item, becomes the tasks of one instance. */
export function recordMapGroup<Lists extends object, Output>(
  recorder: Recorder,
  id: string,
  group: {
    readonly lists: Lists;
    readonly body: (item: ItemRefs<Lists>) => unknown;
    readonly options?: MappedOptions | undefined;
  },
): MappedRef<Output> {
  const where = `mapped group ${id}`;
  const { options = {} } = group;
  recorder.openMapped(id);
  recorder.describe(id, options);
  const { limits, policy } = readOptions(options, where);
  const reader = new MapReader(id);
  const names = Object.keys(group.lists);
  checkTemplate(limits.indexTemplate, names, where);
  const over = reader.cross(group.lists, where);
  const item = Object.fromEntries(names.map((name) => [name, makeDeepRef({ kind: 'item', path: [name] })]));
  const last = recorder.inUnit(id, () => group.body(item as ItemRefs<Lists>));
  const output = typeof last === 'object' && last !== null && 'taskId' in last ? String(last.taskId) : null;
  return recorder.addMap({
    unitId: id,
    handler: null,
    policy,
    upstream: reader.upstream,
    map: { ...limits, over, input: null, output, functions: reader.functions },
  });
}

/** Reads the lists of one mapped task: collects its functions, and the tasks that its lists come from. */
class MapReader {
  readonly functions = new Map<string, Handler>();
  readonly upstream: string[] = [];

  constructor(private readonly unitId: string) {}

  list(value: unknown, where: string): ListSpec {
    return listSpec(listDraft(value, where), {
      toJson: (one) => this.json(one, where),
      keep: (fn) => {
        const name = `${this.unitId}~${this.functions.size + 1}`;
        this.functions.set(name, fn);
        return name;
      },
    });
  }

  cross(lists: object, where: string): OverSpec {
    const axes = Object.entries(lists).map(([name, list]) => [name, this.list(list, `${where}: ${name}`)] as const);
    if (axes.length > 0) return { kind: 'cross', axes };
    throw new DefinitionError({
      code: 'mapping_unfinished',
      message: `${where} is mapped over nothing. Name at least one list: expand({ file: files }).`,
      details: { where },
    });
  }

  object(value: object, where: string): { readonly [key: string]: Json } {
    return this.json(value, where) as { readonly [key: string]: Json };
  }

  private json(value: unknown, where: string): Json {
    const { json, tasks } = readInput(value, where);
    this.upstream.push(...tasks);
    return json;
  }
}

function itemMembers(names: readonly string[]): { readonly [name: string]: Json } {
  return Object.fromEntries(names.map((name) => [name, referenceJson({ kind: 'item', path: [name] })]));
}

type Limits = Pick<DraftMap, 'maxLength' | 'maxActive' | 'indexTemplate'>;

function readOptions(options: MappedOptions, where: string) {
  const { maxMapLength, maxActiveInstances, mapIndexTemplate, ...rest } = options;
  const limits: Limits = {
    maxLength: positive(maxMapLength ?? defaultMaxLength, `${where}: maxMapLength`),
    maxActive: maxActiveInstances === undefined ? null : positive(maxActiveInstances, `${where}: maxActiveInstances`),
    indexTemplate: mapIndexTemplate ?? null,
  };
  const policy = readPolicy(rest, where);
  if (policy.triggerRule !== 'always') return { limits, policy };
  throw new DefinitionError({
    code: 'mapped_always',
    message: `${where} has the trigger rule "always", by which it would start before its lists are there. Use "all_done".`,
    details: { where },
  });
}

function checkNames(names: readonly string[], fixed: object, where: string): void {
  const twice = names.find((name) => name in fixed);
  if (twice === undefined) return;
  throw new DefinitionError({
    code: 'mapped_twice',
    message: `${where} gets "${twice}" from partial() and from expand(). Leave it in one of them.`,
    details: { where, name: twice },
  });
}

/** The first part of each `{name}` has to be something that instances are given. */
function checkTemplate(template: string | null, names: readonly string[], where: string): void {
  for (const [, path] of (template ?? '').matchAll(/\{([^{}]*)\}/g)) {
    const name = String(path).split('.')[0] as string;
    if (names.includes(name)) continue;
    throw new DefinitionError({
      code: 'bad_map_index_template',
      message: `${where}: mapIndexTemplate names "${name}", which its instances are not given.${didYouMean(name, names)} They get: ${names.join(', ')}.`,
      details: { where, name, names },
    });
  }
}
