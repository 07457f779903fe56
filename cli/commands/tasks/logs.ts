import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { isEngineError, RequestError } from '../../../engine/errors';
import { addServerOptions, type Place, type PlaceFlags, placeOf, shownPath, withClient } from '../../connect';
import { followLogs, printNews } from '../../follow-logs';
import { addExamples } from '../../help';
import { runLogFolder } from '../../log-files';
import { say } from '../../output';
import { resolveRunId } from '../../run-ref';
import { positiveInteger } from '../dags/list-runs';

interface LogsFlags extends PlaceFlags {
  readonly output: 'text' | 'json';
  readonly try?: number;
  readonly mapIndex?: number;
  readonly follow?: boolean;
}

/** `tidemill tasks logs DAG RUN [TASK]`: what the attempts have written. */
export function addLogsCommand(tasks: Command): void {
  const command = tasks
    .command('logs')
    .description('print the logs of a run, of one task or of all in the order of their begin; needs no server')
    .argument('<dag>', 'id of the DAG')
    .argument('[run]', 'run id, "latest", or the date at which its interval begins', 'latest')
    .argument('[task]', 'id of the task; all tasks when left out')
    .option('--try <n>', 'only this try', positiveInteger)
    .option('--map-index <n>', 'only this instance of a mapped task', wholeNumber)
    .option('-f, --follow', 'go on printing until the run ends, or Ctrl-C')
    .addOption(
      new Option('-o, --output <format>', 'lines for people or as they are').choices(['text', 'json']).default('text'),
    );
  addServerOptions(command).action((dagId: string, run: string, task: string | undefined, flags: LogsFlags) =>
    logs({ dagId, run, task }, flags),
  );
  addExamples(command, [
    ['tidemill tasks logs retail_daily latest extract', 'one task of the last run'],
    ['tidemill tasks logs imports latest load --map-index 17', 'one instance of a mapped task'],
    ['tidemill tasks logs retail_daily latest -f', 'a run while it runs'],
    ['tidemill tasks logs retail_daily 2010-12-01 -o json | jq .message', 'for a program'],
  ]);
}

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a whole number from 0.');
}

interface Wanted {
  readonly dagId: string;
  readonly run: string;
  readonly task: string | undefined;
}

async function logs({ dagId, run, task }: Wanted, flags: LogsFlags): Promise<void> {
  const place = await placeOf(flags);
  const runId =
    findLoggedRun(place, dagId, run) ?? (await withClient(flags, (client) => resolveRunId(client, dagId, run)));
  const request = {
    home: place.home,
    dagId,
    runIds: [runId],
    taskId: task,
    tryNumber: flags.try,
    mapIndex: flags.mapIndex,
    isRaw: flags.output === 'json',
  };
  if (flags.follow === true) return await followLogs({ ...request, until: runIsOver(flags, dagId, runId) });
  const folder = runLogFolder(place.home, dagId, runId);
  if (!existsSync(folder)) throw logsMissing(folder, dagId, runId);
  if (printNews(request, new Map()) === 0) say('No lines.');
}

/** A run id that has logs, or the run whose logs are newest; a date has to be asked of the server. */
function findLoggedRun({ home }: Place, dagId: string, run: string): string | null {
  if (run.includes('__')) return run;
  if (run !== 'latest') return null;
  const folder = join(home, 'logs', dagId);
  if (!existsSync(folder)) return null;
  const newest = readdirSync(folder)
    .map((name) => ({ name, begunMs: statSync(join(folder, name)).birthtimeMs }))
    .sort((a, b) => b.begunMs - a.begunMs)[0];
  return newest?.name ?? null;
}

/** Settles when the server says that the run has ended; never, when there is no server to ask. */
async function runIsOver(flags: PlaceFlags, dagId: string, runId: string): Promise<void> {
  try {
    await withClient(flags, (client) => client.result(dagId, runId));
  } catch (error) {
    if (isEngineError(error) && error.retryable) await new Promise<never>(() => undefined);
  }
  // The worker writes what is left of a log right after the run has its result.
  await new Promise((resolve) => setTimeout(resolve, 300));
}

function logsMissing(folder: string, dagId: string, runId: string): RequestError {
  return new RequestError({
    code: 'logs_missing',
    message: `There are no logs of ${dagId} ${runId} in ${shownPath(folder)}: no task of it has started, or its worker has another --home.`,
    details: { dag: dagId, run: runId, folder },
  });
}
