import type { DatasetRef } from '../dataset';
import { DefinitionError, didYouMean } from '../errors';
import { isJsonObject, type Json } from '../json';
import type { EdgeStart, GroupRef, Handler, PublishOutput, TaskAbout, TaskRef, Upstream } from './authoring';
import type { AboutTask, DraftMap, DraftTask, Edge, GroupDraft } from './draft';
import { checkId } from './id';
import { edgeStart } from './labels';
import { makeList } from './lists';
import { badNotify, readNotify, taskNotifyEvents } from './notify';
import { makeRef, type Ref, referenceJson, referenceOf } from './references';
import type { DeferralPolicy, QuestionSpec, SensorPolicy, TaskKind, TaskPolicy, TaskRole } from './spec';

const kindsInside: readonly TaskKind[] = ['task', 'sensor', 'branch', 'short_circuit'];

export interface NewTask {
  readonly taskId: string;
  readonly kind: TaskKind;
  readonly handler: Handler | null;
  readonly input: unknown;
  readonly policy: Partial<TaskPolicy>;
  readonly role?: TaskRole;
  readonly failsRun?: true;
  readonly sensor?: SensorPolicy;
  readonly question?: QuestionSpec;
  readonly deferral?: DeferralPolicy;
  readonly model?: string;
  readonly from?: { readonly [name: string]: string };
  readonly datasets?: readonly string[];
  readonly wholes?: readonly string[];
}

interface NewMap {
  readonly unitId: string;
  readonly handler: Handler | null;
  readonly policy: Partial<TaskPolicy>;
  readonly map: DraftMap;
  readonly upstream: readonly string[];
}

/** Records what a DAG's body says, in its order. Lives while the body runs. */
export class Recorder {
  private readonly tasks: DraftTask[] = [];
  private readonly groups: GroupDraft[] = [];
  private readonly edges: Edge[] = [];
  private readonly openGroups: string[] = [];
  private readonly abouts = new Map<string, AboutTask>();
  /** Mapped tasks that have not said over what. */
  private readonly unfinished = new Set<string>();
  private unit: string | null = null;

  constructor(private readonly dagId: string) {}

  result(): { tasks: readonly DraftTask[]; groups: readonly GroupDraft[]; edges: readonly Edge[] } {
    for (const id of this.unfinished) {
      throw new DefinitionError({
        code: 'mapping_unfinished',
        message: `Mapped task ${id} of DAG ${this.dagId} does not say over what. Call expand({ … }) or expandKwargs(…) on it.`,
        details: { dag: this.dagId, task: id },
      });
    }
    const tasks = this.tasks.map((task) => {
      const about = this.abouts.get(task.taskId);
      return about === undefined ? task : { ...task, about };
    });
    return { tasks, groups: this.groups, edges: this.edges };
  }

  /** Keeps what is said of a task for people. */
  describe(taskId: string, { docs, owner, notify }: TaskAbout): void {
    if (notify !== undefined && this.unit !== null) {
      const why = `it stands inside the mapped group ${this.unit}, of which people are told as a whole. Give these rules to mapGroup.`;
      throw badNotify(`task ${taskId}`, why);
    }
    const about = {
      ...(docs === undefined ? {} : { docs }),
      ...(owner === undefined ? {} : { owner }),
      ...(notify === undefined ? {} : { notify: readNotify(notify, `task ${taskId}`, taskNotifyEvents) }),
    };
    if (Object.keys(about).length > 0) this.abouts.set(taskId, about);
  }

  add<Output>(task: NewTask): TaskRef<Output> {
    this.claim('Task', task.taskId);
    if (this.unit !== null && !kindsInside.includes(task.kind)) throw this.notInside(task);
    const { json, tasks } = readInput(task.input, `task ${task.taskId}`);
    const group = this.openGroups.at(-1) ?? null;
    this.tasks.push({ from: {}, datasets: [], wholes: [], ...task, group, input: json, unit: this.unit });
    for (const upstream of tasks) this.edges.push({ from: upstream, to: task.taskId });
    return this.taskRef(task.taskId);
  }

  /** A teardown comes after its setups, which it names; others may reach it as data. */
  addTeardown<Output>(task: NewTask, setups: readonly TaskRef<unknown>[]): TaskRef<Output> {
    for (const { taskId } of setups) this.checkSetup(task.taskId, taskId);
    const ref = this.add<Output>(task);
    return ref.after(...setups);
  }

  private checkSetup(teardown: string, taskId: string): void {
    const setups = this.tasks.filter((task) => task.role === 'setup').map((task) => task.taskId);
    if (setups.includes(taskId)) return;
    throw new DefinitionError({
      code: 'not_a_setup',
      message: `Teardown ${teardown} of DAG ${this.dagId} names "${taskId}" as its setup, which is none.${didYouMean(taskId, setups)} Make it with setup('${taskId}', …), or put the teardown behind it with .after().`,
      details: { dag: this.dagId, teardown, task: taskId, setups },
    });
  }

  addSql(
    model: string,
    from: { readonly [name: string]: TaskRef<DatasetRef> },
    policy: Partial<TaskPolicy>,
  ): TaskRef<DatasetRef> {
    const entries = Object.entries(from).map(([name, ref]) => [name, ref.taskId] as const);
    const ref = this.add<DatasetRef>({
      taskId: model,
      kind: 'sql',
      handler: null,
      input: {},
      policy,
      model,
      from: Object.fromEntries(entries),
    });
    for (const [, upstream] of entries) this.edges.push({ from: upstream, to: model });
    return ref;
  }

