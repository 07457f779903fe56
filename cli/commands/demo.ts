import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { TidemillClient } from '../../client';
import { RequestError } from '../../engine/errors';
import { shortDuration } from '../../engine/interpreter';
import { addWarehouseOption, folderOf, type PlaceFlags } from '../connect';
import { copyData, type DemoData, demoInterval, generateData, leftOver, settleData } from '../demo-data';
import { summaryLines } from '../demo-summary';
import { deployProject } from '../deploying';
import { ExitWith, exitCodes } from '../exit-codes';
import { followRuns } from '../follow-runs';
import { addExamples } from '../help';
import { failureText } from '../live-grid';
import { load } from '../load';
import { countText, print, say } from '../output';
import type { WatchedRun } from '../run-watch';
import { type Stack, startStack } from '../stack';
import { createSteps, type Steps } from '../steps';
import { type Paint, paintFor } from '../style';

interface DemoFlags extends PlaceFlags {
  readonly data?: string;
  readonly days?: number | 'all';
  readonly keep?: boolean;
  readonly seed?: number;
  readonly endDate?: string;
}

const usualDays = 21;
/** All days of made-up data are a year of them. */
const generatedAll = 365;
const daily = 'retail_daily';
const marts = 'retail_marts';

/** `tidemill demo`: the retail pipeline on a laptop, from an empty folder to a dashboard. */
export function addDemoCommand(program: Command): void {
  const command = program
    .command('demo')
    .description('run the retail pipeline, day by day, with everything it needs, and say what came of it')
    .option('--data <file>', 'a CSV of UCI Online Retail, gzipped or not (default: data is made up)')
    .option('--days <n>', `how many days, from the first one on, or "all" (default: ${usualDays})`, daysOption)
    .option('--keep', 'stay up afterwards, with the UI, until Ctrl-C')
    .option('--seed <n>', 'another shop is made up for every seed', seedOption)
    .option('--end-date <day>', 'the last day of made-up data (default: yesterday)', dayOption);
  addWarehouseOption(command).action((flags: DemoFlags) => demo(flags));
  addExamples(command, [
    ['tidemill demo', `${usualDays} days of made-up data that end yesterday`],
    ['tidemill demo --keep', 'and look at it in the UI'],
    ['tidemill demo --data online_retail.csv.gz --days all', 'the real file, every day of it'],
  ]);
}

async function demo(flags: DemoFlags): Promise<void> {
  const { cleanUp, isShuttingDown, onShutdown, tidemillHome } = load.server();
  const base = tidemillHome();
  const home = flags.home === undefined || resolve(flags.home) === base ? join(base, 'demo') : resolve(flags.home);
  const warehouse = flags.warehouse ?? join(home, 'warehouse');
  const paint = paintFor(process.stdout);
  const steps = createSteps(process.stdout);
  print(paint.bold('Tidemill demo'));
  steps.begin('data', 'preparing');
  const data = await prepareData(warehouse, flags);
  steps.done('data', data.description);

  const stack = await startDemo({ home, warehouse, base, steps });
  const forget = onShutdown('the demo', () =>
    say('\nStopping. Runs that are not over go on when the demo is started again.'),
  );
  const startedAt = Date.now();
  const runs = await runPipeline(stack, data, { days: flags.days ?? usualDays, paint });
  if (isShuttingDown()) await new Promise<never>(() => undefined);
  forget();

  const failed = runs.filter((run) => run.state === 'failed');
  print('');
  for (const run of failed.slice(0, 10)) print(`${paint.red('failed')} ${run.dagId} ${failureText(run)}`);
  const took = shortDuration(Date.now() - startedAt);
  const outcome = failed.length === 0 ? paint.green('all succeeded') : paint.red(`${failed.length} failed`);
  print(`${countText(runs.length, 'run')} in ${took}: ${outcome}`);
  const lines = await summaryLines({ stack, runs, isKept: flags.keep === true, paint });
  for (const line of lines) print(line);

  if (flags.keep === true) {
    print('');
    print('Up until Ctrl-C.');
    onShutdown('the demo', () => say('\nStopping.'));
    await new Promise<never>(() => undefined);
  }
  await cleanUp();
  if (failed.length > 0) throw new ExitWith(exitCodes.failed);
}

