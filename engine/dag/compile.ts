import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { DefinitionError, didYouMean } from '../errors';
import { canonicalJson, type Json } from '../json';
import type { CustomTimetable } from '../time/custom-timetable';
import { isScheduled } from '../time/timetable-spec';
import { badSchedule } from '../time/timetables';
import type { Handler } from './authoring';
import type { DagDefinition, DraftTask } from './draft';
import { checkEdges, expandEnds, type Graph, groupsOutside, inTopologicalOrder, membersOf } from './graph';
import { labelsOf } from './labels';
import { asWhole, bodyOf, emptyBody, innerReferences, withoutBodies } from './map-bodies';
import { checkScheduledParams, paramsJsonSchema } from './params';
import { checkPastRules } from './past-rule';
import { checkDefaultChoices } from './question';
import { checkFailFast, compilePolicy } from './running';
import type { DagSpec, TaskSpec } from './spec';

/** What compiling needs to know of a SQL model: what it reads, by DuckDB's own parser. */
export interface SqlModelFacts {
  readonly kind: 'slice' | 'whole' | 'check';
  readonly reads: readonly string[];
  readonly sha256: string;
}

export interface CompiledDag {
  readonly spec: DagSpec;
  /** Hash of the canonical spec. */
  readonly specVersion: string;
  /** Author's functions by task id; SQL, check and publish tasks have none. */
  readonly handlers: ReadonlyMap<string, Handler>;
  /** The author's functions of a timetable of their own; null for the built-in ones. */
  readonly timetable: CustomTimetable | null;
}

/**
 * Compiles a definition to its canonical spec: infers the edges of its SQL, resolves groups, checks
 * the graph. Equal files give equal bytes, whatever the order of keys.
 *
 * Throws `DefinitionError`: `dag_cycle` (with its path), `unknown_sql_model`, `unknown_upstream`,
 * `unread_input`, `dag_without_tasks`, `unknown_past_task`, `bad_local_task`, `fail_fast_trigger_rule`,
 * `param_without_default`, `bad_params_schema`.
 */
export function compile(definition: DagDefinition, models: ReadonlyMap<string, SqlModelFacts>): CompiledDag {
  const { dagId, header } = definition;
  if (definition.tasks.length === 0) {
    throw new DefinitionError({
      code: 'dag_without_tasks',
      message: `DAG ${dagId} has no tasks. Add one in its body, for instance task('extract', …).`,
      details: { dag: dagId },
    });
  }
  checkEdges(definition);
  const outside = withoutBodies(definition);
  const tasks = compileTasks(outside, models).map((task) => compileMap(task, definition, outside, models));
  const params = paramsJsonSchema(dagId, definition.paramsSchema);
  checkPastRules(definition);
  checkFailFast(definition);
  if (isScheduled(header.timetable) || header.assets !== undefined) checkScheduledParams(dagId, params);
  checkDefaultChoices(dagId, tasks);
  const spec: DagSpec = {
    format: 1,
    dagId,
    ...header,
    params,
    defaults: definition.defaults,
    tasks,
  };
  const canonical = JSON.parse(canonicalJson(spec)) as DagSpec;
  const handlers = new Map(
    definition.tasks.flatMap((task) => [
      ...(task.handler === null ? [] : [[task.taskId, task.handler] as const]),
      ...(task.map?.functions ?? []),
    ]),
  );
  return { spec: canonical, specVersion: versionOf(canonical), handlers, timetable: definition.timetable };
}

/** The version of a spec: 16 hex digits of the SHA-256 of its canonical JSON. */
export function versionOf(spec: DagSpec): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(spec)))).slice(0, 16);
}

/** The tasks of a definition in topological order, each with its upstream. */
function compileTasks(definition: DagDefinition, models: ReadonlyMap<string, SqlModelFacts>): readonly TaskSpec[] {
  const graph = resolveGraph(definition, models);
  const byId = new Map(definition.tasks.map((task) => [task.taskId, task]));
  return inTopologicalOrder(definition.dagId, graph).map((taskId) =>
    compileTask(byId.get(taskId) as DraftTask, definition, graph, models),
  );
}

/** A mapped task gets its body: the tasks of one instance, compiled as a small DAG of their own. */
function compileMap(
  task: TaskSpec,
  definition: DagDefinition,
  outside: DagDefinition,
  models: ReadonlyMap<string, SqlModelFacts>,
): TaskSpec {
  const draft = outside.tasks.find((one) => one.taskId === task.taskId)?.map;
  if (draft === undefined) return task;
  const body = compileTasks(bodyOf(definition, task), models);
  if (body.length === 0) throw emptyBody(definition.dagId, task.taskId);
  const { over, maxLength, maxActive, indexTemplate, output } = draft;
  const inputs = Object.fromEntries(body.map((one) => [one.taskId, innerReferences(one.input, body)]));
  return {
    ...task,
    input: { over, inputs, maxLength, indexTemplate } as unknown as Json,
    map: { body: body.map((one) => ({ ...one, input: null })), output, maxActive },
  };
}

