import { rmSync, writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { RunningWorker } from '../../worker';
import {
  addDagsOption,
  addServerOptions,
  addWarehouseOption,
  dagFoldersOf,
  type PlaceFlags,
  placeOf,
  shownPath,
} from '../connect';
import { brokenLines } from '../find-dag';
import { addExamples } from '../help';
import { load } from '../load';
import { countText, print, say } from '../output';
import { positiveInteger } from './dags/list-runs';

interface WorkerFlags extends PlaceFlags {
  readonly maxTasks?: number;
  readonly memoryLimit?: string;
  readonly readyFile?: string;
}

/** `tidemill worker`: performs tasks until it is stopped. */
export function addWorkerCommand(program: Command): void {
  const command = program
    .command('worker')
    .description('perform the tasks of the DAGs; SIGTERM or Ctrl-C lets running tasks end, or hands them on')
    .option('--max-tasks <n>', 'tasks at once in this process (default: 100)', positiveInteger)
    .option('--memory-limit <size>', "DuckDB's memory, such as 1GB; the process needs up to 0.5 GB beyond it")
    .addOption(new Option('--ready-file <path>', 'write this file once the worker polls, and remove it at the end'));
  addDagsOption(addWarehouseOption(addServerOptions(command))).action((flags: WorkerFlags) => work(flags));
  addExamples(command, [
    ['tidemill worker', 'the DAGs of ./dags, on the Temporal server that is found'],
    ['tidemill worker --dags dags --dags ../more/dags --warehouse /data/warehouse', 'two folders of DAGs'],
    ['TEMPORAL_ADDRESS=temporal:7233 tidemill worker --memory-limit 2GB', 'one of a fleet'],
  ]);
}

async function work(flags: WorkerFlags): Promise<void> {
  const place = await placeOf(flags);
  const { startWorker } = load.worker();
  const { onShutdown, isShuttingDown, endWellOnTerminate } = load.server();
  const running = await startWorker({
    address: place.address,
    namespace: place.namespace,
    taskQueue: place.taskQueue,
    dagFolders: await dagFoldersOf(flags),
    warehouse: place.warehouse,
    home: place.home,
    ...(flags.maxTasks === undefined ? {} : { maxConcurrentTasks: flags.maxTasks }),
    ...(flags.memoryLimit === undefined ? {} : { memoryLimit: flags.memoryLimit }),
  });
  endWellOnTerminate();
  onShutdown('the worker', async () => {
    say('Stopping: running tasks get a few seconds, what is left goes to another worker.');
    await running.stop();
  });
  await tellWhatIsServed(running, place.warehouse, place.address);
  if (flags.readyFile !== undefined) announceReady(flags.readyFile, running);
  await running.done;
  if (flags.readyFile !== undefined) rmSync(flags.readyFile, { force: true });
  // After a signal the clean-up ends the process.
  if (isShuttingDown()) await new Promise<never>(() => undefined);
}

async function tellWhatIsServed(
  { project, taskQueue }: RunningWorker,
  warehouse: string,
  address: string,
): Promise<void> {
  print(`worker ${process.pid} polls queue ${taskQueue} at ${address}`);
  print(`warehouse ${shownPath(warehouse)}`);
  for (const { dagId, spec, versions } of project.dags) {
    print(`serves ${dagId}: ${countText(spec.tasks.length, 'task')}, version ${load.engine().dagVersion(versions)}`);
  }
  if (project.dags.length === 0) print(`serves no DAG: there is none in ${project.folders.map(shownPath).join(', ')}`);
  for (const line of await brokenLines(project)) print(line);
}

function announceReady(path: string, { project, taskQueue }: RunningWorker): void {
  const content = { pid: process.pid, task_queue: taskQueue, dags: project.dags.map((dag) => dag.dagId) };
  writeFileSync(path, `${JSON.stringify(content)}\n`);
}
