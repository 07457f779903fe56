import type { Command } from 'commander';
import type { DagSpec, Json, TaskSpec } from '../../../engine';
import { didYouMean, RequestError } from '../../../engine/errors';
import { durationText, plannedTask, planOf } from '../../../engine/interpreter';
import { addDagsOption, loadDags, type PlaceFlags } from '../../connect';
import { docsLines } from '../../docs-text';
import { findDag } from '../../find-dag';
import { addExamples } from '../../help';
import { addOutputOption, type ListFormat, print, printFacts, textOf } from '../../output';
import { paintFor } from '../../style';

interface ShowFlags extends PlaceFlags {
  readonly output: ListFormat;
}

/** `tidemill tasks show DAG TASK`: all that its file says of one task. */
export function addShowCommand(tasks: Command): void {
  const command = tasks
    .command('show')
    .description('print everything that is said of one task: its docs, edges, retries and limits')
    .argument('<dag>', 'id of the DAG')
    .argument('<task>', 'id of the task');
  addOutputOption(addDagsOption(command)).action((dagId: string, taskId: string, flags: ShowFlags) =>
    show(dagId, taskId, flags),
  );
  addExamples(command, [['tidemill tasks show retail_daily extract', 'what it is, waits for, and how it is retried']]);
}

async function show(dagId: string, taskId: string, flags: ShowFlags): Promise<void> {
  const { spec } = await findDag(await loadDags(flags), dagId);
  const task = taskNamed(spec, taskId);
  const rows = factsOf(spec, task).map(([property, value]) => ({ property, value }));
  if (flags.output !== 'table') {
    const columns = [
      { name: 'property', value: (row: (typeof rows)[number]) => row.property },
      { name: 'value', value: (row: (typeof rows)[number]) => row.value },
    ];
    const object = Object.fromEntries(rows.map(({ property, value }) => [property, value]));
    return await printFacts({ object, rows, columns }, flags.output);
  }
  const paint = paintFor(process.stdout);
  print(`${paint.bold(taskId)}  ${task.kind}  ${paint.dim(dagId)}`);
  for (const line of docsLines(task.docs)) print(line);
  print('');
  for (const { property, value } of rows.filter((row) => !['task_id', 'kind', 'docs'].includes(row.property))) {
    const text = property.endsWith('_ms') && typeof value === 'number' ? durationText(value) : textOf(value);
    if (text !== '') print(`${paint.dim(property.replace(/_ms$/, '').padEnd(26))} ${text}`);
  }
}

function factsOf(spec: DagSpec, task: TaskSpec): readonly (readonly [string, Json])[] {
  const { policyOfTask: policy, downstream } = plannedTask(planOf(spec), task.taskId);
  const settings = Object.entries(policy).map(([name, value]) => [snakeCase(name), value as Json] as const);
  return [
    ['task_id', task.taskId],
    ['kind', task.kind],
    ['group', task.group],
    ['role', task.role ?? null],
    ['owner', task.owner ?? spec.owner],
    ['docs', task.docs ?? null],
    ['upstream', task.upstream],
    ['labels', task.labels === undefined ? null : task.labels],
    ['downstream', downstream],
    ['model', task.model?.name ?? null],
    ...settings,
    ['input', task.input],
  ];
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function taskNamed(spec: DagSpec, taskId: string): TaskSpec {
  const task = spec.tasks.find((one) => one.taskId === taskId);
  if (task !== undefined) return task;
  const known = spec.tasks.map((one) => one.taskId);
  throw new RequestError({
    code: 'unknown_task',
    message: `${spec.dagId} has no task "${taskId}".${didYouMean(taskId, known)} It has: ${known.join(', ')}.`,
    details: { dag: spec.dagId, task: taskId, known },
  });
}
