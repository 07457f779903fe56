import type { Command } from 'commander';
import type { TableSummary } from '../../warehouse';
import { addWarehouseOption, type PlaceFlags, placeOf, withWarehouse } from '../connect';
import { addExamples } from '../help';
import { addOutputOption, instantText, type ListColumn, type ListFormat, printList, say } from '../output';
import { freshnessColumn, pendingOf, pendingText, readPublished } from '../pending';

interface FreshnessFlags extends PlaceFlags {
  readonly output: ListFormat;
}

/** `tidemill freshness`: how old the published data is, and what has landed and waits. */
export function addFreshnessCommand(program: Command): void {
  const command = program
    .command('freshness')
    .description('say for every published table until when it is fresh, and which rows wait to be loaded');
  addOutputOption(addWarehouseOption(command)).action((flags: FreshnessFlags) => freshness(flags));
  addExamples(command, [
    ['tidemill freshness', 'fresh or stale, newest data, pending days'],
    ['tidemill freshness -o json', 'the same for a monitor'],
  ]);
}

async function freshness(flags: FreshnessFlags): Promise<void> {
  const { warehouse } = await placeOf(flags);
  const now = Date.now();
  const { rows, pending } = await withWarehouse(warehouse, readPublished);
  const columns: readonly ListColumn<TableSummary>[] = [
    { name: 'table', value: (row) => row.table },
    freshnessColumn(now),
    { name: 'fresh_until', value: (row) => row.fresh_until, text: (row) => instantText(row.fresh_until) },
    { name: 'data_until', value: (row) => row.data_until, text: (row) => instantText(row.data_until) },
    {
      name: 'pending_days',
      value: (row) => pendingOf(row.table, pending).map(({ day, rowCount }) => ({ day, row_count: rowCount })),
      isDetail: true,
    },
  ];
  await printList(rows, columns, { format: flags.output, empty: 'Nothing has been published yet.' });
  if (flags.output === 'table') for (const line of pendingText(pending)) say(line);
}
