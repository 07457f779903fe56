import { Context } from '@temporalio/activity';
import { type Client, isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import {
  type Holder,
  type PoolTelling,
  poolMessages,
  poolsWorkflowId,
  runMessages,
  type SlotsAnswer,
  workflowNames,
} from '../engine';

type HolderAnswer = SlotsAnswer & { readonly holder: Holder };

/** The activities between runs and the broker of slots (`workflows/house-activities.ts` says what each promises). */
export function createPoolActivities(client: Client) {
  return {
    tellPools: (telling: PoolTelling): Promise<void> => tellPools(client, telling),
    answerHolders: async ({ answers }: { answers: readonly HolderAnswer[] }): Promise<readonly Holder[]> => {
      const heard = await Promise.all(answers.map((answer) => tellHolder(client, answer)));
      return answers.flatMap(({ holder }, index) => (heard[index] === true ? [] : [holder]));
    },
    goneHolders: async ({ holders }: { holders: readonly Holder[] }): Promise<readonly Holder[]> => {
      const gone: Holder[] = [];
      for (const holder of holders) if (!(await isAlive(client, holder))) gone.push(holder);
      return gone;
    },
  };
}

/** Told by a signal that starts the broker where there is none: a run must not wait for one that nobody started. */
async function tellPools(client: Client, telling: PoolTelling): Promise<void> {
  await client.workflow.signalWithStart(workflowNames.pools, {
    workflowId: poolsWorkflowId,
    taskQueue: Context.current().info.taskQueue,
    workflowTaskTimeout: '5 seconds',
    args: [{ pools: null }],
    signal: poolMessages.tell,
    signalArgs: [telling],
  });
}

/** False when nobody is there to hear it. */
async function tellHolder(client: Client, { holder, granted, waiting }: HolderAnswer): Promise<boolean> {
  try {
    await client.workflow.getHandle(holder.workflowId).signal(runMessages.slots, { granted, waiting });
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** A cleared run has its workflow id again, and is another execution: what the one before held is nobody's. */
async function isAlive(client: Client, { workflowId, execution }: Holder): Promise<boolean> {
  try {
    const { status, raw } = await client.workflow.getHandle(workflowId).describe();
    const first = raw.workflowExecutionInfo?.firstRunId;
    return status.name === 'RUNNING' && (first === undefined || first === '' || first === execution);
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof WorkflowNotFoundError || (isGrpcServiceError(error) && error.code === 5);
}
