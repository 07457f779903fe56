import type { Command } from 'commander';
import { addServerOptions, type PlaceFlags, withClient } from '../../connect';
import { ganttLines } from '../../gantt';
import { addExamples } from '../../help';
import { print, terminalWidth } from '../../output';
import { resolveRunId } from '../../run-ref';
import { paintFor } from '../../style';

/** `tidemill dags gantt DAG RUN`: what took how long, and what waited for what. */
export function addGanttCommand(dags: Command): void {
  const command = dags
    .command('gantt')
    .description('draw when the tasks of a run were at work, tries and pokes included')
    .argument('<dag>', 'id of the DAG')
    .argument('[run]', 'run id, "latest", or the date at which its interval begins', 'latest');
  addServerOptions(command).action((dagId: string, run: string, flags: PlaceFlags) => gantt(dagId, run, flags));
  addExamples(command, [['tidemill dags gantt retail_daily', 'the run that was started last']]);
}

async function gantt(dagId: string, run: string, flags: PlaceFlags): Promise<void> {
  const view = await withClient(flags, async (client) => client.run(dagId, await resolveRunId(client, dagId, run)));
  const paint = paintFor(process.stdout);
  for (const line of ganttLines(view, { width: terminalWidth(), nowMs: Date.now(), paint })) print(line);
}
