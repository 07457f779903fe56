import type { Command } from 'commander';
import type { BackfillDate, BackfillListing } from '../../../engine';
import { backfillLabel } from '../../../engine/interpreter';
import { addServerOptions, type PlaceFlags, withClient } from '../../connect';
import { addExamples } from '../../help';
import { addOutputOption, instantText, type ListColumn, type ListFormat, print, printList, say } from '../../output';

interface LookFlags extends PlaceFlags {
  readonly output: ListFormat;
}

/** `tidemill backfill list [DAG]` and `tidemill backfill show DAG BACKFILL`. */
export function addBackfillLookCommands(backfill: Command): void {
  const list = backfill
    .command('list')
    .description('list backfills, the newest first; works without a worker')
    .argument('[dag]', 'id of the DAG (default: all)');
  addOutputOption(addServerOptions(list)).action((dagId: string | undefined, flags: LookFlags) =>
    withClient(flags, async (client) => {
      const rows = await client.backfills.list(dagId);
      await printList(rows, listColumns, { format: flags.output, empty: 'There are no backfills.' });
    }),
  );
  const show = backfill
    .command('show')
    .description('show what came of every date of a backfill, with the reason')
    .argument('<dag>', 'id of the DAG')
    .argument('<backfill>', 'id of the backfill, or "latest"');
  addOutputOption(addServerOptions(show)).action((dagId: string, typed: string, flags: LookFlags) =>
    showOne(dagId, typed, flags),
  );
  addExamples(show, [['tidemill backfill show retail_daily latest', 'the backfill that was asked for last']]);
}

async function showOne(dagId: string, typed: string, flags: LookFlags): Promise<void> {
  await withClient(flags, async (client) => {
    const backfillId = await client.backfills.resolve(dagId, typed);
    const seen = await client.backfills.show(dagId, backfillId);
    if (seen === null) return print(`${backfillId} is being planned`);
    await printDates(seen.dates, flags.output);
    say(`${backfillId}: ${seen.status}${seen.by === null ? '' : ` by ${seen.by}`}: ${backfillLabel(seen)}`);
  });
}

/** The dates of a backfill or of its plan. */
export async function printDates(dates: readonly BackfillDate[], format: ListFormat): Promise<void> {
  await printList(dates, dateColumns, { format, empty: 'There are no dates.' });
}

const dateColumns: readonly ListColumn<BackfillDate>[] = [
  { name: 'interval_start', value: (row) => row.interval.start, text: (row) => instantText(row.interval.start) },
  { name: 'interval_end', value: (row) => row.interval.end, text: (row) => instantText(row.interval.end) },
  { name: 'state', value: (row) => row.state, paint: (row, paint) => (text) => paint.state(paintedAs(row), text) },
  { name: 'run_id', value: (row) => row.runId },
  { name: 'reason', value: (row) => row.reason, canShrink: true },
];

function paintedAs({ state }: BackfillDate) {
  if (state === 'pending') return 'none';
  return state === 'cancelled' ? 'skipped' : state;
}

const listColumns: readonly ListColumn<BackfillListing>[] = [
  { name: 'backfill_id', value: (row) => row.backfillId },
  { name: 'dag_id', value: (row) => row.dagId },
  { name: 'status', value: (row) => row.status },
  { name: 'from', value: (row) => row.from, text: (row) => instantText(row.from) },
  { name: 'to', value: (row) => row.to, text: (row) => instantText(row.to) },
  { name: 'success', value: (row) => row.counts.success },
  { name: 'failed', value: (row) => row.counts.failed },
  { name: 'running', value: (row) => row.counts.running },
  { name: 'pending', value: (row) => row.counts.pending },
  { name: 'skipped', value: (row) => row.counts.skipped, isDetail: true },
  { name: 'cancelled', value: (row) => row.counts.cancelled, isDetail: true },
  { name: 'by', value: (row) => row.by },
  { name: 'ended_at', value: (row) => row.endedAt, isDetail: true },
];
