import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, makeTelemetryFilterString, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { type AttemptServices, createBuiltins, HandlerRegistry } from '../../activities';
import { createNoticeActivity, createTaskActivity } from '../../activities/failure-boundary';
import { TidemillClient } from '../../client';
import {
  type CompiledDag,
  compile,
  type DagDefinition,
  type Json,
  type RunIdentity,
  type RunSummary,
  runWorkflowId,
} from '../../engine';
import { createHouseActivities } from '../../house-activities';
import { catalogOf } from '../../sql/catalog';
import { vaultOf } from '../../vault';
import type { Warehouse } from '../../warehouse';
import { openFileStore } from '../../warehouse';
import { sharedServer } from './server';

/** A worker of our own on the shared server, with the DAGs of one test. */
export interface RunServer {
  readonly client: TidemillClient;
  readonly temporal: Client;
  readonly taskQueue: string;
  readonly folder: string;
  readonly dags: ReadonlyMap<string, CompiledDag>;
  /** Deploys a DAG (its id is unique per test) and leaves it paused. */
  deploy(dagId: string): Promise<void>;
  /** Starts one run of a DAG without its control, and waits for its end. */
  execute(dagId: string, identity?: Partial<RunIdentity>): Promise<RunSummary>;
}

/** What a worker has besides its DAGs. */
export interface RunServerNeeds {
  /** Holds its connections. */
  readonly env?: NodeJS.ProcessEnv;
  /** Gets the lines of its own log. */
  readonly log?: (line: string) => void;
}

const versions = { spec: '', code: 'test' };

/** Runs a worker for the given DAGs until the body is over. Of the warehouse there is the store alone. */
export async function withRunServer(
  definitions: readonly DagDefinition[],
  body: (server: RunServer) => Promise<void>,
  needs: RunServerNeeds = {},
): Promise<void> {
  quietRuntime();
  const shared = sharedServer();
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-run-'));
  const taskQueue = `test-${randomUUID()}`;
  const dags = new Map(definitions.map((definition) => [definition.dagId, compile(definition, new Map())]));
  const handlersOf = (dag: CompiledDag) => ({
    dagId: dag.spec.dagId,
    versions: { ...versions, spec: dag.specVersion },
    handlers: dag.handlers,
  });
  const registry = new HandlerRegistry([...dags.values()].map(handlersOf), createBuiltins({ models: catalogOf([]) }));
  const native = await NativeConnection.connect({ address: shared.address });
  const connection = await Connection.connect({ address: shared.address });
  const temporal = new Client({ connection });
  const store = await openFileStore(join(folder, 'warehouse'));
  const services: AttemptServices = {
    registry,
    warehouse: { store } as Warehouse,
    logFolder: join(folder, 'logs'),
    worker: 'test',
  };
  const worker = await Worker.create({
    connection: native,
    taskQueue,
    workflowBundle: { codePath: shared.bundlePath },
    activities: {
      ...createHouseActivities({ client: temporal, store, timetables: timetablesOf(dags) }),
      sendNotice: createNoticeActivity(vaultOf({ env: needs.env ?? {} }), needs.log ?? (() => undefined)),
      default: createTaskActivity(services),
    },
    stickyQueueScheduleToStartTimeout: '1 second',
    maxHeartbeatThrottleInterval: '200 milliseconds',
    defaultHeartbeatThrottleInterval: '200 milliseconds',
  });
  const client = await TidemillClient.connect({ address: shared.address, taskQueue, user: 'ada' });
  await client.setUp();
  const server: RunServer = {
    client,
    temporal,
    taskQueue,
    folder,
    dags,
    deploy: async (dagId) => {
      const dag = dags.get(dagId) as CompiledDag;
      const deployable = {
        dagId,
        spec: dag.spec,
        versions: { ...versions, spec: dag.specVersion },
        folder,
        timetable: dag.timetable,
      };
      await client.applyDeploy([deployable], await client.planDeploy([deployable], [folder]), { startPaused: true });
    },
    execute: async (dagId, identity) =>
      await temporal.workflow.execute('dagRun', runOptions(dags.get(dagId) as CompiledDag, taskQueue, identity)),
  };
  try {
    await worker.runUntil(async () => await body(server));
  } finally {
    // Also after a failed test: an open connection would keep Jest from ending.
    await client.close();
    await connection.close();
    await native.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function timetablesOf(dags: ReadonlyMap<string, CompiledDag>) {
  return new Map(
    [...dags].flatMap(([dagId, { timetable }]) => (timetable === null ? [] : [[dagId, timetable] as const])),
  );
}

/** How a run is started by hand: what its control would do. */
export function runOptions(dag: CompiledDag, taskQueue: string, identity: Partial<RunIdentity> = {}) {
  const whole: RunIdentity = {
    dagId: dag.spec.dagId,
    runId: `manual__${randomUUID()}`,
    runType: 'manual',
    interval: { start: '2010-12-01T00:00:00Z', end: '2010-12-02T00:00:00Z' },
    params: {} as Json,
    triggeredBy: 'ada',
    queuedAt: '2026-01-01T00:00:00Z',
    ...identity,
  };
  return {
    taskQueue,
    workflowId: runWorkflowId(whole.dagId, whole.runId),
    args: [{ spec: dag.spec, versions: { ...versions, spec: dag.specVersion }, identity: whole, run: null }],
  };
}

let quiet = false;

function quietRuntime(): void {
  if (quiet) return;
  quiet = true;
  const filter = makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' });
  const telemetryOptions = { logging: { forward: {}, filter } };
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [], telemetryOptions });
}

/** A DAG id that no other test uses. */
export function uniqueDagId(name: string): string {
  return `${name}_${randomUUID().slice(0, 8)}`;
}
