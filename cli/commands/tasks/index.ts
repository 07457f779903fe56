import type { Command } from 'commander';
import { addAnswerCommand } from './answer';
import { addCompleteCommand, addFailCommand } from './complete';
import { addListCommand } from './list';
import { addLogsCommand } from './logs';
import { addShowCommand } from './show';
import { addStatesCommand } from './states';
import { addTaskTestCommand } from './test';

/** `tidemill tasks …`: the tasks of a DAG and of its runs. */
export function addTasksCommands(program: Command): void {
  const tasks = program.command('tasks').description("look at a DAG's tasks, their states in a run, and their logs");
  addListCommand(tasks);
  addShowCommand(tasks);
  addStatesCommand(tasks);
  addLogsCommand(tasks);
  addTaskTestCommand(tasks);
  addAnswerCommand(tasks);
  addCompleteCommand(tasks);
  addFailCommand(tasks);
}