async function prepareData(warehouse: string, flags: DemoFlags): Promise<DemoData> {
  const folder = join(process.env.TIDEMILL_LANDING ?? join(folderOf(warehouse), 'landing'), 'online_retail');
  if (flags.data !== undefined) return await copyData(folder, flags.data);
  const days = flags.days === 'all' ? generatedAll : Math.max(1, flags.days ?? usualDays);
  return await generateData(folder, { days, seed: flags.seed, endDate: flags.endDate });
}

interface DemoStart {
  readonly home: string;
  readonly warehouse: string;
  readonly base: string;
  readonly steps: Steps;
}

/** The demo brings its own DAGs, whatever folder it is started in. */
async function startDemo({ home, warehouse, base, steps }: DemoStart): Promise<Stack> {
  const { installationFolder, loadProject } = load.runner();
  const dagFolders = [join(installationFolder, 'dags')];
  const stack = await startStack({ home, warehouse, dagFolders, announceIn: [home, base], steps });
  steps.begin('deploy', `${daily}, ${marts}`);
  const project = await loadProject(dagFolders);
  await deployProject(stack.client, project, { startPaused: true });
  steps.done('deploy', `${daily} and ${marts}, paused: only the demo starts runs`);
  print('');
  return stack;
}

async function runPipeline(
  stack: Stack,
  data: DemoData,
  options: { readonly days: number | 'all'; readonly paint: Paint },
): Promise<readonly WatchedRun[]> {
  const { isShuttingDown } = load.server();
  const { client } = stack;
  const earlier = await client.control(daily);
  const waiting = earlier.active.length + earlier.queued.length;
  if (waiting > 0) print(`${countText(waiting, 'run')} of an earlier demo go on first.`);
  const interval = data.days === null ? null : demoInterval(data.days, options.days);
  const cleared = interval === null ? [] : await clearEarlier(client, data, interval);
  const what = interval === null ? {} : { interval, eachDay: true };
  const dailyIds = await client.trigger({ dagId: daily, ...what });
  const dayRuns = await followRuns({ client, dagId: daily, runIds: dailyIds, isEnough: isShuttingDown });
  const dailyRuns = [...cleared, ...dayRuns];
  if (isShuttingDown() || dayRuns.every((run) => run.state === 'failed')) return dailyRuns;
  print('');
  const martIds = await client.trigger({ dagId: marts });
  const martRuns = await followRuns({ client, dagId: marts, runIds: martIds, isEnough: isShuttingDown });
  return [...dailyRuns, ...martRuns];
}

/** Publishes nothing for the days around the interval that an earlier demo's data had rows for. */
async function clearEarlier(client: TidemillClient, data: DemoData, interval: string): Promise<readonly WatchedRun[]> {
  const { isShuttingDown } = load.server();
  const left = leftOver(data.replaced, interval);
  if (left.length > 0) print("The days of an earlier demo's data are taken out first.");
  const runIds: string[] = [];
  for (const one of left) runIds.push(...(await client.trigger({ dagId: daily, interval: one })));
  const runs = left.length === 0 ? [] : await followRuns({ client, dagId: daily, runIds, isEnough: isShuttingDown });
  if (runs.every((run) => run.state === 'success')) await settleData(data);
  return runs;
}

function daysOption(text: string): number | 'all' {
  if (text === 'all') return text;
  const days = Number(text);
  if (Number.isInteger(days) && days > 0 && days <= 3_660) return days;
  throw new RequestError({
    code: 'bad_number',
    message: `--days "${text}" is neither "all" nor a number of days (1 to 3660).`,
    details: { days: text },
  });
}

function seedOption(text: string): number {
  const seed = Number(text);
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new RequestError({ code: 'bad_number', message: `--seed "${text}" is no whole number from 0 on.` });
}

function dayOption(text: string): string {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.slice(0, 10) === text;
  if (isDay) return text;
  throw new RequestError({
    code: 'bad_date',
    message: `--end-date "${text}" is no day. Write it as YYYY-MM-DD, such as 2010-12-21.`,
    details: { end_date: text },
  });
}
