import { type Command, Option } from 'commander';
import type { BackfillOptions, TidemillClient } from '../../../client';
import type { Backfill, Reprocess } from '../../../engine';
import { addServerOptions, type PlaceFlags, withClient } from '../../connect';
import { ExitWith, exitCodes } from '../../exit-codes';
import { followBackfill } from '../../follow-backfill';
import { addExamples } from '../../help';
import { parseConf } from '../../json-option';
import { addOutputOption, type ListFormat, print, say } from '../../output';
import { positiveInteger } from '../dags/list-runs';
import { printDates } from './look';

interface CreateFlags extends PlaceFlags {
  readonly from: string;
  readonly to: string;
  readonly reprocess: Reprocess;
  readonly backwards?: boolean;
  readonly maxActive?: number;
  readonly singleRun?: boolean;
  readonly conf?: string;
  readonly dryRun?: boolean;
  readonly follow?: boolean;
  readonly output: ListFormat;
}

/** `tidemill backfill create DAG --from D --to D`. */
export function addBackfillCreateCommand(backfill: Command): void {
  const command = backfill
    .command('create')
    .description('run a DAG for every date of a range, also while it is paused; prints the id of the backfill')
    .argument('<dag>', 'id of the DAG')
    .requiredOption('--from <date>', 'first date, or instant')
    .requiredOption('--to <date>', 'end of the range, left out itself, as the end of every interval')
    .addOption(
      new Option('--reprocess <which>', 'which dates to run that have a run: none, those that failed, all completed')
        .choices(['none', 'failed', 'completed'])
        .default('none'),
    )
    .option('--backwards', 'the newest date first')
    .option('--max-active <n>', "runs at once, beside the DAG's own (default: its maxActiveRuns)", positiveInteger)
    .option('--single-run', 'one run over the whole range')
    .option('--conf <json>', 'parameters of the runs as a JSON object')
    .option('--dry-run', 'print the plan, date by date with the reason, and do nothing')
    .option('--follow', 'show the progress until the end; exit code 1 when a run failed');
  addOutputOption(addServerOptions(command)).action((dagId: string, flags: CreateFlags) => create(dagId, flags));
  addExamples(command, [
    ['tidemill backfill create retail_daily --from 2010-12-01 --to 2011-01-01 --dry-run', 'what December would be'],
    ['tidemill backfill create retail_daily --from 2010-12-01 --to 2011-01-01 --follow', 'December, day by day'],
    ['tidemill backfill create retail_daily --from 2010-12-01 --to 2011-01-01 --reprocess failed', 'mend what failed'],
  ]);
}

async function create(dagId: string, flags: CreateFlags): Promise<void> {
  await withClient(flags, async (client) => {
    const options = optionsOf(dagId, flags);
    if (flags.dryRun === true) return await printPlan(await client.backfills.plan(options), flags.output);
    const backfillId = await client.backfills.create(options);
    print(backfillId);
    if (flags.follow === true) await follow(client, dagId, backfillId);
  });
}

function optionsOf(dagId: string, flags: CreateFlags): BackfillOptions {
  const { from, to, reprocess, backwards = false, singleRun = false, maxActive } = flags;
  const params = parseConf(flags.conf);
  return {
    ...{ dagId, from, to, reprocess, backwards, singleRun },
    ...(maxActive === undefined ? {} : { maxActive }),
    ...(params === undefined ? {} : { params }),
  };
}

async function printPlan(plan: Backfill, format: ListFormat): Promise<void> {
  const running = plan.dates.filter(({ state }) => state === 'pending').length;
  await printDates(plan.dates, format);
  say(`${running} of ${plan.dates.length} dates would be run, ${plan.request.maxActive} at once. Nothing was done.`);
}

async function follow(client: TidemillClient, dagId: string, backfillId: string): Promise<void> {
  const ended = await followBackfill({ client, dagId, backfillId });
  if (ended.dates.every(({ state }) => state === 'success' || state === 'skipped')) return;
  say(`Not all went well. Look: tidemill backfill show ${dagId} ${backfillId}`);
  throw new ExitWith(exitCodes.failed);
}
