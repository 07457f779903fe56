import { type Command, Option } from 'commander';
import type { InstanceRow, TaskRow, TaskState } from '../../../engine';
import { shortDuration, taskStates } from '../../../engine/interpreter';
import { addServerOptions, type PlaceFlags, withClient } from '../../connect';
import { addExamples } from '../../help';
import { taskListLines } from '../../live-grid';
import { addOutputOption, type ListColumn, type ListFormat, print, printList } from '../../output';
import { resolveRunId } from '../../run-ref';
import { watchedRun } from '../../run-watch';
import { paintFor } from '../../style';
import { positiveInteger } from '../dags/list-runs';

interface StatesFlags extends PlaceFlags {
  readonly output: ListFormat;
  readonly instances?: boolean;
  readonly state?: TaskState;
  readonly task?: string;
  readonly limit: number;
}

/** `tidemill tasks states-for-dag-run DAG RUN`: the task table of a run. */
export function addStatesCommand(tasks: Command): void {
  const command = tasks
    .command('states-for-dag-run')
    .description('print the task table of a run: state, try, rows, time and reason of every task')
    .argument('<dag>', 'id of the DAG')
    .argument('[run]', 'run id, "latest", or the date at which its interval begins', 'latest')
    .option('--instances', 'the instances of mapped tasks instead, one line each')
    .option('--task <id>', 'with --instances: only those of this mapped task')
    .addOption(new Option('--state <state>', 'with --instances: only those in this state').choices(taskStates))
    .option('--limit <n>', 'with --instances: at most so many lines', positiveInteger, 1_000);
  addOutputOption(addServerOptions(command)).action((dagId: string, run: string, flags: StatesFlags) =>
    flags.instances === true ? instances(dagId, run, flags) : states(dagId, run, flags),
  );
  addExamples(command, [
    ['tidemill tasks states-for-dag-run retail_daily', 'of the run that was started last'],
    ['tidemill tasks states-for-dag-run retail_daily 2010-12-01 -o json', 'of the newest run for that day'],
    ['tidemill tasks states-for-dag-run imports --instances --state failed', 'which instances failed, and why'],
  ]);
}

async function states(dagId: string, run: string, flags: StatesFlags): Promise<void> {
  const { rows, watched } = await withClient(flags, async (client) => {
    const view = await client.run(dagId, await resolveRunId(client, dagId, run));
    const watchedOne = watchedRun(view);
    return { rows: watchedOne.rows, watched: watchedOne };
  });
  if (flags.output === 'table') {
    const width = process.stdout.isTTY ? process.stdout.columns : 10_000;
    const view = { width, height: Number.POSITIVE_INFINITY, nowMs: Date.now(), paint: paintFor(process.stdout) };
    for (const line of taskListLines(watched, view)) print(line);
    return;
  }
  const columns: readonly ListColumn<TaskRow>[] = [
    { name: 'dag_id', value: () => dagId },
    { name: 'run_id', value: () => watched.runId },
    { name: 'task_id', value: (row) => row.taskId },
    { name: 'state', value: (row) => row.state },
    { name: 'try_number', value: (row) => row.tryNumber },
    { name: 'max_tries', value: (row) => row.maxTries },
    { name: 'reason', value: (row) => row.reason },
    { name: 'row_count', value: (row) => row.rowCount },
    { name: 'started_at', value: (row) => row.startedAt },
    { name: 'duration_ms', value: (row) => row.durationMs },
  ];
  await printList(rows, columns, { format: flags.output, empty: '' });
}

async function instances(dagId: string, run: string, flags: StatesFlags): Promise<void> {
  const { state, task, limit } = flags;
  const rows = await withClient(flags, async (client) =>
    client.instances(dagId, await resolveRunId(client, dagId, run), {
      limit,
      ...(state === undefined ? {} : { states: [state] }),
      ...(task === undefined ? {} : { taskId: task }),
    }),
  );
  await printList(rows, instanceColumns, { format: flags.output, empty: 'No instances.' });
}

const instanceColumns: readonly ListColumn<InstanceRow>[] = [
  { name: 'task_id', value: (row) => row.taskId },
  { name: 'map_index', value: (row) => row.mapIndex },
  { name: 'label', value: (row) => row.label },
  { name: 'state', value: (row) => row.state, paint: (row, paint) => (text) => paint.state(row.state, text) },
  { name: 'try_number', value: (row) => row.tryNumber },
  { name: 'max_tries', value: (row) => row.maxTries, isDetail: true },
  {
    name: 'duration_ms',
    value: (row) => row.durationMs,
    text: (row) => (row.durationMs === null ? '' : shortDuration(row.durationMs)),
  },
  { name: 'reason', value: (row) => row.reason },
];
