import type { Builders, DagOptions } from '../../engine/dag/authoring';
import { type CompiledDag, compile, type SqlModelFacts } from '../../engine/dag/compile';
import { defineDag } from '../../engine/dag/define';
import type { DagDefinition } from '../../engine/dag/draft';
import type { TaskSpec } from '../../engine/dag/spec';

/** A handler that takes anything and gives nothing: for tests about the graph. */
export const anyHandler = async (_context: unknown, _input: unknown): Promise<null> => null;

/** Facts of SQL models from what each of them reads. */
export function modelsOf(
  reads: { readonly [name: string]: readonly string[] },
  kind: SqlModelFacts['kind'] = 'slice',
): ReadonlyMap<string, SqlModelFacts> {
  return new Map(Object.entries(reads).map(([name, read]) => [name, { kind, reads: read, sha256: `sha of ${name}` }]));
}

/** Defines the DAG `shop`. */
export function aDefinition<Params = Record<never, never>>(
  body: (builders: Builders<Params>) => unknown,
  options: Partial<DagOptions<Params>> = {},
): DagDefinition {
  return defineDag<Params>({ id: 'shop', ...options }, body);
}

/** Defines and compiles the DAG `shop`, with SQL models by what they read. */
export function aCompiledDag<Params = Record<never, never>>(
  body: (builders: Builders<Params>) => unknown,
  {
    reads = {},
    ...options
  }: Partial<DagOptions<Params>> & { reads?: { readonly [name: string]: readonly string[] } } = {},
): CompiledDag {
  return compile(aDefinition(body, options as Partial<DagOptions<Params>>), modelsOf(reads));
}

/** The direct upstream of every task, in the order of the spec. */
export function edgesOf({ spec }: CompiledDag): { readonly [taskId: string]: readonly string[] } {
  return Object.fromEntries(spec.tasks.map((task) => [task.taskId, task.upstream]));
}

export function taskNamed({ spec }: CompiledDag, taskId: string): TaskSpec {
  const task = spec.tasks.find((one) => one.taskId === taskId);
  if (task === undefined) throw new Error(`no task ${taskId}`);
  return task;
}
