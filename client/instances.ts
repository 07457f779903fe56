import { WorkflowNotFoundError } from '@temporalio/client';
import {
  didYouMean,
  type InstanceRow,
  type InstancesLook,
  type MapState,
  mapWorkflowId,
  planOf,
  RequestError,
  type RunView,
  runMessages,
  type TaskState,
  taskOf,
} from '../engine';
import type { ServerConnection } from './connection';

export interface WantedInstances {
  /** A mapped task or group; all of them by default. */
  readonly taskId?: string;
  /** Only instances in one of these states. */
  readonly states?: readonly TaskState[];
  /** 1,000 by default. */
  readonly limit?: number;
}

const defaultLimit = 1_000;

/** Asks the shards of a run's mapped tasks for their instances, in the order of their indexes. */
export async function listInstances(
  server: ServerConnection,
  view: RunView,
  { taskId, states = [], limit = defaultLimit }: WantedInstances,
): Promise<readonly InstanceRow[]> {
  const found: InstanceRow[] = [];
  for (const { unitId, shard } of shardsOf(view, taskId)) {
    if (found.length >= limit) break;
    const look: InstancesLook = { states, limit: limit - found.length };
    const { dagId, runId } = view.run.identity;
    const workflowId = mapWorkflowId(dagId, runId, { taskId: unitId, shard });
    found.push(...(await instancesOf(server, workflowId, look)));
  }
  return found;
}

/** A shard that is about to start has nothing to tell. */
async function instancesOf(
  server: ServerConnection,
  workflowId: string,
  look: InstancesLook,
): Promise<readonly InstanceRow[]> {
  try {
    return await server.look<readonly InstanceRow[]>(workflowId, runMessages.instances, look);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  }
}

function shardsOf({ spec, run }: RunView, wanted: string | undefined) {
  const units = planOf(spec).maps.map((task) => task.taskId);
  if (wanted !== undefined && !units.includes(wanted)) throw notMapped(run.identity.dagId, wanted, units);
  const chosen = wanted === undefined ? units : [wanted];
  return chosen.flatMap((unitId) => begunShards(taskOf(run, unitId).map ?? null).map((shard) => ({ unitId, shard })));
}

function begunShards(map: MapState | null): readonly number[] {
  return Array.from({ length: map?.next ?? 0 }, (_, shard) => shard);
}

function notMapped(dagId: string, taskId: string, units: readonly string[]): RequestError {
  return new RequestError({
    code: 'unknown_task',
    message: `DAG ${dagId} has no mapped task "${taskId}".${didYouMean(taskId, units)} Mapped: ${units.join(', ') || 'none'}.`,
    details: { dag: dagId, task: taskId, mapped: units },
  });
}
