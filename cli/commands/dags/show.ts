import type { Command } from 'commander';
import type { DagSpec, TaskSpec } from '../../../engine';
import { timetableText } from '../../../engine/interpreter';
import { addDagsOption, loadDags, type PlaceFlags } from '../../connect';
import { graphDot, graphLines, levelsOf } from '../../dag-picture';
import { findDag } from '../../find-dag';
import { addExamples } from '../../help';
import { addOutputOption, countText, type Facts, type ListFormat, print, printFacts } from '../../output';
import { paintFor } from '../../style';

interface ShowFlags extends PlaceFlags {
  readonly dot?: boolean;
  readonly output: ListFormat;
}

/** `tidemill dags show DAG`: the graph as its file defines it. */
export function addShowCommand(dags: Command): void {
  const command = dags
    .command('show')
    .description("draw a DAG's graph, as its file defines it: tasks by levels, and what each waits for")
    .argument('<dag>', 'id of the DAG')
    .option('--dot', "print it in Graphviz's language");
  addOutputOption(addDagsOption(command)).action((dagId: string, flags: ShowFlags) => show(dagId, flags));
  addExamples(command, [
    ['tidemill dags show retail_daily', 'the graph as text'],
    ['tidemill dags show retail_daily --dot | dot -Tsvg > dag.svg', 'as a picture, with Graphviz'],
    ['tidemill dags show retail_daily -o json', 'the tasks and their edges, for a program'],
  ]);
}

async function show(dagId: string, flags: ShowFlags): Promise<void> {
  const { spec } = await findDag(await loadDags(flags), dagId);
  if (flags.dot === true) return print(graphDot(spec));
  if (flags.output !== 'table') return await printFacts(graphFacts(spec), flags.output);
  const paint = paintFor(process.stdout);
  print(
    `${paint.bold(spec.dagId)}  ${countText(spec.tasks.length, 'task')}  ${paint.dim(timetableText(spec.timetable))}`,
  );
  if (spec.description !== '') print(spec.description);
  print('');
  const width = process.stdout.isTTY ? process.stdout.columns : undefined;
  for (const line of graphLines(spec, { width, paint })) print(line);
}

function graphFacts(spec: DagSpec): Facts<TaskSpec> {
  const levels = levelsOf(spec.tasks);
  const columns: Facts<TaskSpec>['columns'] = [
    { name: 'task_id', value: (task) => task.taskId },
    { name: 'kind', value: (task) => task.kind },
    { name: 'group', value: (task) => task.group },
    { name: 'level', value: (task) => Number(levels.get(task.taskId)) + 1 },
    { name: 'upstream', value: (task) => task.upstream },
  ];
  const tasks = spec.tasks.map((task) =>
    Object.fromEntries(columns.map((column) => [column.name, column.value(task)])),
  );
  return { object: { dag_id: spec.dagId, description: spec.description, tasks }, rows: spec.tasks, columns };
}
