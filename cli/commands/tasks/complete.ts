import type { Command } from 'commander';
import { addServerOptions, type PlaceFlags, withClient } from '../../connect';
import { addExamples } from '../../help';
import { say } from '../../output';
import { resolveRunId } from '../../run-ref';
import { answerOf } from './answer';

interface CompleteFlags extends PlaceFlags {
  readonly output?: string;
}

interface FailFlags extends PlaceFlags {
  readonly message: string;
  readonly retryable?: boolean;
}

/** `tidemill tasks complete DAG RUN TASK`: what a task had started elsewhere is done. */
export function addCompleteCommand(tasks: Command): void {
  const command = addTaskArguments(
    tasks.command('complete').description('end a deferred task: what it had started elsewhere is done'),
  ).option('--output <json>', 'the output of the task, JSON or a word (default: none)');
  addServerOptions(command).action((dagId: string, run: string, taskId: string, flags: CompleteFlags) =>
    withClient(flags, async (client) => {
      const runId = await resolveRunId(client, dagId, run);
      const output = flags.output === undefined ? null : answerOf(flags.output);
      await client.completeTask({ dagId, runId, taskId, output });
      say(`${taskId} of ${dagId} ${runId} is completed.`);
    }),
  );
  addExamples(command, [
    ['tidemill tasks complete shop latest export --output \'{"rows": 5}\'', 'it is done, with this output'],
    ['tidemill tasks fail shop latest export --message "disk full"', 'it went wrong'],
  ]);
}

/** `tidemill tasks fail DAG RUN TASK`: what a task had started elsewhere went wrong. */
export function addFailCommand(tasks: Command): void {
  const command = addTaskArguments(
    tasks.command('fail').description('fail a deferred task: what it had started elsewhere went wrong'),
  )
    .requiredOption('--message <text>', 'what went wrong')
    .option('--retryable', 'another try may follow, if the task has one left');
  addServerOptions(command).action((dagId: string, run: string, taskId: string, flags: FailFlags) =>
    withClient(flags, async (client) => {
      const runId = await resolveRunId(client, dagId, run);
      const { message, retryable = false } = flags;
      await client.failTask({ dagId, runId, taskId, message, retryable });
      say(`${taskId} of ${dagId} ${runId} has failed.`);
    }),
  );
  addExamples(command, [['tidemill tasks fail shop latest export --message "no space" --retryable', 'try it again']]);
}

function addTaskArguments(command: Command): Command {
  return command
    .argument('<dag>', 'id of the DAG')
    .argument('<run>', 'run id, "latest", or the date at which its interval begins')
    .argument('<task>', 'id of the deferred task');
}
