import type { DagSpec, TaskSpec } from '../engine';
import { createPaint, type Paint } from './style';
import { tableLines } from './table';

/**
 * The graph of a DAG as text: one row per task, by levels (the longest way from a first task), with the
 * tasks that it waits for. Edges that follow from others are left out.
 */
export function graphLines(
  spec: DagSpec,
  options: { readonly width?: number | undefined; readonly paint?: Paint } = {},
): readonly string[] {
  const paint = options.paint ?? createPaint(false);
  const levels = levelsOf(spec.tasks);
  const reduced = withoutShortcuts(spec.tasks);
  const order = [...spec.tasks].sort((a, b) => Number(levels.get(a.taskId)) - Number(levels.get(b.taskId)));
  let before = -1;
  const rows = order.map((task) => {
    const level = Number(levels.get(task.taskId));
    const shown = level === before ? '' : String(level + 1);
    before = level;
    const waits = reduced.get(task.taskId) ?? [];
    return [
      { text: shown, paint: paint.dim },
      { text: task.taskId, paint: paint.bold },
      { text: task.kind },
      { text: task.group ?? '' },
      { text: waits.length === 0 ? '' : `← ${waits.map((id) => edgeText(task, id)).join(', ')}`, paint: paint.dim },
    ];
  });
  const hasGroups = spec.tasks.some((task) => task.group !== null);
  const columns = [
    { heading: '', align: 'right', canShrink: false },
    { heading: 'task', align: 'left', canShrink: false },
    { heading: 'kind', align: 'left', canShrink: false },
    { heading: 'group', align: 'left', canShrink: false },
    { heading: 'after', align: 'left', canShrink: true },
  ] as const;
  const kept = columns.map((_, index) => index).filter((index) => hasGroups || index !== 3);
  return tableLines(
    kept.map((index) => columns[index] as (typeof columns)[number]),
    rows.map((row) => kept.map((index) => row[index] as { text: string })),
    { width: options.width, paint },
  );
}

/** The graph in Graphviz's language: groups are clusters. */
export function graphDot(spec: DagSpec): string {
  const lines = [`digraph ${quote(spec.dagId)} {`, '  rankdir=LR;', '  node [shape=box, style=rounded];'];
  const groups = [...new Set(spec.tasks.flatMap((task) => task.group ?? []))];
  for (const group of groups) {
    lines.push(`  subgraph ${quote(`cluster_${group}`)} {`, `    label=${quote(group)};`);
    for (const task of spec.tasks.filter((one) => one.group === group)) lines.push(`    ${quote(task.taskId)};`);
    lines.push('  }');
  }
  for (const task of spec.tasks.filter((one) => one.group === null)) lines.push(`  ${quote(task.taskId)};`);
  for (const task of spec.tasks)
    for (const from of task.upstream) {
      const label = task.labels?.[from];
      const attributes = label === undefined ? '' : ` [label=${quote(label)}]`;
      lines.push(`  ${quote(from)} -> ${quote(task.taskId)}${attributes};`);
    }
  return [...lines, '}'].join('\n');
}

/** An upstream with the word on its edge: `check (over 1,000)`. */
function edgeText({ labels }: TaskSpec, upstream: string): string {
  const label = labels?.[upstream];
  return label === undefined ? upstream : `${upstream} (${label})`;
}

function quote(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** The level of every task, from 0. Tasks are in topological order, so that every upstream has its level before. */
export function levelsOf(tasks: readonly TaskSpec[]): ReadonlyMap<string, number> {
  const levels = new Map<string, number>();
  for (const { taskId, upstream } of tasks)
    levels.set(taskId, Math.max(0, ...upstream.map((id) => Number(levels.get(id)) + 1)));
  return levels;
}

/** Upstream without those that are reached over another upstream anyway. */
export function withoutShortcuts(tasks: readonly TaskSpec[]): ReadonlyMap<string, readonly string[]> {
  const ancestors = new Map<string, ReadonlySet<string>>();
  const reduced = new Map<string, readonly string[]>();
  for (const { taskId, upstream, labels = {} } of tasks) {
    const behind = new Set(upstream.flatMap((id) => [...(ancestors.get(id) ?? [])]));
    ancestors.set(taskId, new Set([...behind, ...upstream]));
    reduced.set(
      taskId,
      upstream.filter((id) => !behind.has(id) || labels[id] !== undefined),
    );
  }
  return reduced;
}
