import type { Command } from 'commander';
import { addDetailsCommand } from './details';
import { addListCommand } from './list';
import { addListRunsCommand } from './list-runs';
import { addNextExecutionCommand } from './next-execution';
import { addPauseCommands } from './pause';
import { addShowCommand } from './show';
import { addStateCommand } from './state';
import { addStopCommand } from './stop';
import { addTestCommand } from './test';
import { addTriggerCommand } from './trigger';
import { addDiffCommand, addVersionsCommand } from './versions';

/** `tidemill dags …`: the DAGs and their runs. */
export function addDagsCommands(program: Command): void {
  const dags = program.command('dags').description('look at DAGs, run, pause and stop them');
  addListCommand(dags);
  addShowCommand(dags);
  addDetailsCommand(dags);
  addTriggerCommand(dags);
  addStopCommand(dags);
  addTestCommand(dags);
  addStateCommand(dags);
  addListRunsCommand(dags);
  addPauseCommands(dags);
  addNextExecutionCommand(dags);
  addVersionsCommand(dags);
  addDiffCommand(dags);
}
