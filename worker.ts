import { hostname } from 'node:os';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { DefaultLogger, makeTelemetryFilterString, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { type AttemptServices, closeThreads, HandlerRegistry } from './activities';
import { createNoticeActivity, createTaskActivity } from './activities/failure-boundary';
import { defaultTaskQueue, OutsideUnavailable } from './engine';
import { createHouseActivities, type Timetables } from './house-activities';
import { createIsolation, keepVersions, keptVersions, loadProject, type Project } from './runner';
import { openVault } from './vault';
import { openWarehouse, type Warehouse } from './warehouse';
import { workflowBundle } from './worker/workflow-bundle';

export interface WorkerOptions {
  /** host:port of the Temporal server. */
  readonly address: string;
  readonly namespace?: string;
  readonly taskQueue?: string;
  readonly dagFolders: readonly string[];
  readonly warehouse: string;
  /** Folder of caches and logs. */
  readonly home: string;
  /** Tasks at once in this process. DuckDB's statements share the cores beneath. */
  readonly maxConcurrentTasks?: number;
  readonly memoryLimit?: string;
}

export interface RunningWorker {
  readonly project: Project;
  readonly taskQueue: string;
  /** Settles when the worker has stopped; rejects when it died. */
  readonly done: Promise<void>;
  /** Takes no new work, gives what runs a few seconds, then cancels it: Temporal hands it to another worker. */
  stop(): Promise<void>;
}

/** Enough that waiting tasks do not hold up working ones. */
const defaultConcurrentTasks = 100;

/**
 * Starts a worker: loads the DAG files once, opens the warehouse, and polls. Settings that are not
 * defaults are those of design.md §6 and `reference/temporal.md`: after a worker's death nobody waits
 * ten seconds for its cache, and a cancellation arrives within half a second.
 */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  installRuntime();
  const taskQueue = options.taskQueue ?? defaultTaskQueue;
  const namespace = options.namespace ?? 'default';
  const [project, warehouse, connection, code] = await Promise.all([
    loadProject(options.dagFolders),
    openWarehouse({
      uri: options.warehouse,
      ...(options.memoryLimit === undefined ? {} : { memoryLimit: options.memoryLimit }),
    }),
    connect(options.address),
    workflowBundle(options.home),
  ]);
  await keepVersions(warehouse.store, project);
  const vault = await openVault({ home: options.home });
  cleanLine = (text) => vault.redactor.text(text);
  const client = new Client({ connection, namespace });
  const services: AttemptServices = {
    registry: new HandlerRegistry(project.dags, project.builtins, keptVersions(warehouse.store, project)),
    warehouse,
    logFolder: join(options.home, 'logs'),
    vault,
    isolation: createIsolation({ warehouse: options.warehouse, folders: project.folders }),
    worker: `${process.pid}@${hostname()}`,
  };
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue,
    identity: `tidemill ${services.worker}`,
    workflowBundle: { code },
    // Tasks have names of their own on the wire and one function behind them.
    activities: {
      ...createHouseActivities({ client, store: warehouse.store, timetables: timetablesOf(project) }),
      sendNotice: createNoticeActivity(vault, (line) =>
        process.stderr.write(`${new Date().toISOString()} INFO ${line}\n`),
      ),
      default: createTaskActivity(services),
    },
    maxConcurrentActivityTaskExecutions: options.maxConcurrentTasks ?? defaultConcurrentTasks,
    maxConcurrentWorkflowTaskExecutions: 40,
    maxCachedWorkflows: 500,
    stickyQueueScheduleToStartTimeout: '1 second',
    maxHeartbeatThrottleInterval: '500 milliseconds',
    defaultHeartbeatThrottleInterval: '500 milliseconds',
    shutdownGraceTime: '3 seconds',
    shutdownForceTime: '15 seconds',
  });
  return run(worker, { project, taskQueue, warehouse, connection });
}

function timetablesOf({ dags }: Project): Timetables {
  return new Map(dags.flatMap(({ dagId, timetable }) => (timetable ? [[dagId, timetable] as const] : [])));
}

function run(
  worker: Worker,
  parts: { project: Project; taskQueue: string; warehouse: Warehouse; connection: NativeConnection },
): RunningWorker {
  const { project, taskQueue, warehouse, connection } = parts;
  const done = worker.run().finally(async () => {
    await closeThreads();
    await warehouse.close();
    await connection.close();
  });
  const stop = async (): Promise<void> => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await done;
  };
  return { project, taskQueue, done, stop };
}

let installed = false;

/** Takes the secrets that this process knows out of its own log. */
let cleanLine = (text: string): string => text;

/** Temporal's runtime is one per process; signals are ours to handle. */
function installRuntime(): void {
  if (installed) return;
  installed = true;
  const logger = new DefaultLogger('WARN', ({ level, message, meta }) => {
    const line = `${level} ${message} ${meta?.error === undefined ? '' : String(meta.error)}`;
    process.stderr.write(`${new Date().toISOString()} ${cleanLine(line)}\n`);
  });
  // What Temporal's core has to say goes through the same logger, not past it in colours of its own.
  const filter = makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' });
  Runtime.install({ logger, shutdownSignals: [], telemetryOptions: { logging: { forward: {}, filter } } });
}

async function connect(address: string): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect({ address });
  } catch (cause) {
    throw new OutsideUnavailable({
      code: 'temporal_unreachable',
      message: `No Temporal server answers at ${address}. Start one with "tidemill standalone", or set TEMPORAL_ADDRESS.`,
      details: { address },
      cause,
    });
  }
}
