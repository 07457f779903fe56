import { CancellationScope, continueAsNew, setHandler, workflowInfo } from '@temporalio/workflow';
import {
  type DagRunInput,
  inputOf,
  isoInstant,
  type Plan,
  planOf,
  type RunSummary,
  summarizeRun,
} from '../engine/interpreter';
import { recordRun } from './house-activities';
import { shardProgressedSignal } from './messages';
import { Notices } from './notices';
import { RunAttributes } from './run-attributes';
import { type DriverPart, RunDriver } from './run-driver';

/**
 * Runs one DAG for one data interval: performs what the engine decides, and tells it what happened.
 * History stays bounded by continue-as-new between tasks.
 */
export async function dagRun(input: DagRunInput): Promise<RunSummary> {
  return await CancellationScope.nonCancellable(async () => {
    const plan = planOf(input.spec);
    const notices = new Notices(plan);
    const driver = new RunDriver(input, wholeRun(plan, input, notices));
    notices.watchDeadline(() => driver.state());
    setHandler(shardProgressedSignal, ({ taskId, shard, counts }) =>
      driver.take({ kind: 'shard_progressed', taskId, shard, counts, at: now() }),
    );
    const run = await driver.drive();
    const summary = summarizeRun(plan, run, now());
    await recordRun(plan, run, input.versions, summary);
    await notices.handedOn();
    return summary;
  });
}

/** What the driver of a whole run does in its own way. */
function wholeRun(plan: Plan, input: DagRunInput, notices: Notices): DriverPart {
  const attributes = new RunAttributes(plan);
  return {
    plan,
    order: (run, taskId) => ({
      execution: workflowInfo().firstExecutionRunId,
      taskId,
      input: inputOf(plan, run, taskId),
      instance: null,
    }),
    changed: (run) => attributes.update(run),
    notices,
    goOn: (run) => continueAsNew<typeof dagRun>({ ...input, run }),
  };
}

function now(): string {
  return isoInstant(Date.now());
}
