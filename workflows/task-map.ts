import {
  CancellationScope,
  continueAsNew,
  getExternalWorkflowHandle,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import {
  finishedCount,
  type InstanceCounts,
  instanceOrder,
  instanceRows,
  isoInstant,
  type Plan,
  type Run,
  type ShardReport,
  shardCounts,
  shardPlan,
  shardResults,
  type TaskMapInput,
} from '../engine/interpreter';
import { houseActivities } from './house-activities';
import { instancesQuery, shardProgressedSignal } from './messages';
import { type DriverPart, RunDriver } from './run-driver';

/** A shard tells its run after this many instances, and at once when one ends in a way that none has before. */
const tellEvery = 100;

/**
 * Runs a part of a mapped task's instances, each an ordinary task of a plan of its own, by the same
 * driver and engine as a run. Outputs and attempts go to the warehouse; the run is told counts.
 */
export async function taskMap(input: TaskMapInput): Promise<ShardReport> {
  return await CancellationScope.nonCancellable(async () => {
    const plan = shardPlan(input.spec, input.shard);
    const driver = new RunDriver(input, shardPart(plan, input));
    setHandler(instancesQuery, ({ states, limit }) =>
      instanceRows(plan, driver.state(), { states, limit, at: isoInstant(Date.now()) }),
    );
    return await recordShard(plan, await driver.drive(), input);
  });
}

function shardPart(plan: Plan, input: TaskMapInput): DriverPart {
  const progress = new Progress(plan, input);
  return {
    plan,
    order: (run, taskId) => ({ execution: input.execution, ...instanceOrder(plan, run, taskId, input.folder) }),
    changed: (run) => progress.tell(run),
    notices: null,
    goOn: (run) => continueAsNew<typeof taskMap>({ ...input, run }),
  };
}

/** Tells the run how far its shard is, seldom enough that no history fills up with it. */
class Progress {
  private finished = 0;
  private states = '';

  constructor(
    private readonly plan: Plan,
    private readonly input: TaskMapInput,
  ) {}

  tell(run: Run): void {
    // The end is told by the report.
    if (run.endedAt !== null) return;
    const counts = shardCounts(this.plan, run);
    const finished = finishedCount(counts);
    const states = statesText(counts);
    if (states === this.states && finished < this.finished + tellEvery) return;
    this.finished = finished;
    this.states = states;
    const { taskId, shard } = this.input.shard;
    const { parent } = workflowInfo();
    if (parent === undefined) return;
    void getExternalWorkflowHandle(parent.workflowId)
      .signal(shardProgressedSignal, { taskId, shard, counts })
      .catch(() => undefined);
  }
}

/** The states in which instances have ended, whatever their number. */
function statesText(counts: InstanceCounts): string {
  const ends = ['success', 'failed', 'skipped', 'upstream_failed'] as const;
  return Object.entries(counts)
    .flatMap(([taskId, states]) => ends.filter((state) => states[state] !== undefined).map((state) => taskId + state))
    .join();
}

async function recordShard(plan: Plan, run: Run, input: TaskMapInput): Promise<ShardReport> {
  const { versions, shard, folder, spec } = input;
  const { report, ...results } = shardResults({
    plan,
    run,
    versions,
    shard,
    folder,
    output: spec.tasks[0]?.map?.output ?? null,
    execution: workflowInfo().firstExecutionRunId,
    parentExecution: input.execution,
    at: isoInstant(Date.now()),
  });
  await houseActivities.recordShard(results);
  return report;
}
