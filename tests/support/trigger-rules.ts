import type { DagSpec } from '../../engine/dag/spec';
import type { TriggerRule } from '../../engine/gates/trigger-rule';
import { type Run, taskOf } from '../../engine/run/run';
import { type TaskState, taskStates } from '../../engine/run/task-state';

export type Decision = 'run' | 'wait' | 'skip' | 'block';

/**
 * Airflow's trigger rules once more, stated apart from the engine: the upstream states as letters
 * (S success, F failed, U upstream_failed, K skipped, P not finished) in any order, and for each rule
 * the patterns that decide, the first that is found. `''` is found always.
 */
const statement: { readonly [rule in TriggerRule]: readonly (readonly [pattern: string, decision: Decision])[] } = {
  all_success: [
    ['[FU]', 'block'],
    ['K', 'skip'],
    ['P', 'wait'],
    ['', 'run'],
  ],
  all_failed: [
    ['[SK]', 'skip'],
    ['P', 'wait'],
    ['', 'run'],
  ],
  all_done: [
    ['P', 'wait'],
    ['', 'run'],
  ],
  // As Airflow's code has it, not its documents: any skip skips.
  all_done_min_one_success: [
    ['K', 'skip'],
    ['P', 'wait'],
    ['S', 'run'],
    ['', 'block'],
  ],
  all_skipped: [
    ['[SFU]', 'skip'],
    ['P', 'wait'],
    ['', 'run'],
  ],
  one_success: [
    ['S', 'run'],
    ['P', 'wait'],
    ['^K+$', 'skip'],
    ['', 'block'],
  ],
  one_failed: [
    ['[FU]', 'run'],
    ['P', 'wait'],
    ['', 'skip'],
  ],
  one_done: [
    ['[SF]', 'run'],
    ['P', 'wait'],
    ['', 'skip'],
  ],
  none_failed: [
    ['[FU]', 'block'],
    ['P', 'wait'],
    ['', 'run'],
  ],
  none_failed_min_one_success: [
    ['[FU]', 'block'],
    ['P', 'wait'],
    ['S', 'run'],
    ['', 'skip'],
  ],
  none_skipped: [
    ['K', 'skip'],
    ['P', 'wait'],
    ['', 'run'],
  ],
  always: [['', 'run']],
};

const letters: { readonly [state in TaskState]?: string } = {
  success: 'S',
  failed: 'F',
  upstream_failed: 'U',
  skipped: 'K',
};

/** Of a teardown: capital letters are its setups, small ones the other tasks before it. */
const teardownStatement: readonly (readonly [pattern: string, decision: Decision])[] = [
  ['[Pp]', 'wait'],
  ['S', 'run'],
  ['^[a-z]*$', 'run'],
  ['^[a-zK]*$', 'skip'],
  ['', 'block'],
];

/** What a teardown has to answer for these direct upstream states, some of them of setups. */
export function expectedOfTeardown(
  upstream: readonly { readonly state: TaskState; readonly isSetup: boolean }[],
): Decision {
  const word = upstream
    .map(({ state, isSetup }) => {
      const letter = letters[state] ?? 'P';
      return isSetup ? letter : letter.toLowerCase();
    })
    .join('');
  return first(teardownStatement, word);
}

/** What all gates together have to answer of a task: a setup in whose scope it is must have succeeded first. */
export function expectedOfTask(spec: DagSpec, taskId: string, run: Run): Decision {
  const statesOf = (id: string): readonly TaskState[] => statesOfInstances(spec, run, id);
  const stateOf = (id: string): TaskState => taskOf(run, id).state;
  const task = spec.tasks.find((one) => one.taskId === taskId) as DagSpec['tasks'][number];
  const isSetup = (id: string): boolean => spec.tasks.some((one) => one.taskId === id && one.role === 'setup');
  if (task.role === 'teardown')
    return expectedOfTeardown(task.upstream.map((id) => ({ state: stateOf(id), isSetup: isSetup(id) })));
  const needed = expectedDecision('all_success', neededSetups(spec, taskId).flatMap(statesOf));
  const rule = (task.policy.triggerRule ?? spec.defaults.triggerRule) as TriggerRule;
  return needed === 'run' ? expectedDecision(rule, task.upstream.flatMap(statesOf)) : needed;
}

/** A task's state; of a mapped one those of its instances' last tasks, each as often as it matters for a rule. */
function statesOfInstances(spec: DagSpec, run: Run, taskId: string): readonly TaskState[] {
  const { state, map } = taskOf(run, taskId);
  const body = spec.tasks.find((one) => one.taskId === taskId)?.map?.body;
  if (map === undefined || map === null || body === undefined) return [state];
  const last = body.at(-1)?.taskId ?? '';
  const told = [map.counts, ...Object.values(map.shards)].map((counts) => counts[last] ?? {});
  const all = told.flatMap((counts) => Object.entries(counts) as [TaskState, number][]);
  const known = all.filter(([, count]) => count > 0);
  const sum = known.reduce((total, [, count]) => total + count, 0);
  return [...known.map(([one]) => one), ...(sum < map.length ? (['none'] as const) : [])];
}

/** The setups before a task of which not every teardown lies before it too. */
function neededSetups(spec: DagSpec, taskId: string): readonly string[] {
  const before = ancestors(spec, taskId);
  const isBefore = (id: string): boolean => before.has(id);
  return spec.tasks
    .filter((setup) => setup.role === 'setup' && isBefore(setup.taskId))
    .map((setup) => setup.taskId)
    .filter((setup) => {
      const teardowns = spec.tasks.filter((one) => one.role === 'teardown' && one.upstream.includes(setup));
      return teardowns.length === 0 || !teardowns.every((one) => isBefore(one.taskId));
    });
}

function ancestors(spec: DagSpec, taskId: string): ReadonlySet<string> {
  const { upstream } = spec.tasks.find((one) => one.taskId === taskId) as DagSpec['tasks'][number];
  return new Set(upstream.flatMap((id) => [id, ...ancestors(spec, id)]));
}

function first(lines: readonly (readonly [pattern: string, decision: Decision])[], word: string): Decision {
  const line = lines.find(([pattern]) => new RegExp(pattern).test(word));
  return (line as readonly [string, Decision])[1];
}

/** What the rule has to answer for these direct upstream states. */
export function expectedDecision(rule: TriggerRule, upstream: readonly TaskState[]): Decision {
  if (upstream.length === 0) return 'run';
  const word = upstream.map((state) => letters[state] ?? 'P').join('');
  return first(statement[rule], word);
}

/** Every multiset of at most `size` task states, each as a list. */
export function statesUpTo(size: number): readonly (readonly TaskState[])[] {
  const grow = (lists: readonly (readonly TaskState[])[]): readonly (readonly TaskState[])[] =>
    lists.flatMap((list) => {
      const last = list.at(-1);
      const from = last === undefined ? 0 : taskStates.indexOf(last);
      return taskStates.slice(from).map((state) => [...list, state]);
    });
  const all: (readonly TaskState[])[] = [[]];
  let layer: readonly (readonly TaskState[])[] = [[]];
  for (let length = 1; length <= size; length += 1) {
    layer = grow(layer);
    all.push(...layer);
  }
  return all;
}
