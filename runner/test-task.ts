import { type AttemptOutcome, type AttemptServices, performAttempt } from '../activities';
import {
  type DataInterval,
  didYouMean,
  inputOf,
  isoInstant,
  type Json,
  planOf,
  RequestError,
  type Run,
  referredTasks,
  startRun,
  type TaskSpec,
  taskOf,
} from '../engine';
import type { LoadedDag } from './load-project';
import { taskOrder } from './run-in-process';

export interface TaskTest {
  readonly dag: LoadedDag;
  readonly taskId: string;
  readonly interval: DataInterval;
  readonly params: Json;
  /** What upstream tasks gave, by task id; of those that the input refers to, all are needed. */
  readonly outputs: { readonly [taskId: string]: Json };
  /** Stands in for the whole input. */
  readonly input?: Json;
  readonly services: AttemptServices;
  readonly signal: AbortSignal;
}

/**
 * Performs one task in this process, once, and puts nothing on record. What it writes is written.
 *
 * Throws `unknown_task`, and `upstream_output_needed` when its input refers to what is not given.
 */
export async function testTask(test: TaskTest): Promise<AttemptOutcome> {
  const { dag, taskId, services, signal } = test;
  const plan = planOf(dag.spec);
  const task = plan.tasks.get(taskId);
  if (task === undefined) throw unknownTask(dag, taskId);
  if (test.input === undefined) checkOutputs(dag, task, test.outputs);
  const run = runBefore(test);
  const execution = `task-test-${process.pid}-${Date.now().toString(36)}`;
  const order = taskOrder({ plan, run, versions: dag.versions, execution, taskId, tryNumber: 1, pokeCount: 0 });
  const input = test.input ?? inputOf(plan, run, taskId);
  return await performAttempt({ ...order, input }, services, { attempt: 1, signal, heartbeat: () => undefined });
}

/** A run as it stands when the task's upstream is done. */
function runBefore({ dag, interval, params, outputs }: TaskTest): Run {
  const at = isoInstant(Date.now());
  const identity = { runId: `task_test__${at}`, runType: 'manual', triggeredBy: 'tasks test' } as const;
  const { state } = startRun(planOf(dag.spec), { ...identity, dagId: dag.dagId, interval, params, queuedAt: at }, at);
  const done = Object.entries(outputs).map(([id, output]) => {
    return [id, { ...taskOf(state, id), state: 'success' as const, output }] as const;
  });
  return { ...state, tasks: { ...state.tasks, ...Object.fromEntries(done) } };
}

function checkOutputs({ dagId }: LoadedDag, { taskId, input }: TaskSpec, outputs: TaskTest['outputs']): void {
  const missing = referredTasks(input).filter((id) => !(id in outputs));
  if (missing.length === 0) return;
  throw new RequestError({
    code: 'upstream_output_needed',
    message: `Task ${taskId} of ${dagId} is given what ${missing.join(', ')} returned, and no run is named to take it from. Name one with --run, or give the whole input with --input as JSON.`,
    details: { dag: dagId, task: taskId, upstream: missing, input },
  });
}

function unknownTask({ dagId, spec }: LoadedDag, taskId: string): RequestError {
  const known = spec.tasks.map((task) => task.taskId);
  return new RequestError({
    code: 'unknown_task',
    message: `${dagId} has no task "${taskId}".${didYouMean(taskId, known)} It has: ${known.join(', ')}.`,
    details: { dag: dagId, task: taskId, known },
  });
}
