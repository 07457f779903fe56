import type { Command } from 'commander';
import type { DueRun } from '../../../engine';
import { addServerOptions, type PlaceFlags, withClient } from '../../connect';
import { addExamples } from '../../help';
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
}

/** `tidemill dags next-execution DAG`: what the schedule will start, and when. */
export function addNextExecutionCommand(dags: Command): void {
  const command = dags
    .command('next-execution')
    .description('print the next runs that the schedule will start: interval and instant')
    .argument('<dag>', 'id of the DAG')
    .option('-n, --num-executions <n>', 'how many', positiveInteger, 1);
  addOutputOption(addServerOptions(command)).action((dagId: string, flags: NextFlags) => nextExecution(dagId, flags));
  addExamples(command, [['tidemill dags next-execution retail_daily -n 5', 'the next five']]);
}

async function nextExecution(dagId: string, flags: NextFlags): Promise<void> {
  const { runs, paused } = await withClient(flags, async (client) => {
    const control = await client.control(dagId);
    return { runs: await client.nextExecutions(dagId, flags.numExecutions), paused: control.paused };
  });
  const columns: readonly ListColumn<DueRun>[] = [
    { name: 'run_at', value: (run) => run.runAt, text: (run) => `${instantText(run.runAt)} UTC` },
    {
      name: 'interval',
      value: (run) => `${run.interval.start}/${run.interval.end}`,
      text: (run) => intervalText(run.interval),
    },
  ];
  await printList(runs, columns, { format: flags.output, empty: `${dagId} has no further scheduled run.` });
  if (paused !== null)
    say(`${dagId} is paused by ${paused.by}: the schedule starts nothing until "tidemill dags unpause ${dagId}".`);
}
