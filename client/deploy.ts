import { WithStartWorkflowOperation, WorkflowIdConflictPolicy } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import {
  type CustomTimetable,
  controlMessages,
  controlWorkflowId,
  type DagSpec,
  isEngineError,
  nextRuns,
  type Versions,
  workflowNames,
} from '../engine';
import { wakeControl } from '../house-activities';
import {
  actualSchedules,
  applySchedules,
  type DesiredSchedule,
  desiredSchedule,
  planSchedules,
  type ScheduleAction,
} from '../schedules';
import { declareAssets } from './assets';
import { lookTimeoutMs, type ServerConnection } from './connection';
import { checkPools } from './pools';

const tagKey = defineSearchAttributeKey('TidemillDag', 'KEYWORD');

/** A DAG as it is deployed from its file. */
export interface Deployable {
  readonly dagId: string;
  readonly spec: DagSpec;
  readonly versions: Versions;
  readonly folder: string;
  /** The author's own timetable, of a DAG that has one. */
  readonly timetable?: CustomTimetable | null;
}

/** Whether each deployed DAG is paused now. */
export type DeployResults = ReadonlyMap<string, { readonly paused: boolean }>;

export interface DeployPlan {
  readonly dags: readonly {
    readonly kind: 'new' | 'changed' | 'unchanged' | 'removed';
    readonly dagId: string;
    readonly versions: Versions | null;
  }[];
  readonly schedules: readonly ScheduleAction[];
}

/** What a deploy of these DAGs, all that their folders have, would do. Looks, changes nothing. */
export async function planDeploy(
  server: ServerConnection,
  dags: readonly Deployable[],
  folders: readonly string[],
): Promise<DeployPlan> {
  await checkPools(server, dags);
  const actual = await actualSchedules(server.temporal);
  const desired = dags
    .map((dag) => desiredSchedule(dag.spec, dag.folder))
    .filter((one): one is DesiredSchedule => one !== null);
  const schedules = planSchedules({ desired, actual, folders });
  const present = await Promise.all(
    dags.map(async (dag) => {
      const versions = (await server.findControl(dag.dagId))?.deployment?.versions ?? null;
      const isSame = versions?.spec === dag.versions.spec && versions.code === dag.versions.code;
      return {
        kind: versions === null ? 'new' : isSame ? 'unchanged' : 'changed',
        dagId: dag.dagId,
        versions: dag.versions,
      } as const;
    }),
  );
  const known = new Set(dags.map((dag) => dag.dagId));
  // Other folders are other people's.
  const removed = [...(await server.deployedDags())]
    .filter(([dagId, folder]) => !known.has(dagId) && folder !== null && folders.includes(folder))
    .map(([dagId]) => ({ kind: 'removed', dagId, versions: null }) as const);
  return { dags: [...present, ...removed], schedules };
}

/** Brings the server to what the DAG files say. New DAGs begin paused unless told otherwise; known ones keep what they are. */
export async function applyDeploy(
  server: ServerConnection,
  dags: readonly Deployable[],
  plan: DeployPlan,
  options: { readonly startPaused: boolean },
): Promise<DeployResults> {
  const results = new Map<string, { readonly paused: boolean }>();
  for (const dag of dags) {
    const known = await server.findControl(dag.dagId);
    const isNew = known === null;
    results.set(dag.dagId, await deployOne(server, dag, { startsPaused: options.startPaused, isNew }));
    // After the control knows what it waits for: an event that comes at once finds its mailbox.
    await declareAssets(server, dag.dagId, { before: known?.deployment?.spec ?? null, after: dag.spec });
  }
  for (const { kind, dagId } of plan.dags) if (kind === 'removed') await retire(server, dagId);
  await applySchedules(server.temporal, plan.schedules, {
    taskQueue: server.taskQueue,
    isPaused: (dagId) => results.get(dagId)?.paused ?? false,
  });
  const timetables = new Map(dags.flatMap(({ dagId, timetable }) => (timetable ? [[dagId, timetable] as const] : [])));
  for (const [dagId, { paused }] of results) if (!paused) await wakeControl(server.temporal, dagId, timetables);
  return results;
}

async function deployOne(
  server: ServerConnection,
  dag: Deployable,
  { startsPaused, isNew }: { readonly startsPaused: boolean; readonly isNew: boolean },
): Promise<{ readonly paused: boolean }> {
  const { startDate, endDate, catchup, timetable } = dag.spec;
  const bounds = { timetable, startDate, endDate, catchup, watermark: null, activeSince: null };
  const custom = dag.timetable ?? null;
  const schedule = custom === null ? bounds : { ...bounds, custom };
  const nextRunAt = nextRuns(schedule, Date.now(), 1)[0]?.runAt ?? null;
  const start = new WithStartWorkflowOperation(workflowNames.dagControl, {
    workflowId: controlWorkflowId(dag.dagId),
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    taskQueue: server.taskQueue,
    workflowTaskTimeout: '5 seconds',
    args: [{ dagId: dag.dagId, control: null }],
    staticSummary: dag.spec.description.slice(0, 200),
    typedSearchAttributes: [{ key: tagKey, value: dag.dagId }],
  });
  const { spec, versions, folder } = dag;
  const request = { spec, versions, folder, by: server.user, startsPaused, nextRunAt };
  if (isNew) await server.checkWorker(lookTimeoutMs);
  try {
    return (await server.answered(() =>
      server.temporal.workflow.executeUpdateWithStart(controlMessages.deploy, {
        startWorkflowOperation: start,
        args: [request],
      }),
    )) as { readonly paused: boolean };
  } catch (error) {
    if (isNew && isEngineError(error) && error.code === 'no_worker') await withdraw(server, dag.dagId);
    throw error;
  }
}

/** The events of a workflow that was started and that no worker has touched. */
const untouchedEvents = 2;

/** Takes back a control that was started for a deploy that no worker took: else it would be there, with no DAG. */
async function withdraw(server: ServerConnection, dagId: string): Promise<void> {
  const handle = server.temporal.workflow.getHandle(controlWorkflowId(dagId));
  const { historyLength } = await handle.describe();
  if (historyLength <= untouchedEvents) await handle.terminate('no worker took the deploy');
}

async function retire(server: ServerConnection, dagId: string): Promise<void> {
  const known = await server.findControl(dagId);
  await declareAssets(server, dagId, { before: known?.deployment?.spec ?? null, after: null });
  const handle = server.temporal.workflow.getHandle(controlWorkflowId(dagId));
  await server.answered(() =>
    handle.executeUpdate<void, [unknown]>(controlMessages.retire, { args: [{ by: server.user }] }),
  );
}
