import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { Json } from '../../../engine';
import { assertNever, RequestError } from '../../../engine/errors';
import type { LoadedDag, Project, TaskTest } from '../../../runner';
import {
  addDagsOption,
  addServerOptions,
  addWarehouseOption,
  loadDags,
  type Place,
  type PlaceFlags,
  placeOf,
  shownPath,
  withClient,
} from '../../connect';
import { ExitWith, exitCodes } from '../../exit-codes';
import { findDag } from '../../find-dag';
import { addExamples } from '../../help';
import { parseConf } from '../../json-option';
import { load } from '../../load';
import { print, say } from '../../output';
import { resolveRunId } from '../../run-ref';

interface TaskTestFlags extends PlaceFlags {
  readonly interval?: string;
  readonly conf?: string;
  readonly run?: string;
  readonly input?: string;
}

/** `tidemill tasks test DAG TASK`: one task here and now, and no record of it. */
export function addTaskTestCommand(tasks: Command): void {
  const command = tasks
    .command('test')
    .description('run one task once in this process, with no record; what it writes or publishes is written')
    .argument('<dag>', 'id of the DAG')
    .argument('<task>', 'id of the task')
    .option('--interval <start/end>', 'data interval, the end left out (default: that of --run, or the latest)')
    .option('--conf <json>', 'parameters of the run as a JSON object')
    .option('--run <run>', 'take what the tasks before it returned from this run: id, date or "latest"')
    .option('--input <json>', 'the whole input of the task');
  addDagsOption(addWarehouseOption(addServerOptions(command))).action(
    (dagId: string, taskId: string, flags: TaskTestFlags) => test(dagId, taskId, flags),
  );
  addExamples(command, [
    ['tidemill tasks test retail_daily wait_for_file', 'a task that needs nothing of others'],
    ['tidemill tasks test retail_daily quality.scores --run latest', 'with what a run had made'],
    [`tidemill tasks test letters say --input '{"letters": 3}'`, 'with an input of your own'],
  ]);
}

async function test(dagId: string, taskId: string, flags: TaskTestFlags): Promise<void> {
  const place = await placeOf(flags);
  const project = await loadDags(flags);
  const dag = await findDag(project, dagId);
  const before = flags.run === undefined ? null : await runBefore(dagId, flags.run, flags);
  const engine = load.engine();
  const { timetable, params } = dag.spec;
  const interval =
    flags.interval === undefined
      ? (before?.interval ?? engine.manualInterval(timetable, Date.now()))
      : engine.parseInterval(flags.interval, engine.timezoneOf(timetable));
  const checked = engine.checkParams(dagId, params, parseConf(flags.conf) ?? before?.params ?? {});
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const request = { dag, taskId, interval, params: checked, outputs: before?.outputs ?? {}, signal: stop.signal };
  const input = flags.input === undefined ? {} : { input: parseInput(flags.input) };
  await perform({ ...request, ...input }, project, place);
}

/** What a run's tasks have returned, and what the run was for. */
async function runBefore(dagId: string, run: string, flags: PlaceFlags) {
  const view = await withClient(flags, async (client) => client.run(dagId, await resolveRunId(client, dagId, run)));
  const done = Object.entries(view.run.tasks).filter(([, task]) => task.state === 'success');
  const { interval, params } = view.run.identity;
  return { interval, params, outputs: Object.fromEntries(done.map(([id, { output }]) => [id, output])) };
}

function parseInput(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new RequestError({
      code: 'bad_conf',
      message: `--input ${text} is no JSON: ${cause instanceof Error ? cause.message : String(cause)}. Write it as '{"name": "value"}'.`,
      details: { input: text },
    });
  }
}

async function perform(test: Omit<TaskTest, 'services'> & { dag: LoadedDag }, project: Project, place: Place) {
  const { createIsolation, keepVersions, testTask } = load.runner();
  const { openWarehouse } = load.warehouse();
  const warehouse = await openWarehouse({ uri: place.warehouse });
  const logFolder = join(place.home, 'logs');
  try {
    await keepVersions(warehouse.store, { dags: [test.dag], models: project.models });
    const isolation = createIsolation({ warehouse: place.warehouse, folders: project.folders });
    const worker = `${process.pid}@${hostname()}`;
    const vault = await load.vault().openVault({ home: place.home });
    const services = { registry: project.registry, warehouse, logFolder, worker, isolation, vault };
    report(test.taskId, await testTask({ ...test, services }));
  } finally {
    await warehouse.close();
    say(`logs in ${shownPath(join(logFolder, test.dag.dagId))}`);
  }
}

type Outcome = Awaited<ReturnType<ReturnType<typeof load.runner>['testTask']>>;

/** The output alone on standard output, for a program; all else beside it. */
function report(taskId: string, outcome: Outcome): void {
  switch (outcome.kind) {
    case 'succeeded':
      say(`${taskId} succeeded`);
      return print(JSON.stringify(outcome.report.output, null, 2));
    case 'skipped':
      return say(`${taskId} skipped: ${outcome.message}`);
    case 'cancelled':
      throw new ExitWith(exitCodes.interrupted);
    case 'failed':
      say(`${taskId} failed (${outcome.failure.code}): ${outcome.failure.message}`);
      throw new ExitWith(exitCodes.failed);
    default:
      assertNever(outcome);
  }
}