/** All edges between tasks: given ones, those of groups, and those that the SQL's FROM implies. */
function resolveGraph(definition: DagDefinition, models: ReadonlyMap<string, SqlModelFacts>): Graph {
  const ids = definition.tasks.map((task) => task.taskId);
  const upstream = new Map(ids.map((id) => [id, new Set<string>()]));
  const link = (from: string, to: string): void => {
    if (from !== to) upstream.get(to)?.add(from);
  };
  for (const task of definition.tasks) {
    for (const read of sqlReads(task, definition, models)) if (upstream.has(read)) link(read, task.taskId);
  }
  for (const { from, to } of definition.edges) if (upstream.has(from) && upstream.has(to)) link(from, to);
  // Ends of groups depend on the edges inside them, so edges of groups come last, inner groups first.
  for (const edge of definition.edges) {
    if (upstream.has(edge.from) && upstream.has(edge.to)) continue;
    const { leaves, roots } = expandEnds(definition, upstream, edge);
    for (const root of roots) for (const leaf of leaves) link(leaf, root);
  }
  return { ids, upstream };
}

function sqlReads(
  task: DraftTask,
  definition: DagDefinition,
  models: ReadonlyMap<string, SqlModelFacts>,
): readonly string[] {
  if (task.model === undefined) return [];
  const { reads } = modelFacts(task.model, definition, models);
  for (const name of Object.keys(task.from)) checkRead(name, task, definition, reads);
  return reads.filter((read) => task.from[read] === undefined);
}

function checkRead(name: string, task: DraftTask, definition: DagDefinition, reads: readonly string[]): void {
  if (reads.includes(name)) return;
  throw new DefinitionError({
    code: 'unread_input',
    message: `DAG ${definition.dagId} gives "${name}" to ${task.taskId}, whose SQL does not read it.${didYouMean(name, reads)} It reads: ${reads.join(', ') || 'nothing'}.`,
    details: { dag: definition.dagId, task: task.taskId, name, reads },
  });
}

function modelFacts(
  name: string,
  definition: DagDefinition,
  models: ReadonlyMap<string, SqlModelFacts>,
): SqlModelFacts {
  const facts = models.get(name);
  if (facts !== undefined) return facts;
  throw new DefinitionError({
    code: 'unknown_sql_model',
    message: `DAG ${definition.dagId} names the SQL model "${name}", but no .sql file defines it.${didYouMean(name, [...models.keys()])}`,
    details: { dag: definition.dagId, model: name },
  });
}

function compileTask(
  task: DraftTask,
  definition: DagDefinition,
  graph: Graph,
  models: ReadonlyMap<string, SqlModelFacts>,
): TaskSpec {
  const upstream = [...(graph.upstream.get(task.taskId) as ReadonlySet<string>)].sort();
  const facts = task.model === undefined ? null : modelFacts(task.model, definition, models);
  const labels = labelsOf(definition, graph, task.taskId);
  const outerGroups = groupsOutside(definition.groups, task.group);
  const wholes = task.wholes.map((name) => ({ name, sha256: modelFacts(name, definition, models).sha256 }));
  return {
    taskId: task.taskId,
    kind: task.kind,
    group: task.group,
    ...(outerGroups.length === 0 ? {} : { outerGroups }),
    upstream,
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...task.about,
    input: inputOf(task, definition, facts?.reads ?? []),
    policy: compilePolicy(asWhole(task), definition),
    ...(task.role === undefined ? {} : { role: task.role }),
    ...(task.failsRun === undefined ? {} : { failsRun: task.failsRun }),
    ...(task.sensor === undefined ? {} : { sensor: task.sensor }),
    ...(task.question === undefined ? {} : { question: task.question }),
    ...(task.deferral === undefined ? {} : { deferral: task.deferral }),
    ...(task.model === undefined || facts === null
      ? {}
      : { model: { name: task.model, sha256: facts.sha256, kind: facts.kind } }),
    ...(wholes.length === 0 ? {} : { wholes }),
  };
}

/** The input of the built-in kinds is derived here; an author's input stands as it was written. */
function inputOf(task: DraftTask, definition: DagDefinition, reads: readonly string[]): Json {
  const isTask = (id: string): boolean => definition.tasks.some((other) => other.taskId === id);
  const output = (taskId: string): Json => ({ $ref: ['output', taskId] });
  switch (task.kind) {
    case 'sql': {
      const given = Object.entries(task.from).map(([name, taskId]) => [name, output(taskId)] as const);
      const read = reads.filter((name) => task.from[name] === undefined && name !== task.taskId && isTask(name));
      return {
        model: task.taskId,
        inputs: Object.fromEntries([...given, ...read.map((name) => [name, output(name)] as const)]),
      };
    }
    case 'check': {
      const on = task.datasets.map((taskId) => [taskId, output(taskId)] as const);
      return { check: task.taskId, on: Object.fromEntries(on), ...(task.input as object) };
    }
    case 'latest_only':
      return latestOnlyInput(definition);
    case 'publish':
      return { datasets: datasetTasks(task, definition).map(output), ...(task.input as object) };
    default:
      return task.input;
  }
}

/** What comes after a run is asked where the task runs, which is not where an author's own timetable is. */
function latestOnlyInput({ dagId, header: { timetable, endDate } }: DagDefinition): Json {
  if (timetable.kind === 'custom')
    throw badSchedule(`DAG ${dagId}: latestOnly cannot ask ${timetable.name}, a timetable of its own`);
  return { run_type: { $ref: ['run', 'run_type'] }, timetable: timetable as unknown as Json, end_date: endDate };
}

/** The SQL tasks that a publish names, directly or by their group. */
function datasetTasks(task: DraftTask, definition: DagDefinition): readonly string[] {
  const isSql = (id: string): boolean => definition.tasks.some((one) => one.taskId === id && one.kind === 'sql');
  const named = task.datasets.flatMap((id) => membersOf(definition, id));
  return [...new Set(named.filter(isSql))];
}
