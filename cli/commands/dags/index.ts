import type { Command } from 'commander';
import { addCalendarCommand } from './calendar';
import { addDetailsCommand } from './details';
import { addGanttCommand } from './gantt';
import { addGridCommand } from './grid';
import { addListCommand } from './list';
import { addListRunsCommand } from './list-runs';
import { addNextExecutionCommand } from './next-execution';
import { addNoteCommand } from './note';
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
  addGridCommand(dags);
  addGanttCommand(dags);
  addCalendarCommand(dags);
  addTriggerCommand(dags);
  addStopCommand(dags);
  addTestCommand(dags);
  addStateCommand(dags);
  addListRunsCommand(dags);
  addNoteCommand(dags);
  addPauseCommands(dags);
  addNextExecutionCommand(dags);
  addVersionsCommand(dags);
  addDiffCommand(dags);
}
