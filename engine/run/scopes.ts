import type { DagSpec } from '../dag/spec';

/**
 * The setups that each task needs, by task id; tasks that need none are left out. Of a teardown they
 * are those directly before it. Any other task needs a setup that it comes after, at any distance,
 * until all teardowns of that setup lie behind it; a setup without a teardown is needed by all that
 * comes after it.
 */
export function setupsByTask(
  spec: DagSpec,
  descendants: (taskId: string) => ReadonlySet<string>,
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const setup of spec.tasks) {
    if (setup.role !== 'setup') continue;
    const after = descendants(setup.taskId);
    const teardowns = spec.tasks.filter((task) => task.role === 'teardown' && task.upstream.includes(setup.taskId));
    const behind = teardowns.map((task) => descendants(task.taskId));
    for (const task of spec.tasks) {
      const isOver = behind.length > 0 && behind.every((ids) => ids.has(task.taskId));
      const needs = task.role === 'teardown' ? teardowns.includes(task) : after.has(task.taskId) && !isOver;
      if (needs) found.set(task.taskId, [...(found.get(task.taskId) ?? []), setup.taskId]);
    }
  }
  return found;
}
