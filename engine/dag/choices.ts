import { groupsAround, type TaskSpec } from './spec';

/** What can be chosen after a task: the tasks directly downstream, and the groups that they are in and it is not. */
export function choicesAfter(tasks: readonly TaskSpec[], taskId: string): readonly string[] {
  const own = tasks.filter((task) => task.taskId === taskId).flatMap(groupsAround);
  const next = tasks.filter((task) => task.upstream.includes(taskId) && task.role !== 'teardown');
  const names = next.flatMap((task) => [...groupsAround(task).filter((group) => !own.includes(group)), task.taskId]);
  return [...new Set(names)];
}
