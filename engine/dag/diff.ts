import { canonicalJson, isJsonObject, type Json } from '../json';
import type { DagSpec, TaskSpec } from './spec';

/** One property that differs; null where it was not, or is no more. */
export interface FieldChange {
  readonly field: string;
  readonly before: Json;
  readonly after: Json;
}

/** What tells two specs of a DAG apart. All lists are sorted by name. */
export interface SpecDiff {
  /** Properties of the DAG as a whole, the defaults of its tasks included. */
  readonly header: readonly FieldChange[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly { readonly taskId: string; readonly fields: readonly FieldChange[] }[];
}

/** Properties whose members are compared one by one; others are told whole. */
const opened = new Set(['defaults', 'policy', 'sensor', 'timetable']);

/** What an author has changed between two versions of a DAG. Equal specs have an empty difference. */
export function diffSpecs(before: DagSpec, after: DagSpec): SpecDiff {
  const [old, now] = [tasksOf(before), tasksOf(after)];
  const ids = [...new Set([...old.keys(), ...now.keys()])].sort();
  const changed = ids.flatMap((taskId) => {
    const [a, b] = [old.get(taskId), now.get(taskId)];
    const fields = a === undefined || b === undefined ? [] : fieldChanges(a, b);
    return fields.length === 0 ? [] : [{ taskId, fields }];
  });
  return {
    header: fieldChanges({ ...before, tasks: [] }, { ...after, tasks: [] }),
    added: ids.filter((taskId) => !old.has(taskId)),
    removed: ids.filter((taskId) => !now.has(taskId)),
    changed,
  };
}

function tasksOf(spec: DagSpec): ReadonlyMap<string, TaskSpec> {
  return new Map(spec.tasks.map((task) => [task.taskId, task]));
}

function fieldChanges(before: object, after: object, prefix = ''): readonly FieldChange[] {
  const [old, now] = [membersOf(before), membersOf(after)];
  const names = [...new Set([...old.keys(), ...now.keys()])].sort();
  return names.flatMap((name) => {
    const [a, b] = [old.get(name) ?? null, now.get(name) ?? null];
    if (opened.has(name) && isJsonObject(a) && isJsonObject(b)) return fieldChanges(a, b, `${name}.`);
    return canonicalJson(a) === canonicalJson(b) ? [] : [{ field: prefix + name, before: a, after: b }];
  });
}

function membersOf(object: object): ReadonlyMap<string, Json> {
  return new Map(Object.entries(object) as [string, Json][]);
}
