import type { Command } from 'commander';
import type { Json } from '../../../engine';
import { addServerOptions, type PlaceFlags, withClient } from '../../connect';
import { addExamples } from '../../help';
import { say } from '../../output';
import { resolveRunId } from '../../run-ref';

/** `tidemill tasks answer DAG RUN TASK ANSWER`: answers a question of a run. */
export function addAnswerCommand(tasks: Command): void {
  const command = tasks
    .command('answer')
    .description('answer a question of a run: approve or reject, a choice, or a form as JSON; the first answer counts')
    .argument('<dag>', 'id of the DAG')
    .argument('<run>', 'run id, "latest", or the date at which its interval begins')
    .argument('<task>', 'id of the question')
    .argument('<answer>', 'a word, or JSON');
  addServerOptions(command).action((dagId: string, run: string, taskId: string, text: string, flags: PlaceFlags) =>
    withClient(flags, async (client) => {
      const runId = await resolveRunId(client, dagId, run);
      const taken = await client.answer({ dagId, runId, taskId, answer: answerOf(text) });
      say(`${taskId} of ${dagId} ${runId} is answered: ${JSON.stringify(taken)}`);
    }),
  );
  addExamples(command, [
    ['tidemill questions list', 'what waits for an answer'],
    ['tidemill tasks answer shop latest release_it approve', 'say yes'],
    ['tidemill tasks answer shop latest limits \'{"maximum": 5}\'', 'fill in a form'],
  ]);
}

/** JSON where it is some, else the word itself. */
export function answerOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
