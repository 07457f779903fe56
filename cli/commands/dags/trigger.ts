import type { Command } from 'commander';
import type { TidemillClient } from '../../../client';
import type { Control } from '../../../engine';
import { addServerOptions, type Place, type PlaceFlags, withClient } from '../../connect';
import { ExitWith, exitCodes } from '../../exit-codes';
import { followLogs } from '../../follow-logs';
import { followRuns } from '../../follow-runs';
import { addExamples } from '../../help';
import { load } from '../../load';
import { countText, print, say } from '../../output';
import { addParamOptions, type ParamFlags, paramsOf, printParamHelp } from '../../params';
import type { WatchedRun } from '../../run-watch';

interface TriggerFlags extends PlaceFlags, ParamFlags {
  readonly helpParams?: boolean;
  readonly note?: string;
  readonly interval?: string;
  readonly eachDay?: boolean;
  readonly wait?: boolean;
  readonly follow?: boolean;
}

/** `tidemill dags trigger DAG`: asks for runs, and watches them when told to. */
export function addTriggerCommand(dags: Command): void {
  const command = dags
    .command('trigger')
    .description('run a DAG now, also while it is paused; prints the run ids, one a line')
    .argument('<dag>', 'id of the DAG')
    .option(
      '--interval <start/end>',
      'data interval, dates or instants, the end left out (default: the latest complete one)',
    )
    .option('--each-day', 'one run for each day of the interval')
    .option('--note <text>', 'a note at each of the runs')
    .option('--wait', 'show the runs until they end; exit code 1 when one failed')
    .option('--follow', 'like --wait, and print the logs of the tasks as they are written');
  addParamOptions(addServerOptions(command)).action((dagId: string, flags: TriggerFlags) => trigger(dagId, flags));
  addExamples(command, [
    ['tidemill dags trigger retail_daily --wait', 'the latest complete day'],
    ['tidemill dags trigger retail_daily --interval 2010-12-01/2010-12-08 --each-day', 'seven days, a run for each'],
    ['tidemill dags trigger retail_daily --param source=other_folder', 'with a parameter'],
    ['tidemill dags trigger retail_daily --help-params', 'which parameters there are'],
  ]);
}

async function trigger(dagId: string, flags: TriggerFlags): Promise<void> {
  await withClient(flags, async (client, place) => {
    const schema = (await client.control(dagId)).deployment?.spec.params ?? null;
    if (flags.helpParams === true) return await printParamHelp(dagId, schema, 'table');
    const params = paramsOf(dagId, schema, flags);
    const runIds = await client.trigger({
      dagId,
      ...(flags.interval === undefined ? {} : { interval: flags.interval }),
      ...(flags.eachDay === undefined ? {} : { eachDay: flags.eachDay }),
      ...(params === null ? {} : { params }),
    });
    for (const runId of runIds) print(runId);
    if (flags.note !== undefined) for (const runId of runIds) await client.note(dagId, runId, flags.note);
    if (flags.interval === undefined) warnOfNoInterval(await client.control(dagId));
    if (flags.wait !== true && flags.follow !== true) return;
    const runs = await watch(client, { dagId, runIds, place, withLogs: flags.follow === true });
    const failed = runs.filter((run) => run.state === 'failed');
    if (failed[0] === undefined) return;
    const { runId } = failed[0];
    say(`${failed.length} of ${countText(runs.length, 'run')} failed. Why: tidemill explain ${dagId} ${runId}`);
    throw new ExitWith(exitCodes.failed);
  });
}

/** The run has been asked for: whoever meant it so is right, and the others have to know. */
function warnOfNoInterval({ deployment }: Control): void {
  if (deployment === null) return;
  const { intervalWarning, manualInterval } = load.engine();
  const warning = intervalWarning(deployment.spec, manualInterval(deployment.spec.timetable, Date.now()));
  if (warning !== null) say(`warning: ${warning}`);
}

async function watch(
  client: TidemillClient,
  what: {
    readonly dagId: string;
    readonly runIds: readonly string[];
    readonly place: Place;
    readonly withLogs: boolean;
  },
): Promise<readonly WatchedRun[]> {
  const { dagId, runIds, place } = what;
  const { onShutdown } = load.server();
  const forget = onShutdown('the view', () =>
    say(`No longer watching; the runs go on. Stop one: tidemill dags stop ${dagId} RUN`),
  );
  try {
    if (!what.withLogs) return await followRuns({ client, dagId, runIds });
    const silent = { isTTY: false, write: () => true };
    const followed = followRuns({ client, dagId, runIds, sink: silent });
    await followLogs({ home: place.home, dagId, runIds, until: followed });
    const runs = await followed;
    for (const run of runs) say(`${run.runId}: ${run.label}${run.reason === '' ? '' : `: ${run.reason}`}`);
    return runs;
  } finally {
    forget();
  }
}
