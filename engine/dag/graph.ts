import { DefinitionError, didYouMean } from '../errors';
import type { DagDefinition, Edge } from './draft';

/** Tasks in the order of the file, each with its direct upstream. */
export interface Graph {
  readonly ids: readonly string[];
  readonly upstream: ReadonlyMap<string, ReadonlySet<string>>;
}

/**
 * Kahn's algorithm; among tasks that are ready the order of the file decides. A cycle is
 * `dag_cycle`, with its path.
 */
export function inTopologicalOrder(dagId: string, graph: Graph): readonly string[] {
  const rank = new Map(graph.ids.map((id, index) => [id, index]));
  const missing = new Map(graph.ids.map((id) => [id, (graph.upstream.get(id) as ReadonlySet<string>).size]));
  const downstream = downstreamOf(graph);
  const ready = graph.ids.filter((id) => missing.get(id) === 0);
  const order: string[] = [];
  for (let id = ready.shift(); id !== undefined; id = ready.shift()) {
    order.push(id);
    const freed = (downstream.get(id) as readonly string[]).filter((child) => {
      const left = Number(missing.get(child)) - 1;
      missing.set(child, left);
      return left === 0;
    });
    ready.push(...freed);
    if (freed.length > 0) ready.sort((a, b) => Number(rank.get(a)) - Number(rank.get(b)));
  }
  if (order.length < graph.ids.length) throw cycleError(dagId, graph, new Set(order));
  return order;
}

/** Direct downstream tasks of every task, in the order of the file. */
export function downstreamOf(graph: Graph): ReadonlyMap<string, readonly string[]> {
  const downstream = new Map<string, string[]>(graph.ids.map((id) => [id, []]));
  for (const id of graph.ids)
    for (const from of graph.upstream.get(id) as ReadonlySet<string>) downstream.get(from)?.push(id);
  return downstream;
}

/** The tasks that an edge of groups means: the last ones of its start, the first ones of its end. */
export function expandEnds(
  definition: DagDefinition,
  upstream: ReadonlyMap<string, ReadonlySet<string>>,
  edge: Edge,
): { leaves: readonly string[]; roots: readonly string[] } {
  const start = membersOf(definition, edge.from);
  const end = membersOf(definition, edge.to);
  const roles = new Map(definition.tasks.map((task) => [task.taskId, task.role]));
  // What comes after a group does not wait for its teardowns, nor for a setup that only they come after.
  const isTeardown = (id: string): boolean => roles.get(id) === 'teardown';
  const work = start.filter((id) => !isTeardown(id));
  const isBefore = (id: string, others: readonly string[]): boolean =>
    others.some((other) => upstream.get(other)?.has(id));
  const last = work.filter((id) => !isBefore(id, work));
  const lastWork = last.filter((id) => roles.get(id) !== 'setup' || !isBefore(id, start));
  const hasUpstreamInside = (id: string): boolean => end.some((other) => upstream.get(id)?.has(other));
  return {
    leaves: [lastWork, last, start].find((ids) => ids.length > 0) ?? [],
    roots: end.filter((id) => !hasUpstreamInside(id)),
  };
}

/** The groups around a group, from the inside. */
export function groupsOutside(groups: DagDefinition['groups'], groupId: string | null): readonly string[] {
  const outside: string[] = [];
  const parentOf = (id: string | null): string | null => groups.find((one) => one.groupId === id)?.parent ?? null;
  for (let at = parentOf(groupId); at !== null; at = parentOf(at)) outside.push(at);
  return outside;
}

/** A task itself, or all tasks of a group and of the groups in it. */
export function membersOf(definition: Pick<DagDefinition, 'tasks' | 'groups'>, id: string): readonly string[] {
  if (definition.tasks.some((task) => task.taskId === id)) return [id];
  const groups = new Set([id]);
  for (const group of definition.groups)
    if (group.parent !== null && groups.has(group.parent)) groups.add(group.groupId);
  return definition.tasks.filter((task) => task.group !== null && groups.has(task.group)).map((task) => task.taskId);
}

/** Throws `unknown_upstream` when an edge names what the DAG does not have (a task of another DAG, say). */
export function checkEdges(definition: Pick<DagDefinition, 'dagId' | 'tasks' | 'groups' | 'edges'>): void {
  const known = [...definition.tasks.map((task) => task.taskId), ...definition.groups.map((group) => group.groupId)];
  for (const { from, to } of definition.edges) {
    if (known.includes(from)) continue;
    throw new DefinitionError({
      code: 'unknown_upstream',
      message: `Task ${to} of DAG ${definition.dagId} comes after "${from}", which this DAG does not have.${didYouMean(from, known)}`,
      details: { dag: definition.dagId, task: to, name: from },
    });
  }
}

/** Every task in the rest waits for one in the rest, so walking upstream must come back to itself. */
function cycleError(dagId: string, graph: Graph, done: ReadonlySet<string>): DefinitionError {
  const path: string[] = [];
  let at = graph.ids.find((id) => !done.has(id)) as string;
  while (!path.includes(at)) {
    path.unshift(at);
    at = [...(graph.upstream.get(at) as ReadonlySet<string>)].find((id) => !done.has(id)) as string;
  }
  const cycle = [at, ...path.slice(0, path.indexOf(at) + 1)];
  return new DefinitionError({
    code: 'dag_cycle',
    message: `DAG ${dagId} has a cycle: ${cycle.join(' → ')}. Remove one of these edges.`,
    details: { dag: dagId, path: cycle },
  });
}
