import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import {
  addDagsOption,
  addWarehouseOption,
  dagFoldersOf,
  folderOf,
  loadDags,
  type PlaceFlags,
  shownPath,
} from '../connect';
import { deployColumns, deployProject } from '../deploying';
import { addExamples } from '../help';
import { load } from '../load';
import { listTable, print, say } from '../output';
import { startStack } from '../stack';
import { createSteps } from '../steps';
import { reportBroken } from './deploy';

/** `tidemill standalone`: all that is needed, in one command. */
export function addStandaloneCommand(program: Command): void {
  const command = program
    .command('standalone')
    .description('start Temporal with its UI and a worker, deploy the DAGs paused, and stay up until Ctrl-C');
  addDagsOption(addWarehouseOption(command)).action((flags: PlaceFlags) => standalone(flags));
  addExamples(command, [
    ['tidemill standalone', 'the DAGs of ./dags; state in .tidemill'],
    ['tidemill standalone --home .tidemill/demo', 'go on with what the demo has made'],
  ]);
}

async function standalone(flags: PlaceFlags): Promise<void> {
  const { tidemillHome } = load.server();
  const home = flags.home === undefined ? tidemillHome() : resolve(flags.home);
  const warehouse = flags.warehouse ?? join(home, 'warehouse');
  const dagFolders = await dagFoldersOf(flags);
  // Broken arguments and DAG files are told before anything is started.
  const project = await loadDags(flags);
  await reportBroken(project);
  const steps = createSteps(process.stdout);
  const { place, client } = await startStack({ home, warehouse, dagFolders, announceIn: [home], steps });
  const { rows } = await deployProject(client, project, { startPaused: true });
  steps.done('warehouse', shownPath(folderOf(place.warehouse)));
  steps.done('logs', shownPath(join(home, 'logs')));
  print('');
  for (const line of listTable(rows, deployColumns, process.stdout)) print(line);
  print('');
  print('In another terminal: tidemill dags list. New DAGs are paused: tidemill dags unpause DAG.');
  print('Running until Ctrl-C.');
  load.server().onShutdown('standalone', () => say('\nStopping.'));
  await new Promise<never>(() => undefined);
}
