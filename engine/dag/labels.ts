import { DefinitionError } from '../errors';
import type { EdgeStart, LabelledUpstream, Upstream } from './authoring';
import type { DagDefinition } from './draft';
import { expandEnds, type Graph } from './graph';

/** As long as a word on an edge stays a word. */
const longestLabel = 60;

/** Puts a word on an edge: `task('big', …).after(label('over 1,000', check))`. */
export function label(text: string, upstream: Upstream): LabelledUpstream {
  if (text.trim() !== '' && text.length <= longestLabel && !text.includes('\n')) return { label: text, upstream };
  throw new DefinitionError({
    code: 'bad_label',
    message: `The label ${JSON.stringify(text.slice(0, 2 * longestLabel))} is empty, has more than one line, or more than ${longestLabel} characters. What needs more words belongs into the task's docs.`,
    details: { label: text },
  });
}

/** The id that an edge begins at, and its label. */
export function edgeStart(start: EdgeStart): { readonly from: string; readonly label?: string } {
  if ('label' in start) return { ...edgeStart(start.upstream), label: start.label };
  return { from: 'taskId' in start ? start.taskId : start.groupId };
}

/** The labels of the edges to a task, by the task that each edge comes from; those of groups stand at all their edges. */
export function labelsOf(definition: DagDefinition, graph: Graph, taskId: string): { readonly [from: string]: string } {
  const labels = definition.edges.flatMap((edge) => {
    if (edge.label === undefined) return [];
    const { label } = edge;
    const { leaves, roots } = expandEnds(definition, graph.upstream, edge);
    return roots.includes(taskId) ? leaves.map((leaf) => [leaf, label] as const) : [];
  });
  return Object.fromEntries(labels);
}
