import type { Command } from 'commander';
import type { PoolView } from '../../engine';
import { addServerOptions, type PlaceFlags, withClient } from '../connect';
import { addExamples } from '../help';
import { load } from '../load';
import { addOutputOption, type ListColumn, type ListFormat, print, printList } from '../output';

interface ListFlags extends PlaceFlags {
  readonly output: ListFormat;
}

const columns: readonly ListColumn<PoolView>[] = [
  { name: 'pool', value: (pool) => pool.name },
  { name: 'slots', value: (pool) => pool.slots },
  { name: 'used', value: (pool) => pool.used },
  { name: 'waiting', value: (pool) => pool.waiting },
  { name: 'description', value: (pool) => pool.description },
];

/** `tidemill pools …`: slots that tasks share, over all DAGs and runs. */
export function addPoolsCommand(program: Command): void {
  const pools = program
    .command('pools')
    .description('look at pools and change them: slots that tasks of all runs share');
  const list = addOutputOption(addServerOptions(pools.command('list').description('list all pools')));
  list.action((flags: ListFlags) => show(flags, null));
  const get = pools.command('get').description('show one pool').argument('<pool>', 'its name');
  addOutputOption(addServerOptions(get)).action((name: string, flags: ListFlags) => show(flags, name));
  addChanges(pools);
  addExamples(pools, [
    ['tidemill pools set warehouse_heavy 4 --description "big joins"', 'make a pool, or change its size'],
    ['tidemill pools list', 'how full they are, and how many tasks wait'],
  ]);
}

function addChanges(pools: Command): void {
  const set = pools
    .command('set')
    .description('make a pool, or change its size')
    .argument('<pool>', 'its name')
    .argument('<slots>', 'how many slots it has')
    .option('--description <text>', 'what it is for', '');
  addServerOptions(set).action((name: string, slots: string, flags: PlaceFlags & { readonly description: string }) =>
    withClient(flags, async (client) => {
      await client.setPool({ name, slots: Number(slots), description: flags.description });
      print(`pool ${name} has ${slots} slots`);
    }),
  );
  const remove = pools.command('delete').description('delete a pool that nobody uses').argument('<pool>', 'its name');
  addServerOptions(remove).action((name: string, flags: PlaceFlags) =>
    withClient(flags, async (client) => {
      await client.deletePool(name);
      print(`pool ${name} is deleted`);
    }),
  );
}

async function show(flags: ListFlags, name: string | null): Promise<void> {
  await withClient(flags, async (client) => {
    const { poolViews } = load.engine();
    const rows = poolViews(name === null ? await client.pools() : await client.pool(name));
    await printList(rows, columns, {
      format: flags.output,
      empty: 'There are no pools. Make one: tidemill pools set NAME SLOTS',
    });
  });
}
