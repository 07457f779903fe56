import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { DataInterval, Json, Run } from '../../../engine';
import type { InProcessResult, LoadedDag, Project } from '../../../runner';
import type { Warehouse } from '../../../warehouse';
import { addDagsOption, addWarehouseOption, loadDags, type PlaceFlags, placeOf, shownPath } from '../../connect';
import { ExitWith, exitCodes } from '../../exit-codes';
import { findDag } from '../../find-dag';
import { addExamples } from '../../help';
import { load } from '../../load';
import { logFilesOf, logText, readLines, runLogFolder } from '../../log-files';
import { intervalText, print, say } from '../../output';
import { addParamOptions, type ParamFlags, paramsOf, printParamHelp } from '../../params';
import { watchedRun } from '../../run-watch';
import { paintFor } from '../../style';
import { taskView } from '../../task-view';
import { answerOf } from '../tasks/answer';

interface TestFlags extends PlaceFlags, ParamFlags {
  readonly helpParams?: boolean;
  readonly interval?: string;
  readonly delays: boolean;
  readonly answer?: { readonly [taskId: string]: Json };
}

const shownLogLines = 15;

/** `tidemill dags test DAG`: one run in this process, by the same engine, with no server. */
export function addTestCommand(dags: Command): void {
  const command = dags
    .command('test')
    .description(
      'run a DAG here and now, without Temporal: the same engine, the real warehouse, what it publishes is published',
    )
    .argument('<dag>', 'id of the DAG')
    .option('--interval <start/end>', 'data interval, the end left out (default: the latest complete one)')
    .option(
      '--answer <task=answer>',
      'answer to a question of the run, may be given several times',
      (text: string, before: { readonly [taskId: string]: Json } = {}) => ({ ...before, ...answerFor(text) }),
    )
    .option('--no-delays', 'do not wait between tries and pokes');
  addParamOptions(addDagsOption(addWarehouseOption(command))).action((dagId: string, flags: TestFlags) =>
    test(dagId, flags),
  );
  addExamples(command, [
    ['tidemill dags test retail_daily --interval 2010-12-01/2010-12-02', 'one day, in this terminal'],
    ['tidemill dags test my_dag --dags ./dags --warehouse /tmp/trial', 'with a warehouse to throw away'],
  ]);
}

/** `release_it=approve`, as an answer by task. */
function answerFor(text: string): { readonly [taskId: string]: Json } {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write TASK=ANSWER, such as release_it=approve.');
  return { [text.slice(0, at)]: answerOf(text.slice(at + 1)) };
}

async function test(dagId: string, flags: TestFlags): Promise<void> {
  const place = await placeOf(flags);
  const project = await loadDags(flags);
  const dag = await findDag(project, dagId);
  const { openWarehouse } = load.warehouse();
  const engine = load.engine();
  const { timetable, startDate, params } = dag.spec;
  if (flags.helpParams === true) return await printParamHelp(dagId, params, 'table');
  const interval =
    flags.interval === undefined
      ? engine.manualInterval(timetable, Date.now(), { startDate, custom: dag.timetable ?? null })
      : engine.parseInterval(flags.interval, engine.timezoneOf(timetable));
  const checked = engine.checkParams(dagId, params, paramsOf(dagId, params, flags) ?? {});
  const warehouse = await openWarehouse({ uri: place.warehouse });
  say(
    `${dagId} for ${intervalText(interval)}, in this process; it works on the warehouse ${shownPath(place.warehouse)}`,
  );
  const warning = engine.intervalWarning(dag.spec, interval);
  if (warning !== null) say(`warning: ${warning}`);
  try {
    const runId = `manual__${engine.isoInstantMs(Date.now())}`;
    const result = await drive({
      dag,
      project,
      interval,
      params: checked,
      runId,
      warehouse,
      place,
      delays: flags.delays,
      answers: flags.answer ?? {},
    });
    await record(warehouse, dag, result);
    report(result, place.home);
  } finally {
    await warehouse.close();
  }
}

interface Drive {
  readonly dag: LoadedDag;
  readonly project: Project;
  readonly interval: DataInterval;
  readonly params: Run['identity']['params'];
  readonly runId: string;
  readonly warehouse: Warehouse;
  readonly place: { readonly home: string; readonly warehouse: string };
  readonly delays: boolean;
  readonly answers: { readonly [taskId: string]: Json };
}

/** The first Ctrl-C stops the run as `dags stop` does; a second one ends the process. */
async function drive(parts: Drive): Promise<InProcessResult> {
  const { dag, project, interval, params, runId, warehouse, place } = parts;
  const { createIsolation, keepVersions, runInProcess } = load.runner();
  const stop = new AbortController();
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(exitCodes.interrupted);
    say('Stopping the run; Ctrl-C again ends it at once.');
    stop.abort();
  };
  process.on('SIGINT', onSignal);
  const view = taskView(process.stdout, dag.spec);
  try {
    // Threads and processes of tasks load their code from where it is kept.
    await keepVersions(warehouse.store, { dags: [dag], models: project.models });
    const result = await runInProcess({
      dag,
      runId,
      interval,
      params,
      triggeredBy: `${process.env.USER ?? 'somebody'} (dags test)`,
      services: {
        registry: project.registry,
        warehouse,
        logFolder: join(place.home, 'logs'),
        vault: await load.vault().openVault({ home: place.home }),
        isolation: createIsolation({ warehouse: place.warehouse, folders: project.folders }),
        worker: `${process.pid}@${hostname()}`,
      },
      signal: stop.signal,
      skipDelays: !parts.delays,
      answers: parts.answers,
      onChange: (run) => view.show(run),
    });
    view.show(result.run);
    return result;
  } finally {
    view.finish();
    process.off('SIGINT', onSignal);
  }
}

/** A run is on record wherever it ran, so that `meta.dag_runs` knows it. */
async function record(warehouse: Warehouse, dag: LoadedDag, { run, plan, execution }: InProcessResult): Promise<void> {
  const { putRunRecord } = load.warehouse();
  const { runRecord } = load.engine();
  const at = run.endedAt ?? run.startedAt;
  const content = runRecord({ plan, run, versions: dag.versions, execution, at });
  await putRunRecord(warehouse.store, content as unknown as Parameters<typeof putRunRecord>[1]);
}

function report({ run, plan }: InProcessResult, home: string): void {
  const { dagId, runId } = run.identity;
  const watched = watchedRun({ spec: plan.spec, run, label: run.state });
  const paint = paintFor(process.stdout);
  const folder = runLogFolder(home, dagId, runId);
  for (const { taskId, code, message } of watched.failures) {
    print('');
    print(`${paint.red(`${taskId} failed`)} (${code}): ${message}`);
    const last = logFilesOf(folder)
      .filter((file) => file.taskId === taskId)
      .at(-1);
    const lines = last === undefined ? [] : readLines(last.path, 0).lines.slice(-shownLogLines);
    for (const line of lines) print(`  ${logText(line, paint, { hasTask: false })}`);
  }
  say(`run ${runId}: ${run.state}; logs in ${shownPath(folder)}`);
  if (run.reason?.code === 'stopped') throw new ExitWith(exitCodes.interrupted);
  if (run.state === 'failed') throw new ExitWith(exitCodes.failed);
}
