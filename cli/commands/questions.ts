import type { Command } from 'commander';
import type { AskedQuestion } from '../../client';
import { addServerOptions, type PlaceFlags, withClient } from '../connect';
import { addExamples } from '../help';
import { addOutputOption, instantText, type ListColumn, type ListFormat, printList } from '../output';

interface QuestionsFlags extends PlaceFlags {
  readonly output: ListFormat;
}

/** `tidemill questions list [DAG]`: what waits for a person. */
export function addQuestionsCommands(program: Command): void {
  const questions = program.command('questions').description('questions of running DAGs that wait for a person');
  const command = questions
    .command('list')
    .description('list the questions that wait for an answer, those first that were asked first')
    .argument('[dag]', 'id of the DAG; all DAGs when left out');
  addOutputOption(addServerOptions(command)).action((dagId: string | undefined, flags: QuestionsFlags) =>
    list(dagId, flags),
  );
  addExamples(command, [
    ['tidemill questions list', 'of all DAGs'],
    ['tidemill tasks answer shop latest release_it approve', 'answer one'],
  ]);
}

async function list(dagId: string | undefined, flags: QuestionsFlags): Promise<void> {
  const asked = await withClient(flags, async (client) => {
    if (dagId !== undefined) await client.control(dagId);
    return await client.questions(dagId === undefined ? {} : { dagId });
  });
  const columns: readonly ListColumn<AskedQuestion>[] = [
    { name: 'dag_id', value: (row) => row.dagId },
    { name: 'run_id', value: (row) => row.runId },
    { name: 'task_id', value: (row) => row.taskId },
    { name: 'ask', value: (row) => row.question.ask },
    { name: 'subject', value: (row) => row.question.subject },
    { name: 'choices', value: (row) => row.choices },
    { name: 'asked_at', value: (row) => row.askedAt, text: (row) => instantText(row.askedAt) },
    { name: 'until', value: (row) => row.until, text: (row) => instantText(row.until) },
    { name: 'default', value: (row) => row.question.default ?? null, isDetail: true },
    { name: 'details', value: (row) => row.details, isDetail: true },
    { name: 'form', value: (row) => row.question.form ?? null, isDetail: true },
  ];
  await printList(asked, columns, { format: flags.output, empty: 'No question waits for an answer.' });
}
