import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  checkParams,
  didYouMean,
  type Json,
  manualInterval,
  parseInterval,
  RequestError,
  type RunStateName,
  type TaskState,
  taskOf,
  timezoneOf,
} from '../engine';
import { openVault } from '../vault';
import { openWarehouse, queryWarehouse, type Warehouse } from '../warehouse';
import { createIsolation } from './isolation';
import { keepVersions } from './kept-versions';
import { type LoadedDag, loadProject, type Project } from './load-project';
import { type InProcessResult, runInProcess } from './run-in-process';

export interface TestRequest {
  readonly dag: string;
  /** Folder of DAG files; `dags` when not given. */
  readonly dags?: string;
  /** `START/END`; the latest complete interval when not given. */
  readonly interval?: string;
  readonly params?: Json;
}

/** A run that has ended, and the warehouse that it left behind. */
export interface TestedRun {
  readonly state: RunStateName;
  readonly tasks: {
    readonly [taskId: string]: { readonly state: TaskState; readonly output: Json; readonly error: string | null };
  };
  /** Asks the warehouse of this run, and of it alone. */
  query(sql: string): Promise<readonly { readonly [column: string]: unknown }[]>;
}

/**
 * Runs a DAG in this process, over a warehouse of its own that is gone afterwards, and hands the run
 * to the body. Delays between tries and pokes are not waited for. No server is needed.
 */
export async function testDag<Result>(
  request: TestRequest,
  body: (run: TestedRun) => Result | Promise<Result>,
): Promise<Result> {
  const project = await loadProject([request.dags ?? 'dags']);
  const dag = dagOf(project, request.dag);
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-test-'));
  const warehouse = await openWarehouse({ uri: join(folder, 'warehouse') });
  try {
    const result = await drive({ project, dag, request, warehouse, folder });
    return await body(testedRun(result, warehouse));
  } finally {
    await warehouse.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function dagOf({ dags, broken, folders }: Project, dagId: string): LoadedDag {
  const found = dags.find((dag) => dag.dagId === dagId);
  if (found !== undefined) return found;
  if (broken[0] !== undefined) throw broken[0].error;
  const known = dags.map((dag) => dag.dagId);
  throw new RequestError({
    code: 'unknown_dag',
    message: `No DAG file in ${folders.join(', ')} defines "${dagId}".${didYouMean(dagId, known)} There are: ${known.join(', ') || 'none'}.`,
    details: { dag: dagId, known },
  });
}

interface Drive {
  readonly project: Project;
  readonly dag: LoadedDag;
  readonly request: TestRequest;
  readonly warehouse: Warehouse;
  readonly folder: string;
}

async function drive({ project, dag, request, warehouse, folder }: Drive): Promise<InProcessResult> {
  const { timetable, params } = dag.spec;
  // A task with a place of its own finds its code there.
  await keepVersions(warehouse.store, project);
  const interval =
    request.interval === undefined
      ? manualInterval(timetable, Date.now())
      : parseInterval(request.interval, timezoneOf(timetable));
  return await runInProcess({
    dag,
    runId: 'test',
    interval,
    params: checkParams(dag.dagId, params, request.params ?? {}),
    triggeredBy: 'a test',
    services: {
      registry: project.registry,
      warehouse,
      logFolder: join(folder, 'logs'),
      vault: await openVault(),
      worker: 'test',
      isolation: createIsolation({ warehouse: join(folder, 'warehouse'), folders: project.folders }),
    },
    skipDelays: true,
  });
}

function testedRun({ run, plan }: InProcessResult, warehouse: Warehouse): TestedRun {
  const tasks = plan.spec.tasks.map(({ taskId }) => {
    const { state, output, failure } = taskOf(run, taskId);
    return [taskId, { state, output, error: failure?.message ?? null }] as const;
  });
  return {
    state: run.state,
    tasks: Object.fromEntries(tasks),
    query: async (sql) => (await queryWarehouse(warehouse, sql)).rows,
  };
}
