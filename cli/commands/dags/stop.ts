import type { Command } from 'commander';
import { addServerOptions, type PlaceFlags, withClient } from '../../connect';
import { addExamples } from '../../help';
import { print } from '../../output';
import { resolveRunId } from '../../run-ref';

/** `tidemill dags stop DAG RUN`. */
export function addStopCommand(dags: Command): void {
  const command = dags
    .command('stop')
    .description('stop a run: running tasks are cancelled and the run ends as failed; a queued one never starts')
    .argument('<dag>', 'id of the DAG')
    .argument('<run>', 'run id, "latest", or the date at which its interval begins');
  addServerOptions(command).action((dagId: string, run: string, flags: PlaceFlags) => stop(dagId, run, flags));
  addExamples(command, [['tidemill dags stop retail_daily latest', 'stop the run that was started last']]);
}

async function stop(dagId: string, run: string, flags: PlaceFlags): Promise<void> {
  await withClient(flags, async (client) => {
    const runId = await resolveRunId(client, dagId, run);
    const outcome = await client.stop(dagId, runId);
    print(outcome === 'dequeued' ? `${runId} was queued and will not start` : `${runId} is being stopped`);
  });
}
