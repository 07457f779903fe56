import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Connection, isGrpcServiceError } from '@temporalio/client';
import { TidemillClient } from '../../client';
import { loadProject, type Project } from '../../runner';
import { openWarehouse, type Warehouse } from '../../warehouse';
import { sharedServer } from './server';
import { until } from './until';
import { startWorkerProcess, type WorkerProcess } from './worker-process';

const root = resolve(__dirname, '../..');
/** The DAGs that come with Tidemill. */
export const ownDags = join(root, 'dags');
/** The DAGs that are made for tests of the whole. */
export const systemDags = join(root, 'tests/system/dags');

/** All that one installation has: a server (a namespace of the shared one, unless told otherwise), a folder, workers, a client. */
export interface House {
  readonly client: TidemillClient;
  readonly project: Project;
  readonly address: string;
  readonly namespace: string;
  /** The folder of its warehouse. */
  readonly warehouse: string;
  readonly home: string;
  /** Where sources are delivered. */
  readonly landing: string;
  /** Starts a worker process; it has ended when the house is left. */
  startWorker(): Promise<WorkerProcess>;
  /** Deploys all its DAGs, paused. */
  deploy(): Promise<void>;
  /** Reads its warehouse from this process, as any other reader. */
  read<Result>(body: (warehouse: Warehouse) => Promise<Result>): Promise<Result>;
}

export interface HouseOptions {
  readonly dags: readonly string[];
  /** A server that the test has started itself. */
  readonly server?: { readonly address: string; readonly namespace: string };
}

/** Runs a body in a house of its own. Its folder is kept when the body failed. */
export async function withHouse<Result>(
  options: HouseOptions,
  body: (house: House) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-house-'));
  const { address, namespace } = options.server ?? (await ownNamespace());
  const [warehouse, home] = [join(folder, 'warehouse'), join(folder, 'home')];
  const landing = join(warehouse, 'landing');
  for (const made of [landing, home]) mkdirSync(made, { recursive: true });
  const project = await loadProject(options.dags);
  const client = await TidemillClient.connect({ address, namespace, user: 'ada' });
  const workers: WorkerProcess[] = [];
  const house: House = {
    ...{ client, project, address, namespace, warehouse, home, landing },
    startWorker: async () => {
      const worker = await startWorkerProcess({ address, namespace, warehouse, home, dags: options.dags, folder });
      workers.push(worker);
      return worker;
    },
    deploy: async () => {
      const plan = await client.planDeploy(project.dags, project.folders);
      await client.applyDeploy(project.dags, plan, { startPaused: true });
    },
    read: (reading) => withWarehouse(warehouse, reading),
  };
  try {
    const result = await body(house);
    await Promise.all(workers.map((worker) => worker.stop()));
    rmSync(folder, { recursive: true });
    return result;
  } catch (error) {
    process.stderr.write(`Kept for a look: ${folder}\n`);
    throw error;
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
    await client.close();
  }
}

/** Opens a warehouse for the time of a body. */
export async function withWarehouse<Result>(
  uri: string,
  body: (warehouse: Warehouse) => Promise<Result>,
): Promise<Result> {
  const warehouse = await openWarehouse({ uri });
  try {
    return await body(warehouse);
  } finally {
    await warehouse.close();
  }
}

/** A namespace for one house: DAG ids are those of real DAGs, and other tests run them at the same time. */
async function ownNamespace(): Promise<{ readonly address: string; readonly namespace: string }> {
  const { address } = sharedServer();
  const namespace = `test-${randomUUID()}`;
  const connection = await Connection.connect({ address });
  const retention = { seconds: 86_400 as unknown as never };
  await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: retention });
  // The server's parts learn of it one after the other.
  await until(async () => {
    try {
      await connection.workflowService.listWorkflowExecutions({ namespace, query: '' });
      return true;
    } catch (error) {
      if (!isGrpcServiceError(error)) throw error;
      return false;
    }
  }, 30_000);
  await connection.close();
  return { address, namespace };
}
