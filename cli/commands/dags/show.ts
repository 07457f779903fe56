import { type Command, Option } from 'commander';
import type { DagSpec, TaskSpec } from '../../../engine';
import { scheduleText } from '../../../engine/interpreter';
import { addDagsOption, loadDags, type PlaceFlags } from '../../connect';
import { graphDot, graphLines, levelsOf } from '../../dag-picture';
import { docsLines } from '../../docs-text';
import { findDag } from '../../find-dag';
import { addExamples } from '../../help';
import { load } from '../../load';
import { addOutputOption, countText, type Facts, type ListFormat, print, printFacts } from '../../output';
import { paintFor } from '../../style';

interface ShowFlags extends PlaceFlags {
  readonly format: 'text' | 'dot' | 'svg';
  readonly output: ListFormat;
}

/** `tidemill dags show DAG`: the graph as its file defines it. */
export function addShowCommand(dags: Command): void {
  const command = dags
    .command('show')
    .description("draw a DAG's graph, as its file defines it: tasks by levels, and what each waits for")
    .argument('<dag>', 'id of the DAG')
    .addOption(
      new Option('--format <format>', "as text, in Graphviz's language, or as a picture that browsers show")
        .choices(['text', 'dot', 'svg'])
        .default('text'),
    );
  addOutputOption(addDagsOption(command)).action((dagId: string, flags: ShowFlags) => show(dagId, flags));
  addExamples(command, [
    ['tidemill dags show retail_daily', 'the graph as text'],
    ['tidemill dags show retail_daily --format svg > dag.svg', 'as a picture'],
    ['tidemill dags show retail_daily --format dot | dot -Tpng > dag.png', 'by Graphviz'],
    ['tidemill dags show retail_daily -o json', 'the tasks and their edges, for a program'],
  ]);
}

async function show(dagId: string, flags: ShowFlags): Promise<void> {
  const { spec } = await findDag(await loadDags(flags), dagId);
  if (flags.format === 'dot') return print(graphDot(spec));
  if (flags.format === 'svg') return print(load.svg().graphSvg(spec));
  if (flags.output !== 'table') return await printFacts(graphFacts(spec), flags.output);
  const paint = paintFor(process.stdout);
  print(`${paint.bold(spec.dagId)}  ${countText(spec.tasks.length, 'task')}  ${paint.dim(scheduleText(spec))}`);
  if (spec.description !== '') print(spec.description);
  for (const line of docsLines(spec.docs)) print(line);
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
    { name: 'labels', value: (task) => task.labels ?? {} },
  ];
  const tasks = spec.tasks.map((task) =>
    Object.fromEntries(columns.map((column) => [column.name, column.value(task)])),
  );
  return { object: { dag_id: spec.dagId, description: spec.description, tasks }, rows: spec.tasks, columns };
}
