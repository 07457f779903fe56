import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import type { TidemillClient } from '../../client';
import { controlWorkflowId, runWorkflowId } from '../../engine/interpreter';
import { addServerOptions, type Place, type PlaceFlags, placeOf, withClient } from '../connect';
import { addExamples } from '../help';
import { print } from '../output';
import { resolveRunId } from '../run-ref';
import { uiHome } from '../ui-url';

interface UiFlags extends PlaceFlags {
  readonly open?: boolean;
  readonly uiUrl?: string;
}

/** `tidemill ui [DAG [RUN]]`: where to look in Temporal's UI. */
export function addUiCommand(program: Command): void {
  const command = program
    .command('ui')
    .description("print the address of Temporal's UI, of a DAG's status page or of a run's task table there")
    .argument('[dag]', 'id of the DAG')
    .argument('[run]', 'run id, "latest", or the date at which its interval begins')
    .option('--open', 'open it in the browser')
    .option('--ui-url <url>', "address of Temporal's UI, when it is not the one beside the server");
  addServerOptions(command).action((dagId: string | undefined, run: string | undefined, flags: UiFlags) =>
    ui(dagId, run, flags),
  );
  addExamples(command, [
    ['tidemill ui --open', 'all runs'],
    ['tidemill ui retail_daily', "the DAG's status page"],
    ['tidemill ui retail_daily latest', 'the task table of its last run'],
  ]);
}

async function ui(dagId: string | undefined, run: string | undefined, flags: UiFlags): Promise<void> {
  const url = dagId === undefined ? uiHome(await placeOf(flags), flags.uiUrl) : await pageOf(dagId, run, flags);
  print(url);
  if (flags.open === true) openInBrowser(url);
}

async function pageOf(dagId: string, run: string | undefined, flags: UiFlags): Promise<string> {
  return await withClient(flags, async (client, place) => {
    if (run !== undefined)
      return await runPage(client, place, { dagId, runId: await resolveRunId(client, dagId, run) }, flags.uiUrl);
    const { runId } = await client.temporal.workflow
      .getHandle(controlWorkflowId(dagId))
      .describe()
      .catch(async (error) => {
        // Says which DAGs there are.
        await client.control(dagId);
        throw error;
      });
    return workflowPage(uiHome(place, flags.uiUrl), controlWorkflowId(dagId), runId);
  });
}

/** The page of a run in Temporal's UI, with its task table open. */
export async function runPage(
  client: TidemillClient,
  place: Place,
  run: { readonly dagId: string; readonly runId: string },
  uiUrl?: string,
): Promise<string> {
  const id = runWorkflowId(run.dagId, run.runId);
  const { runId } = await client.temporal.workflow.getHandle(id).describe();
  return workflowPage(uiHome(place, uiUrl), id, runId);
}

function workflowPage(home: string, workflowId: string, runId: string): string {
  return `${home}/${encodeURIComponent(workflowId)}/${runId}/user-metadata`;
}

function openInBrowser(url: string): void {
  const program = { darwin: 'open', win32: 'explorer' }[process.platform as string] ?? 'xdg-open';
  const child = spawn(program, [url], { stdio: 'ignore', detached: true });
  child.on('error', () => process.stderr.write(`No browser could be opened (${program} is missing).\n`));
  child.unref();
}
