import { Command } from 'commander';
import { addAssetsCommands } from './commands/assets';
import { addBackfillCommands } from './commands/backfill';
import { addConnectionsCommands } from './commands/connections';
import { addDagsCommands } from './commands/dags';
import { addDemoCommand } from './commands/demo';
import { addDeployCommand } from './commands/deploy';
import { addExplainCommand } from './commands/explain';
import { addFreshnessCommand } from './commands/freshness';
import { addInitCommand } from './commands/init';
import { addPoolsCommand } from './commands/pools';
import { addQueryCommand } from './commands/query';
import { addQuestionsCommands } from './commands/questions';
import { addReplayCommand } from './commands/replay';
import { addStandaloneCommand } from './commands/standalone';
import { addTablesCommand } from './commands/tables';
import { addTasksCommands } from './commands/tasks';
import { addUiCommand } from './commands/ui';
import { addVariablesCommands } from './commands/variables';
import { addVersionCommand } from './commands/version';
import { addWorkerCommand } from './commands/worker';
import { exitCodesText } from './exit-codes';
import { addExamples } from './help';
import { installedVersion } from './installed-version';
import { paintFor } from './style';

/** The whole command line as one commander program. It throws instead of ending the process. */
export function createProgram(): Command {
  const program = new Command('tidemill')
    .description('Durable DAGs for analytics: Airflow thinking on Temporal, over DuckDB, published as Delta tables.')
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ subcommandTerm: (command) => command.name(), styleTitle: paintFor(process.stdout).bold })
    .configureOutput({ outputError: writeUsageError })
    .version(installedVersion(), '-V, --version', 'print the version')
    .option('--debug', 'print the stack of an error; works with every command');

  program.commandsGroup('Run it:');
  addDemoCommand(program);
  addInitCommand(program);
  addStandaloneCommand(program);
  addWorkerCommand(program);
  addDeployCommand(program);
  program.commandsGroup('Pipelines:');
  addDagsCommands(program);
  addTasksCommands(program);
  addQuestionsCommands(program);
  addAssetsCommands(program);
  addBackfillCommands(program);
  addExplainCommand(program);
  addReplayCommand(program);
  addPoolsCommand(program);
  addUiCommand(program);
  program.commandsGroup('Data:');
  addQueryCommand(program);
  addTablesCommand(program);
  addFreshnessCommand(program);
  program.commandsGroup('Other:').helpCommand('help [command]', 'show the help of a command');
  addConnectionsCommands(program);
  addVariablesCommands(program);
  addVersionCommand(program);

  addExamples(program, [
    ['tidemill demo', 'run the retail pipeline on generated data, and look at it'],
    ['tidemill standalone', 'Temporal, a worker and your DAGs, until Ctrl-C'],
    ['tidemill dags trigger retail_daily --wait', 'run a DAG for its latest interval'],
    ['tidemill query "FROM meta.dag_runs"', 'ask the warehouse'],
  ]);
  return program.addHelpText('after', `\n${exitCodesText}`);
}

function writeUsageError(text: string, write: (text: string) => void): void {
  const paint = paintFor(process.stderr);
  const lines = text.trimEnd().replace(/^error:/, paint.red('error:'));
  write(`${lines}\n${paint.dim('code: usage')}\n`);
}
