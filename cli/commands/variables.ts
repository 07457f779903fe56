import type { Command } from 'commander';
import { addHomeOption, type PlaceFlags } from '../connect';
import { addExamples } from '../help';
import { load } from '../load';
import { addOutputOption, type ListFormat, print, printList } from '../output';
import { vaultAt } from './connections';

interface VariableFlags extends PlaceFlags {
  readonly output: ListFormat;
}

interface Shown {
  readonly id: string;
  readonly value: string;
  readonly source: string;
}

/** `tidemill variables …`: settings of this place. Those that are secrets are never shown. */
export function addVariablesCommands(program: Command): void {
  const variables = program.command('variables').description('look at variables, the settings of this place');
  const list = variables.command('list').description('list the variables of the environment and the file');
  addOutputOption(addHomeOption(list)).action((flags: VariableFlags) => listVariables(flags));
  const get = variables
    .command('get')
    .description('print the value of one, from any source')
    .argument('<id>', 'id of the variable');
  addHomeOption(get).action((id: string, flags: PlaceFlags) => getVariable(id, flags));
  addExamples(variables, [['TIDEMILL_VAR_CITY=Berlin tidemill variables get city', 'what a task would get']]);
}

async function listVariables(flags: VariableFlags): Promise<void> {
  const vault = await vaultAt(flags);
  const rows = await Promise.all(vault.list('variable').map(async ({ id }) => await shown(flags, id)));
  const columns = (['id', 'value', 'source'] as const).map((name) => ({
    name,
    value: (row: Shown) => row[name],
    canShrink: name === 'value',
  }));
  await printList(rows, columns, { format: flags.output, empty: 'There are no variables.' });
}

async function getVariable(id: string, flags: PlaceFlags): Promise<void> {
  print((await shown(flags, id)).value);
}

async function shown(flags: PlaceFlags, id: string): Promise<Shown> {
  const vault = await vaultAt(flags);
  const source = await vault.sourceOf('variable', id);
  const value = load.vault().isSecretVariable(id, { name: source }) ? '***' : await vault.variable(id);
  return { id, value, source };
}
