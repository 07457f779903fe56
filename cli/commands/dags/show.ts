import type { Command } from 'commander';
import { addDagsOption, loadDags, type PlaceFlags } from '../../connect';
import { graphDot, graphLines } from '../../dag-picture';
import { findDag } from '../../find-dag';
import { addExamples } from '../../help';
import { countText, print } from '../../output';
import { scheduleText } from '../../schedule-text';
import { paintFor } from '../../style';

interface ShowFlags extends PlaceFlags {
  readonly dot?: boolean;
}

/** `tidemill dags show DAG`: the graph as its file defines it. */
export function addShowCommand(dags: Command): void {
  const command = dags
    .command('show')
    .description("draw a DAG's graph, as its file defines it: tasks by levels, and what each waits for")
    .argument('<dag>', 'id of the DAG')
    .option('--dot', "print it in Graphviz's language");
  addDagsOption(command).action((dagId: string, flags: ShowFlags) => show(dagId, flags));
  addExamples(command, [
    ['tidemill dags show retail_daily', 'the graph as text'],
    ['tidemill dags show retail_daily --dot | dot -Tsvg > dag.svg', 'as a picture, with Graphviz'],
  ]);
}

async function show(dagId: string, flags: ShowFlags): Promise<void> {
  const { spec } = await findDag(await loadDags(flags), dagId);
  if (flags.dot === true) return print(graphDot(spec));
  const paint = paintFor(process.stdout);
  print(
    `${paint.bold(spec.dagId)}  ${countText(spec.tasks.length, 'task')}  ${paint.dim(scheduleText(spec.timetable))}`,
  );
  if (spec.description !== '') print(spec.description);
  print('');
  const width = process.stdout.isTTY ? process.stdout.columns : undefined;
  for (const line of graphLines(spec, { width, paint })) print(line);
}
