import { graphlib, layout } from '@dagrejs/dagre';
import type { DagSpec, TaskSpec } from '../engine';
import { withoutShortcuts } from './dag-picture';

/** Of a monospaced letter at the size below: wide enough for the fonts that browsers have. */
const letterWidth = 7.3;
const fontSize = 12;
const boxHeight = 34;
const padding = 10;
const margin = 16;

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Drawn {
  readonly width: number;
  readonly height: number;
  readonly tasks: readonly (Box & { readonly task: TaskSpec })[];
  readonly groups: readonly (Box & { readonly group: string })[];
  readonly edges: readonly (readonly { readonly x: number; readonly y: number }[])[];
}

/** The graph as one SVG file that needs no other: from left to right, groups as frames, no edge that follows from others. */
export function graphSvg(spec: DagSpec): string {
  const { width, height, tasks, groups, edges } = drawn(spec);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="${fontSize}">`,
    `<title>${escaped(spec.dagId)}</title>`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8z" fill="#555"/></marker></defs>',
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...groups.map(groupShape),
    ...edges.map(edgeShape),
    ...tasks.map(taskShape),
    '</svg>',
  ].join('\n');
}

function drawn(spec: DagSpec): Drawn {
  const graph = laidOut(spec);
  const frame = graph.graph() as { readonly width: number; readonly height: number };
  const boxOf = (id: string): Box => boxAt(graph.node(id) as Box);
  return {
    width: Math.ceil(frame.width + 2 * margin),
    height: Math.ceil(frame.height + 2 * margin),
    tasks: spec.tasks.map((task) => ({ task, ...boxOf(taskKey(task.taskId)) })),
    groups: groupsOf(spec).map((group) => ({ group, ...boxOf(groupKey(group)) })),
    edges: graph.edges().map((edge) => graph.edge(edge).points as readonly { x: number; y: number }[]),
  };
}

function laidOut(spec: DagSpec): graphlib.Graph {
  const graph = new graphlib.Graph({ compound: true });
  graph.setGraph({ rankdir: 'LR', nodesep: 14, ranksep: 44, ranker: 'tight-tree' });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const group of groupsOf(spec)) graph.setNode(groupKey(group), {});
  for (const { taskId, kind, group } of spec.tasks) {
    const width = Math.max(taskId.length, kind.length) * letterWidth + 2 * padding;
    graph.setNode(taskKey(taskId), { width, height: boxHeight });
    if (group !== null) graph.setParent(taskKey(taskId), groupKey(group));
  }
  for (const [taskId, upstream] of withoutShortcuts(spec.tasks)) {
    for (const from of upstream) graph.setEdge(taskKey(from), taskKey(taskId));
  }
  layout(graph);
  return graph;
}

/** A task and a group may have one name. */
function taskKey(taskId: string): string {
  return `task ${taskId}`;
}

function groupKey(group: string): string {
  return `group ${group}`;
}

function groupsOf({ tasks }: DagSpec): readonly string[] {
  return [...new Set(tasks.flatMap(({ group }) => group ?? []))];
}

/** The layout gives middles, SVG wants corners. */
function boxAt({ x, y, width, height }: Box): Box {
  return {
    x: round(x - width / 2 + margin),
    y: round(y - height / 2 + margin),
    width: round(width),
    height: round(height),
  };
}

function taskShape({ task, x, y, width, height }: Drawn['tasks'][number]): string {
  const dashed = task.kind === 'sensor' ? ' stroke-dasharray="4 3"' : '';
  const heavy = task.kind === 'publish' ? ' stroke-width="2"' : '';
  const middle = round(x + width / 2);
  return [
    `<g><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6" fill="#f6f8fa" stroke="#444"${dashed}${heavy}/>`,
    `<text x="${middle}" y="${y + 15}" text-anchor="middle">${escaped(task.taskId)}</text>`,
    `<text x="${middle}" y="${y + 28}" text-anchor="middle" fill="#666" font-size="${fontSize - 2}">${escaped(task.kind)}</text></g>`,
  ].join('');
}

function groupShape({ group, x, y, width, height }: Drawn['groups'][number]): string {
  return `<g><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="10" fill="none" stroke="#999" stroke-dasharray="2 3"/><text x="${x + 8}" y="${y - 3}" fill="#666" font-size="${fontSize - 2}">${escaped(group)}</text></g>`;
}

function edgeShape(points: Drawn['edges'][number]): string {
  const path = points.map(({ x, y }) => `${round(x + margin)} ${round(y + margin)}`).join(' ');
  return `<path d="M${path}" fill="none" stroke="#555" marker-end="url(#arrow)"/>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
