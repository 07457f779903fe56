import type { Command } from 'commander';
import type { TaskSpec } from '../../../engine';
import { durationText, policyOf } from '../../../engine/interpreter';
import { addDagsOption, loadDags, type PlaceFlags } from '../../connect';
import { findDag } from '../../find-dag';
import { addExamples } from '../../help';
import { addOutputOption, type ListColumn, type ListFormat, printList } from '../../output';

interface ListFlags extends PlaceFlags {
  readonly output: ListFormat;
}

/** `tidemill tasks list DAG`: what each task is, and how it is retried. */
export function addListCommand(tasks: Command): void {
  const command = tasks
    .command('list')
    .description("list a DAG's tasks in the order in which they may run")
    .argument('<dag>', 'id of the DAG');
  addOutputOption(addDagsOption(command)).action((dagId: string, flags: ListFlags) => list(dagId, flags));
  addExamples(command, [['tidemill tasks list retail_daily', 'kind, trigger rule, retries and time-out of each task']]);
}

async function list(dagId: string, flags: ListFlags): Promise<void> {
  const { spec } = await findDag(await loadDags(flags), dagId);
  const columns: readonly ListColumn<TaskSpec>[] = [
    { name: 'task_id', value: (task) => task.taskId },
    { name: 'kind', value: (task) => task.kind },
    { name: 'group', value: (task) => task.group },
    { name: 'trigger_rule', value: (task) => policyOf(spec, task).triggerRule },
    { name: 'retries', value: (task) => policyOf(spec, task).retries },
    {
      name: 'retry_delay_ms',
      heading: 'retry_delay',
      value: (task) => policyOf(spec, task).retryDelayMs,
      text: (task) => durationText(policyOf(spec, task).retryDelayMs),
    },
    {
      name: 'execution_timeout_ms',
      heading: 'timeout',
      value: (task) => policyOf(spec, task).executionTimeoutMs,
      text: (task) => durationText(policyOf(spec, task).executionTimeoutMs),
    },
    { name: 'upstream', value: (task) => task.upstream, isDetail: true },
    { name: 'labels', value: (task) => task.labels ?? {}, isDetail: true },
    { name: 'owner', value: (task) => task.owner ?? spec.owner, isDetail: true },
    { name: 'docs', value: (task) => task.docs ?? null, isDetail: true },
    { name: 'model', value: (task) => task.model?.name ?? null, isDetail: true },
  ];
  await printList(spec.tasks, columns, { format: flags.output, empty: `${dagId} has no tasks.` });
}
