import type { Command } from 'commander';
import { addServerOptions, type PlaceFlags, withClient } from '../../connect';
import { addExamples } from '../../help';
import { print } from '../../output';
import { resolveRunId } from '../../run-ref';

/** `tidemill dags note DAG RUN TEXT`: what the numbers of a run do not say. */
export function addNoteCommand(dags: Command): void {
  const command = dags
    .command('note')
    .description('put a note at a run, in place of an earlier one; list-runs, explain and the status page show it')
    .argument('<dag>', 'id of the DAG')
    .argument('<run>', 'run id, "latest", or the date at which its interval begins')
    .argument('<text>', 'the note; "" takes it away');
  addServerOptions(command).action((dagId: string, run: string, text: string, flags: PlaceFlags) =>
    note({ dagId, run, text }, flags),
  );
  addExamples(command, [
    ['tidemill dags note retail_daily 2010-12-01 "the shop sent the file twice"', 'a note'],
    ['tidemill dags note retail_daily 2010-12-01 ""', 'take it away'],
  ]);
}

async function note(
  { dagId, run, text }: { readonly dagId: string; readonly run: string; readonly text: string },
  flags: PlaceFlags,
): Promise<void> {
  await withClient(flags, async (client) => {
    const runId = await resolveRunId(client, dagId, run);
    await client.note(dagId, runId, text);
    print(`${runId}: ${text === '' ? 'no note' : text}`);
  });
}
