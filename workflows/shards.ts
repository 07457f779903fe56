import { type ChildWorkflowHandle, ParentClosePolicy, startChild, workflowInfo } from '@temporalio/workflow';
import {
  type DagRunInput,
  lostShardReport,
  mapWorkflowId,
  type Run,
  type Shard,
  type ShardReport,
  shardSpec,
  type TaskMapInput,
  taskOf,
  workflowNames,
} from '../engine/interpreter';
import { stopSignal } from './messages';

/** The workflow of `task-map.ts`, named by its wire name: it drives with what drives this. */
type TaskMap = (input: TaskMapInput) => Promise<ShardReport>;

type Handle = ChildWorkflowHandle<TaskMap>;

/** The parts of mapped tasks that run in workflows of their own. */
export class Shards {
  private readonly handles = new Map<string, Promise<Handle>>();

  constructor(private readonly input: Pick<DagRunInput, 'spec' | 'versions'>) {}

  /** Runs a shard and answers with its report; one whose workflow was ended by hand has failed as a whole. */
  async perform(run: Run, shard: Shard): Promise<ShardReport> {
    const key = keyOf(shard);
    const started = this.start(run, shard);
    this.handles.set(key, started);
    try {
      return await (await started).result();
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      return lostShardReport(this.input.spec, shard, `shard_lost: ended outside the engine: ${cause}`);
    } finally {
      this.handles.delete(key);
    }
  }

  /** A shard that is about to start is told when it has; one that has ended needs no word. */
  async stop(shard: Pick<Shard, 'taskId' | 'shard'>, by: string): Promise<void> {
    try {
      const handle = await this.handles.get(keyOf(shard));
      await handle?.signal(stopSignal, { by });
    } catch {
      // It never started, or has ended: its report is on its way.
    }
  }

  private async start(run: Run, shard: Shard): Promise<Handle> {
    const { spec, versions } = this.input;
    const { dagId, runId } = run.identity;
    return await startChild<TaskMap>(workflowNames.taskMap, {
      workflowId: mapWorkflowId(dagId, runId, shard),
      workflowTaskTimeout: '5 seconds',
      parentClosePolicy: ParentClosePolicy.TERMINATE,
      staticSummary: `${shard.taskId}[${shard.from}] to [${shard.from + shard.count - 1}]`,
      args: [
        {
          spec: shardSpec(spec, shard.taskId),
          versions,
          identity: run.identity,
          execution: workflowInfo().firstExecutionRunId,
          shard,
          folder: taskOf(run, shard.taskId).map?.folder ?? '',
          run: null,
        },
      ],
    });
  }
}

function keyOf({ taskId, shard }: Pick<Shard, 'taskId' | 'shard'>): string {
  return `${taskId}/${shard}`;
}
