import { type Command, InvalidArgumentError } from 'commander';
import type { DagSpec } from '../../../engine';
import type { Warehouse } from '../../../warehouse';
import { calendarLines, dayStates } from '../../calendar';
import { addWarehouseOption, type PlaceFlags, placeOf, withWarehouse } from '../../connect';
import { addExamples } from '../../help';
import { load } from '../../load';
import { print } from '../../output';
import { paintFor } from '../../style';

interface CalendarFlags extends PlaceFlags {
  readonly year?: string;
}

/** `tidemill dags calendar DAG`: a year of days, from the records in the warehouse. */
export function addCalendarCommand(dags: Command): void {
  const command = dags
    .command('calendar')
    .description('draw a year of days by how their runs ended, from the records in the warehouse; needs no server')
    .argument('<dag>', 'id of the DAG')
    .option('--year <year>', 'that year (default: the twelve months up to the newest run)', yearOf);
  addWarehouseOption(command).action((dagId: string, flags: CalendarFlags) => calendar(dagId, flags));
  addExamples(command, [
    ['tidemill dags calendar retail_daily', 'the last twelve months that have runs'],
    ['tidemill dags calendar retail_daily --year 2010', 'one year'],
  ]);
}

function yearOf(text: string): string {
  if (/^\d{4}$/.test(text)) return text;
  throw new InvalidArgumentError('Give a year of four digits.');
}

async function calendar(dagId: string, flags: CalendarFlags): Promise<void> {
  const { warehouse } = await placeOf(flags);
  const { timezone, rows } = await withWarehouse(warehouse, async (opened) => ({
    timezone: await timezoneOfDag(opened, dagId),
    rows: (await load.warehouse().queryWarehouse(opened, runsSql(dagId))).rows,
  }));
  if (rows.length === 0) return print(`The warehouse has no record of a run of ${dagId}.`);
  const { dayOf } = load.engine();
  const runs = rows.map(({ begin_ms, state, started_at }) => {
    const interval = new Date(Number(begin_ms)).toISOString();
    return { day: dayOf(interval, timezone), interval, startedAt: String(started_at), state: String(state) };
  });
  const days = dayStates(runs);
  const newest = [...days.keys()].sort().at(-1)?.slice(0, 7) ?? '';
  const lastMonth = flags.year === undefined ? newest : `${flags.year}-12`;
  for (const line of calendarLines({ dagId, days, lastMonth, timezone }, paintFor(process.stdout))) print(line);
}

function runsSql(dagId: string): string {
  const id = dagId.replaceAll("'", "''");
  return `SELECT epoch_ms(interval_start) AS begin_ms, state, epoch_ms(started_at)::VARCHAR AS started_at
    FROM meta.dag_runs WHERE dag_id = '${id}' AND interval_start IS NOT NULL`;
}

/** The days of a DAG are those of its schedule's zone, as its newest version has it. */
async function timezoneOfDag({ store }: Warehouse, dagId: string): Promise<string> {
  const [newest] = await load.warehouse().listVersions(store, dagId);
  if (newest === undefined) return 'UTC';
  return load.engine().timezoneOf((newest.spec as unknown as DagSpec).timetable);
}
