import type { Command } from 'commander';
import type { TableSummary } from '../../warehouse';
import { addWarehouseOption, type PlaceFlags, placeOf, withWarehouse } from '../connect';
import { addExamples } from '../help';
import { addOutputOption, countText, instantText, type ListColumn, type ListFormat, printList, say } from '../output';
import { freshnessColumn, pendingOf, pendingText, readPublished } from '../pending';

interface TablesFlags extends PlaceFlags {
  readonly output: ListFormat;
}

/** `tidemill tables`: what is published. */
export function addTablesCommand(program: Command): void {
  const command = program.command('tables').description('list the published tables: rows, version, release, freshness');
  addOutputOption(addWarehouseOption(command)).action((flags: TablesFlags) => tables(flags));
  addExamples(command, [
    ['tidemill tables', 'what the newest release holds'],
    ['tidemill tables -o json', 'with files, bytes and fingerprints'],
  ]);
}

async function tables(flags: TablesFlags): Promise<void> {
  const { warehouse } = await placeOf(flags);
  const now = Date.now();
  const { rows, pending } = await withWarehouse(warehouse, readPublished);
  const columns: readonly ListColumn<TableSummary>[] = [
    { name: 'table', value: (row) => row.table },
    { name: 'row_count', value: (row) => row.row_count, text: (row) => row.row_count.toLocaleString('en-US') },
    { name: 'version', value: (row) => row.version },
    { name: 'release', value: (row) => row.release },
    { name: 'data_until', value: (row) => row.data_until, text: (row) => instantText(row.data_until) },
    freshnessColumn(now),
    { name: 'fresh_until', value: (row) => row.fresh_until, isDetail: true },
    {
      name: 'pending_row_count',
      value: (row) => pendingOf(row.table, pending).reduce((sum, day) => sum + day.rowCount, 0),
      isDetail: true,
    },
    { name: 'kind', value: (row) => row.kind, isDetail: true },
    { name: 'file_count', value: (row) => row.file_count, isDetail: true },
    { name: 'byte_count', value: (row) => row.byte_count, isDetail: true },
    { name: 'fingerprint', value: (row) => row.fingerprint, isDetail: true },
  ];
  await printList(rows, columns, { format: flags.output, empty: 'Nothing has been published yet.' });
  if (flags.output !== 'table') return;
  const count = rows.reduce((sum, row) => sum + row.row_count, 0);
  if (rows.length > 0) say(`${countText(rows.length, 'table')}, ${countText(count, 'row')}`);
  for (const line of pendingText(pending)) say(line);
}
