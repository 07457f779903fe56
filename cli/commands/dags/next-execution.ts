import type { Command } from 'commander';
import type { DueRun } from '../../../engine';
import { timezoneOf } from '../../../engine/interpreter';
import { addServerOptions, type PlaceFlags, withClient } from '../../connect';
import { addExamples } from '../../help';
import { load } from '../../load';
import {
  addOutputOption,
  instantText,
  intervalText,
  type ListColumn,
  type ListFormat,
  printList,
  say,
} from '../../output';
import { positiveInteger } from './list-runs';

interface NextFlags extends PlaceFlags {
  readonly output: ListFormat;
  readonly numExecutions: number;
  readonly aroundDst?: boolean;
}

/** `tidemill dags next-execution DAG`: what the schedule will start, and when. */
export function addNextExecutionCommand(dags: Command): void {
  const command = dags
    .command('next-execution')
    .description('print the next runs that the schedule will start: interval and instant')
    .argument('<dag>', 'id of the DAG')
    .option('-n, --num-executions <n>', 'how many', positiveInteger, 1)
    .option('--around-dst', "the runs around the next two changes of the clocks in the schedule's zone");
  addOutputOption(addServerOptions(command)).action((dagId: string, flags: NextFlags) => nextExecution(dagId, flags));
  addExamples(command, [
    ['tidemill dags next-execution retail_daily -n 5', 'the next five'],
    ['tidemill dags next-execution retail_daily -n 4 --around-dst', 'what a change of the clocks does to it'],
  ]);
}

const runColumns: readonly ListColumn<DueRun>[] = [
  { name: 'run_at', value: (run) => run.runAt, text: (run) => `${instantText(run.runAt)} UTC` },
  {
    name: 'interval',
    value: (run) => `${run.interval.start}/${run.interval.end}`,
    text: (run) => intervalText(run.interval),
  },
];

async function nextExecution(dagId: string, flags: NextFlags): Promise<void> {
  if (flags.aroundDst === true) return await aroundChanges(dagId, flags);
  const { runs, paused, spec } = await withClient(flags, async (client) => {
    const control = await client.control(dagId);
    const next = await client.nextExecutions(dagId, flags.numExecutions);
    return { runs: next, paused: control.paused, spec: control.deployment?.spec };
  });
  const isContinuous = spec?.timetable.kind === 'continuous';
  const empty = isContinuous
    ? `The next run of ${dagId} starts when the last has ended.`
    : `${dagId} has no further scheduled run.`;
  await printList(runs, runColumns, { format: flags.output, empty });
  if (paused !== null)
    say(`${dagId} is paused by ${paused.by}: the schedule starts nothing until "tidemill dags unpause ${dagId}".`);
}

interface AroundRow {
  readonly change: string;
  readonly timezone: string;
  readonly run: DueRun;
}

const aroundColumns: readonly ListColumn<AroundRow>[] = [
  { name: 'change', value: ({ change }) => change, text: ({ change }) => `${instantText(change)} UTC` },
  { name: 'run_at', value: ({ run }) => run.runAt, text: ({ run }) => `${instantText(run.runAt)} UTC` },
  { name: 'local_start', value: ({ run, timezone }) => load.engine().localTime(run.interval.start, timezone) },
  { name: 'local_end', value: ({ run, timezone }) => load.engine().localTime(run.interval.end, timezone) },
  {
    name: 'hours',
    value: ({ run }) => (Date.parse(run.interval.end) - Date.parse(run.interval.start)) / 3_600_000,
  },
];

/** Local times with their offsets: where a day has 23 or 25 hours, and where a time is missing or comes twice. */
async function aroundChanges(dagId: string, flags: NextFlags): Promise<void> {
  const { changes, timezone } = await withClient(flags, async (client) => ({
    changes: await client.executionsAroundChanges(dagId, flags.numExecutions),
    timezone: timezoneOf((await client.control(dagId)).deployment?.spec.timetable ?? { kind: 'none' }),
  }));
  const rows = changes.flatMap(({ at, runs }) => runs.map((run) => ({ change: at, timezone, run })));
  const empty = `The clocks of ${timezone} do not change within three years, or ${dagId} has no schedule.`;
  await printList(rows, aroundColumns, { format: flags.output, empty });
}
