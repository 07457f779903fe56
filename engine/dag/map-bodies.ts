import { DefinitionError } from '../errors';
import type { Json } from '../json';
import type { DagDefinition, DraftMap, DraftTask } from './draft';
import { resolveReferences } from './references';
import type { TaskSpec } from './spec';

/**
 * A definition without what is inside its mapped tasks. Edges into a body mean the mapped task; edges
 * out of one are refused, since one task cannot follow one of many instances.
 */
export function withoutBodies(definition: DagDefinition): DagDefinition {
  const unitOf = unitsOf(definition);
  const lift = (id: string): string => unitOf.get(id) ?? id;
  const edges = definition.edges.flatMap((edge) => {
    const { from, to } = edge;
    const unit = unitOf.get(from) ?? null;
    if (unit !== null && unit === unitOf.get(to)) return [];
    if (unit !== null) throw insideGroup(definition.dagId, { from, to, unit });
    return [{ ...edge, to: lift(to) }];
  });
  return { ...definition, edges, tasks: definition.tasks.filter((task) => task.unit === null) };
}

/** Which mapped group each task is inside of, and each group of a body. */
function unitsOf({ tasks }: DagDefinition): ReadonlyMap<string, string | null> {
  const groups = tasks.flatMap(({ group, unit }) => (group === null ? [] : [[group, unit] as const]));
  return new Map([...groups, ...tasks.map((task) => [task.taskId, task.unit] as const)]);
}

/** The tasks of one instance with the edges among them, as a definition of their own. */
export function bodyOf(definition: DagDefinition, unit: TaskSpec): DagDefinition {
  const draft = definition.tasks.find((task) => task.taskId === unit.taskId) as DraftTask;
  const tasks = draft.handler === null ? inside(definition, unit.taskId) : [oneTask(draft)];
  const ids = new Set(tasks.flatMap(({ taskId, group }) => [taskId, ...(group === null ? [] : [group])]));
  return { ...definition, tasks, edges: definition.edges.filter(({ from, to }) => ids.has(from) && ids.has(to)) };
}

function inside(definition: DagDefinition, unitId: string): readonly DraftTask[] {
  return definition.tasks.filter((task) => task.unit === unitId).map((task) => ({ ...task, unit: null }));
}

/** Finding out what there is to do is no light work, whatever the instances of a mapped task are. */
export function asWhole(task: DraftTask): DraftTask {
  return task.kind === 'map' ? { ...task, policy: { ...task.policy, local: false } } : task;
}

/** Inside its instances a mapped task is an ordinary one; its trigger rule and what is said of it are about all of them. */
function oneTask({ map, policy: { triggerRule: _rule, ...policy }, about: _about, ...draft }: DraftTask): DraftTask {
  return {
    ...draft,
    kind: 'task',
    group: null,
    input: (map as DraftMap).input,
    policy: { ...policy, triggerRule: 'all_success' },
  };
}

/** References among the tasks of a body are to the same instance: `["inner", …]`. */
export function innerReferences(input: Json, body: readonly TaskSpec[]): Json {
  const ids = new Set(body.map((task) => task.taskId));
  return resolveReferences(input, (path) => {
    const isInner = path[0] === 'output' && ids.has(String(path[1]));
    return { $ref: isInner ? ['inner', ...path.slice(1)] : [...path] };
  });
}

export function emptyBody(dagId: string, unitId: string): DefinitionError {
  return new DefinitionError({
    code: 'dag_without_tasks',
    message: `The mapped group ${unitId} of DAG ${dagId} has no tasks. Add one in its body.`,
    details: { dag: dagId, task: unitId },
  });
}

function insideGroup(dagId: string, edge: { from: string; to: string; unit: string }): DefinitionError {
  const { from, to, unit } = edge;
  return new DefinitionError({
    code: 'task_inside_mapping',
    message: `Task ${to} of DAG ${dagId} refers to ${from}, which is inside the mapped group ${unit} and runs once for each item. Return it from the group's body and use what mapGroup gives: the list of its outputs.`,
    details: { dag: dagId, task: to, inside: from, group: unit },
  });
}