  addCheck(
    check: string,
    on: readonly TaskRef<DatasetRef>[],
    parameters: { readonly [name: string]: Json },
    policy: Partial<TaskPolicy>,
  ): TaskRef<{ readonly failing_rows: number }> {
    const datasets = on.map((ref) => ref.taskId);
    const input = { options: parameters };
    const ref = this.add<{ readonly failing_rows: number }>({
      taskId: check,
      kind: 'check',
      handler: null,
      input,
      policy,
      model: check,
      datasets,
    });
    for (const upstream of datasets) this.edges.push({ from: upstream, to: check });
    return ref;
  }

  addPublish(
    id: string,
    what: Upstream | readonly Upstream[],
    options: {
      readonly wholes: readonly string[];
      readonly freshWithinMs: number | null;
      readonly policy: Partial<TaskPolicy>;
    },
  ): TaskRef<PublishOutput> {
    const datasets = (Array.isArray(what) ? (what as readonly Upstream[]) : [what as Upstream]).map(
      (one) => edgeStart(one).from,
    );
    const input = { wholes: options.wholes, fresh_within_ms: options.freshWithinMs };
    const ref = this.add<PublishOutput>({
      taskId: id,
      kind: 'publish',
      handler: null,
      input,
      policy: options.policy,
      datasets,
      wholes: options.wholes,
    });
    for (const upstream of datasets) this.edges.push({ from: upstream, to: id });
    return ref;
  }

  addGroup(groupId: string, body: () => unknown): GroupRef {
    this.claim('Group', groupId);
    this.groups.push({ groupId, parent: this.openGroups.at(-1) ?? null });
    this.openGroups.push(groupId);
    body();
    this.openGroups.pop();
    const ref: GroupRef = { groupId, after: (...upstream) => this.link(groupId, upstream, ref) };
    return ref;
  }

  /** Reserves the id of a mapped task until it says over what. */
  openMapped(taskId: string): void {
    this.claim('Task', taskId);
    if (this.unit !== null) throw this.nested(taskId);
    this.unfinished.add(taskId);
  }

  /** A mapped task, or the whole of a mapped group. */
  addMap<Output>({ unitId, handler, policy, map, upstream }: NewMap): TaskRef<Output> {
    this.unfinished.delete(unitId);
    const group = this.openGroups.at(-1) ?? null;
    const rest = { from: {}, datasets: [], wholes: [], input: null, unit: null };
    this.tasks.push({ taskId: unitId, kind: 'map', handler, group, policy, ...rest, map });
    for (const from of upstream) this.edges.push({ from, to: unitId });
    return this.taskRef(unitId);
  }

  /** Records the body of a mapped group, and answers with what it returned. */
  inUnit<Result>(unitId: string, body: () => Result): Result {
    this.unit = unitId;
    const around = this.openGroups.splice(0);
    const result = body();
    this.openGroups.push(...around);
    this.unit = null;
    return result;
  }

  private nested(taskId: string): DefinitionError {
    return new DefinitionError({
      code: 'nested_mapping',
      message: `${taskId} is mapped inside the mapped group ${this.unit}. Map over what the group hands on, or over both lists at once.`,
      details: { dag: this.dagId, task: taskId, group: this.unit },
    });
  }

  private notInside({ taskId, kind }: NewTask): DefinitionError {
    return new DefinitionError({
      code: 'unmappable_kind',
      message: `${taskId} of kind ${kind} stands inside the mapped group ${this.unit}, where ${kindsInside.join(', ')} can be. Put it after the group.`,
      details: { dag: this.dagId, task: taskId, kind },
    });
  }

  private taskRef<Output>(taskId: string): TaskRef<Output> {
    const reference = makeRef<Output>({ kind: 'output', task: taskId, path: [] });
    const list = makeList<never>({ kind: 'list', value: reference });
    const ref = {
      ...reference,
      taskId,
      after: (...upstream: readonly Upstream[]) => this.link(taskId, upstream, ref),
      map: list.map,
      zip: list.zip,
    } as unknown as TaskRef<Output>;
    return ref;
  }

  private link<R extends Ref<unknown> | GroupRef>(to: string, upstream: readonly EdgeStart[], ref: R): R {
    for (const one of upstream) this.edges.push({ ...edgeStart(one), to });
    return ref;
  }

  private claim(what: string, id: string): void {
    checkId(what, id);
    const taken = this.tasks.some((task) => task.taskId === id) || this.groups.some((group) => group.groupId === id);
    if (!taken) return;
    throw new DefinitionError({
      code: 'duplicate_task',
      message: `DAG ${this.dagId} has two tasks or groups with the id "${id}". Give one of them another id.`,
      details: { dag: this.dagId, id },
    });
  }
}

/** Turns an input into JSON, references into `$ref` objects, and collects the tasks that it refers to. */
export function readInput(input: unknown, where: string): { json: Json; tasks: readonly string[] } {
  const tasks: string[] = [];
  const visit = (value: unknown, path: string): Json => {
    const reference = referenceOf(value);
    if (reference !== null) {
      if (reference.kind === 'output') tasks.push(reference.task);
      return referenceJson(reference);
    }
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    if (Array.isArray(value)) return value.map((item, index) => visit(item, `${path}[${index}]`));
    if (isJsonObject(value) && isPlain(value)) {
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, visit(member, `${path}.${key}`)]));
    }
    throw new DefinitionError({
      code: 'input_not_json',
      message: `${where}: ${path} is ${describe(value)}, which JSON cannot hold. Pass text, numbers, booleans, null, lists, plain objects, or another task as a whole.`,
      details: { where, path },
    });
  };
  return { json: visit(input, 'input'), tasks };
}

/** An object literal, whichever realm it was made in; not a Date, a Map or an instance of a class. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function describe(value: unknown): string {
  if (typeof value === 'object' && value !== null) return `a ${value.constructor?.name ?? 'nameless object'}`;
  return typeof value === 'number' ? String(value) : `a value of type ${typeof value}`;
}
