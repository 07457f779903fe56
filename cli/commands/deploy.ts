import type { Command } from 'commander';
import { isScheduled } from '../../engine/interpreter';
import type { LoadedDag, Project } from '../../runner';
import {
  addDagsOption,
  addServerOptions,
  addWarehouseOption,
  hasWarehouse,
  loadDags,
  type Place,
  type PlaceFlags,
  shownPath,
  withClient,
  withWarehouse,
} from '../connect';
import { deployColumns, deployRows, isUnchanged } from '../deploying';
import { ExitWith, exitCodes } from '../exit-codes';
import { brokenPlaces, findDag } from '../find-dag';
import { addExamples } from '../help';
import { load } from '../load';
import { addOutputOption, countText, type ListFormat, print, printList, say } from '../output';
import { paintFor } from '../style';
import { tableLines } from '../table';

interface DeployFlags extends PlaceFlags {
  readonly plan?: boolean;
  readonly startUnpaused?: boolean;
  readonly output: ListFormat;
}

/** `tidemill deploy`: brings the server to what the DAG files say, after showing what that changes. */
export function addDeployCommand(program: Command): void {
  const command = program
    .command('deploy')
    .description('bring the server to what the DAG files say: prints the plan, then applies it; new DAGs begin paused')
    .argument('[dag...]', 'only these DAGs; nothing is removed then')
    .option('--plan', 'print the plan and change nothing')
    .option('--start-unpaused', 'let the schedules of new DAGs start runs at once');
  addOutputOption(addDagsOption(addWarehouseOption(addServerOptions(command)))).action(
    (dagIds: readonly string[], flags: DeployFlags) => deploy(dagIds, flags),
  );
  addExamples(command, [
    ['tidemill deploy --plan', 'what would change'],
    ['tidemill deploy', 'apply it; new DAGs begin paused'],
    ['tidemill deploy retail_daily --start-unpaused', 'one DAG, its schedule on'],
  ]);
}

async function deploy(dagIds: readonly string[], flags: DeployFlags): Promise<void> {
  const project = await loadDags(flags);
  const isWhole = dagIds.length === 0;
  const dags = isWhole ? project.dags : await Promise.all(dagIds.map((dagId) => findDag(project, dagId)));
  await reportBroken(project);
  if (isWhole && project.broken.length > 0) {
    say(
      'Nothing was deployed: a DAG whose file is broken would count as removed. Repair it, or name the DAGs to deploy.',
    );
    throw new ExitWith(exitCodes.badRequest);
  }
  await withClient(flags, async (client, place) => {
    const plan = await client.planDeploy(dags, isWhole ? project.folders : []);
    const rows = deployRows(plan);
    await printList(rows, deployColumns, { format: flags.output, empty: 'There are no DAGs.' });
    if (flags.plan === true) return;
    await keepVersions(place, { dags, models: project.models });
    const results = await client.applyDeploy(dags, plan, { startPaused: flags.startUnpaused !== true });
    if (flags.output !== 'table') return;
    print('');
    print(isUnchanged(rows) ? 'Nothing to change.' : `Deployed ${countText(dags.length, 'DAG')}.`);
    sayPaused(dags, results);
  });
}

/** Before they are deployed, so that any worker finds what a run of them needs. */
async function keepVersions(place: Place, project: Pick<Project, 'dags' | 'models'>): Promise<void> {
  if (hasWarehouse(place.warehouse)) {
    return await withWarehouse(place.warehouse, ({ store }) => load.runner().keepVersions(store, project));
  }
  say(
    `There is no warehouse at ${shownPath(place.warehouse)}, so these versions are not kept yet: a worker that has the files keeps them when it starts.`,
  );
}

/** A DAG that is deployed and never runs is the trap that new users fall into. */
function sayPaused(dags: readonly LoadedDag[], results: ReadonlyMap<string, { readonly paused: boolean }>): void {
  const paused = dags.filter((dag) => results.get(dag.dagId)?.paused === true && isScheduled(dag.spec.timetable));
  if (paused.length === 0) return;
  const names = paused.map((dag) => dag.dagId).join(' ');
  print(`Paused, so that their schedules start nothing: ${names}. To start them: tidemill dags unpause ${names}`);
}

/** Lists the files that could not be loaded, with line and message. */
export async function reportBroken(project: Project): Promise<void> {
  if (project.broken.length === 0) return;
  const paint = paintFor(process.stderr);
  say(paint.red(`${countText(project.broken.length, 'DAG file')} could not be loaded:`));
  const columns = ['file', 'line', 'code', 'message'].map((heading) => ({
    heading,
    align: heading === 'line' ? ('right' as const) : ('left' as const),
    canShrink: false,
  }));
  const rows = (await brokenPlaces(project)).map(({ file, line, code, message }) =>
    [file, line === null ? '' : String(line), code, message].map((text) => ({ text })),
  );
  for (const line of tableLines(columns, rows, { paint })) say(line);
  say('');
}
