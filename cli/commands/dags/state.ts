import type { Command } from 'commander';
import { addServerOptions, type PlaceFlags, withClient } from '../../connect';
import { addExamples } from '../../help';
import { addOutputOption, type ListFormat, print, printList } from '../../output';
import { labelOf, resolveRunId } from '../../run-ref';

interface StateFlags extends PlaceFlags {
  readonly output: ListFormat;
}

/** `tidemill dags state DAG RUN`: one word, for scripts. */
export function addStateCommand(dags: Command): void {
  const command = dags
    .command('state')
    .description('print the state of a run: queued, running, success or failed; needs no worker')
    .argument('<dag>', 'id of the DAG')
    .argument('[run]', 'run id, "latest", or the date at which its interval begins', 'latest');
  addOutputOption(addServerOptions(command)).action((dagId: string, run: string, flags: StateFlags) =>
    state(dagId, run, flags),
  );
  addExamples(command, [
    ['tidemill dags state retail_daily', 'of the run that was started last'],
    ['tidemill dags state retail_daily 2010-12-01', 'of the newest run for that day'],
  ]);
}

async function state(dagId: string, run: string, flags: StateFlags): Promise<void> {
  const found = await withClient(flags, async (client) => {
    const runId = await resolveRunId(client, dagId, run);
    const listed = (await client.listRuns({ dagId, limit: 1_000 })).find((one) => one.runId === runId);
    if (listed !== undefined) return { runId, state: listed.state, label: labelOf(listed) };
    const control = await client.control(dagId);
    if (control.queued.some((one) => one.runId === runId)) return { runId, state: 'queued', label: 'queued' };
    const view = await client.run(dagId, runId);
    return { runId, state: view.run.state, label: view.label };
  });
  if (flags.output === 'table') return print(found.label);
  const columns = [
    { name: 'dag_id', value: () => dagId },
    { name: 'run_id', value: (row: typeof found) => row.runId },
    { name: 'state', value: (row: typeof found) => row.state },
    { name: 'label', value: (row: typeof found) => row.label },
  ];
  await printList([found], columns, { format: flags.output, empty: '' });
}
