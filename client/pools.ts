import { WithStartWorkflowOperation, WorkflowIdConflictPolicy, WorkflowNotFoundError } from '@temporalio/client';
import {
  type DagSpec,
  didYouMean,
  noPools,
  type PoolSetting,
  type Pools,
  policyOf,
  poolMessages,
  poolsWorkflowId,
  RequestError,
  type RunView,
  runWorkflowId,
  usersOf,
  waitText,
  workflowNames,
} from '../engine';
import type { ServerConnection } from './connection';

/** The state of the broker; where nobody has needed one yet there are no pools. */
export async function findPools(server: ServerConnection): Promise<Pools> {
  try {
    const { status } = await server.temporal.workflow.getHandle(poolsWorkflowId).describe();
    return status.name === 'RUNNING' ? await server.look<Pools>(poolsWorkflowId, poolMessages.pools) : noPools;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return noPools;
    throw error;
  }
}

/** Makes a pool, or changes its size: what is held above the new one runs to its end. */
export async function setPool(server: ServerConnection, pool: PoolSetting): Promise<void> {
  if (!/^[A-Za-z0-9_.-]{1,200}$/.test(pool.name)) {
    throw new RequestError({
      code: 'bad_pool',
      message: `"${pool.name}" is no name for a pool. Use letters, digits, "_", "-" and ".", 200 at most.`,
      details: { pool: pool.name },
    });
  }
  if (!Number.isInteger(pool.slots) || pool.slots < 1) {
    throw new RequestError({
      code: 'bad_pool',
      message: `Pool ${pool.name} cannot have ${pool.slots} slots. Give a whole number from 1.`,
      details: { pool: pool.name, slots: pool.slots },
    });
  }
  await server.checkWorker();
  const startWorkflowOperation = new WithStartWorkflowOperation(workflowNames.pools, {
    workflowId: poolsWorkflowId,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    taskQueue: server.taskQueue,
    workflowTaskTimeout: '5 seconds',
    args: [{ pools: null }],
    staticSummary: 'The broker of pools and caps',
  });
  await server.answered(() =>
    server.temporal.workflow.executeUpdateWithStart(poolMessages.set, { startWorkflowOperation, args: [pool] }),
  );
}

/** Throws `unknown_pool`, and `pool_in_use` while tasks hold slots of it or wait for some. */
export async function deletePool(server: ServerConnection, name: string): Promise<void> {
  const state = await findPools(server);
  knownPool(state, name);
  const users = usersOf(state, name).length;
  if (users > 0) {
    throw new RequestError({
      code: 'pool_in_use',
      message: `Pool ${name} is used by ${users} tasks that run or wait. Delete it when they are done.`,
      details: { pool: name, users },
    });
  }
  const handle = server.temporal.workflow.getHandle(poolsWorkflowId);
  await server.answered(() => handle.executeUpdate(poolMessages.remove, { args: [{ name }] }));
}

/** Throws `unknown_pool` with the nearest name. */
export function knownPool(state: Pools, name: string): Pools['pools'][string] {
  const pool = state.pools[name];
  if (pool !== undefined) return pool;
  const known = Object.keys(state.pools).sort();
  throw new RequestError({
    code: 'unknown_pool',
    message: `There is no pool "${name}".${didYouMean(name, known)} There are: ${known.join(', ') || 'none'}. Make it: tidemill pools set ${name} SLOTS`,
    details: { pool: name, known },
  });
}

/** Throws when a task of these DAGs could never start: `unknown_pool`, `pool_too_small`. */
export async function checkPools(server: ServerConnection, dags: readonly { readonly spec: DagSpec }[]): Promise<void> {
  const uses = dags.flatMap(({ spec }) =>
    spec.tasks.flatMap((task) => {
      const { pool, poolSlots = 1 } = policyOf(spec, task);
      return pool === undefined ? [] : [{ pool, poolSlots, dag: spec.dagId, task: task.taskId }];
    }),
  );
  if (uses.length === 0) return;
  const state = await findPools(server);
  for (const { pool, poolSlots, dag, task } of uses) {
    const { slots } = knownPool(state, pool);
    if (poolSlots <= slots) continue;
    throw new RequestError({
      code: 'pool_too_small',
      message: `Task ${task} of DAG ${dag} needs ${poolSlots} slots of pool ${pool}, which has ${slots}. Make the pool larger, or lower poolSlots.`,
      details: { dag, task, pool, pool_slots: poolSlots, slots },
    });
  }
}

/** A run whose tasks that wait for slots say why as of now, with their places. */
export async function withPlaces(server: ServerConnection, view: RunView): Promise<RunView> {
  const { run } = view;
  const slots = Object.entries(run.slots ?? {});
  if (slots.every(([, { isGranted }]) => isGranted)) return view;
  const state = await findPools(server);
  const workflowId = runWorkflowId(run.identity.dagId, run.identity.runId);
  const at = new Date().toISOString();
  const asks = Object.values(state.queue).filter(({ holder }) => holder.workflowId === workflowId);
  const now = slots.map(([taskId, held]) => {
    const ask = asks.find(({ lease }) => lease === held.lease);
    return [taskId, { ...held, text: ask === undefined ? held.text : waitText(state, ask, at) }] as const;
  });
  return { ...view, run: { ...run, slots: Object.fromEntries(now) } };
}
