import type { AssetEvent } from '../assets/event';
import type { Plan } from './plan';
import { type Run, taskOf } from './run';

/** The assets that each task of a DAG makes; only tasks that make some. */
export function outletsOf(plan: Plan): ReadonlyMap<string, readonly string[]> {
  return new Map(
    [...plan.tasks.values()].flatMap(({ taskId, policyOfTask: { outlets } }) =>
      outlets === undefined ? [] : [[taskId, outlets] as const],
    ),
  );
}

/** What became of assets between two states of a run: an event for each outlet of a task that has succeeded. */
export function newAssetEvents(
  outlets: ReadonlyMap<string, readonly string[]>,
  before: Run,
  after: Run,
): readonly AssetEvent[] {
  const { dagId, runId, interval } = after.identity;
  const made = [...outlets].filter(
    ([taskId]) => taskOf(after, taskId).state === 'success' && taskOf(before, taskId).state !== 'success',
  );
  return made.flatMap(([taskId, names]) => {
    const { tryNumber, endedAt } = taskOf(after, taskId);
    const source = `${dagId}/${runId}/${taskId}`;
    return names.map((name) => ({
      id: `${source}#${tryNumber}/${name}`,
      asset: name,
      partition: interval.start,
      interval,
      at: endedAt ?? after.startedAt,
      source,
    }));
  });
}
