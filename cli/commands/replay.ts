import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { ReplayedTable, ReplayResult } from '../../runner';
import { addDagsOption, addWarehouseOption, dagFoldersOf, type PlaceFlags, placeOf, withWarehouse } from '../connect';
import { ExitWith, exitCodes } from '../exit-codes';
import { addExamples } from '../help';
import { load } from '../load';
import { addOutputOption, intervalText, type ListColumn, type ListFormat, print, printList, say } from '../output';
import { paintFor } from '../style';

interface ReplayFlags extends PlaceFlags {
  readonly code: 'original' | 'latest';
  readonly inputs: 'original' | 'latest';
  readonly output: ListFormat;
}

/** `tidemill replay DAG RUN`: the same again, and whether it is the same. */
export function addReplayCommand(program: Command): void {
  const command = program
    .command('replay')
    .description('run a finished run again, publish nothing, and say whether every table comes out the same')
    .argument('<dag>', 'id of the DAG')
    .argument('[run]', 'run id, "latest", or the date at which its interval begins', 'latest')
    .addOption(
      new Option('--code <which>', 'the code that it was started with, or that of the DAG files')
        .choices(['original', 'latest'])
        .default('original'),
    )
    .addOption(
      new Option('--inputs <which>', 'what it read then, or what is there now')
        .choices(['original', 'latest'])
        .default('original'),
    );
  addOutputOption(addDagsOption(addWarehouseOption(command))).action((dagId: string, run: string, flags: ReplayFlags) =>
    replay({ dagId, run }, flags),
  );
  addExamples(command, [
    ['tidemill replay retail_daily 2010-12-01', 'same code, same inputs: identical, or something is wrong'],
    ['tidemill replay retail_daily latest --code latest', 'what a change of the code changes in the tables'],
    ['tidemill replay retail_daily latest --inputs latest', 'what running it again now would change'],
  ]);
}

async function replay({ dagId, run }: { dagId: string; run: string }, flags: ReplayFlags): Promise<void> {
  const place = await placeOf(flags);
  const { loadProject, replayRun } = load.runner();
  const project = await loadProject(await dagFoldersOf(flags));
  const { code, inputs } = flags;
  const result = await withWarehouse(place.warehouse, (warehouse) =>
    replayRun({ dagId, run, code, inputs, project, warehouse, logFolder: join(place.home, 'logs') }),
  );
  await report(result, flags);
  if (!result.isIdentical) throw new ExitWith(exitCodes.failed);
}

async function report(result: ReplayResult, { output, code, inputs }: ReplayFlags): Promise<void> {
  if (output === 'json' || output === 'yaml') {
    const facts = Object.entries(factsOf(result)).map(([name, value]) => ({ name, value: () => value }));
    return await printList([null], facts, { format: output, empty: '' });
  }
  await printList(result.tables, tableColumns, { format: output, empty: 'The replay published nothing.' });
  if (output === 'plain') return;
  const paint = paintFor(process.stdout);
  for (const { taskId, code: error, message } of result.failures) say(`${paint.red(taskId)} (${error}): ${message}`);
  if (result.state !== result.originalState)
    say(`The run ended as ${result.originalState}, its replay as ${result.state}.`);
  const which = result.version === result.originalVersion ? 'the same code' : `version ${result.version} of the code`;
  const interval = result.interval === null ? '' : ` ${intervalText(result.interval)}`;
  const asked = `${dagText(result)}${interval}, with ${code === 'original' ? 'its own code' : which} and ${inputs === 'original' ? 'its own inputs' : 'the inputs of today'}`;
  print(`${verdictText(result)}: ${asked}`);
}

function dagText({ dagId, runId }: ReplayResult): string {
  return `${dagId} ${runId}`;
}

function verdictText(result: ReplayResult): string {
  if (result.isIdentical) return 'identical';
  const count = result.tables.filter(({ verdict }) => verdict !== 'identical').length;
  const differing = result.tables.filter(({ verdict }) => verdict !== 'identical').map(({ table }) => table);
  return count === 0
    ? 'different'
    : `different in ${count} of ${result.tables.length} tables (${differing.join(', ')})`;
}

const tableColumns: readonly ListColumn<ReplayedTable>[] = [
  { name: 'table', value: (row) => row.table },
  {
    name: 'verdict',
    value: (row) => row.verdict,
    paint: (row, paint) => (row.verdict === 'identical' ? paint.green : paint.red),
  },
  { name: 'rows_before', value: (row) => row.rowsBefore },
  { name: 'rows_after', value: (row) => row.rowsAfter },
  { name: 'fingerprint_before', value: (row) => row.fingerprintBefore },
  { name: 'fingerprint_after', value: (row) => row.fingerprintAfter },
];

function factsOf(result: ReplayResult) {
  return {
    dag_id: result.dagId,
    run_id: result.runId,
    interval: result.interval === null ? null : { ...result.interval },
    identical: result.isIdentical,
    version: result.version,
    original_version: result.originalVersion,
    state: result.state,
    original_state: result.originalState,
    compared_with_release: result.comparedWith,
    tables: result.tables.map((row) => Object.fromEntries(tableColumns.map(({ name, value }) => [name, value(row)]))),
    failures: result.failures.map(({ taskId, code, message }) => ({ task_id: taskId, code, message })),
  };
}
