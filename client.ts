import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, WorkflowFailedError, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import { type ListedAsset, listAssets, lookAtAsset, producersOf } from './client/assets';
import { Backfills } from './client/backfills';
import { type DeferredTask, endDeferred, type OutsideEnd } from './client/completions';
import { type ClientOptions, isUnavailable, ServerConnection } from './client/connection';
import { applyDeploy, type Deployable, type DeployPlan, type DeployResults, planDeploy } from './client/deploy';
import { listInstances, type WantedInstances } from './client/instances';
import { type ListedRun, listedRun } from './client/listed-run';
import { deletePool, findPools, knownPool, setPool, withPlaces } from './client/pools';
import { type AskedQuestion, answerQuestion, questionsOf } from './client/questions';
import {
  type AssetHub,
  askTimetable,
  type ClockChange,
  type Control,
  checkParams,
  controlMessages,
  controlWorkflowId,
  type DagListing,
  type DataInterval,
  type DueRun,
  didYouMean,
  type InstanceRow,
  isEngineError,
  type Json,
  type PoolSetting,
  type Pools,
  parseInterval,
  RequestError,
  type RunNote,
  type RunStateName,
  type RunSummary,
  type RunView,
  runMessages,
  runWorkflowId,
  splitByDay,
  TaskError,
  type TimetableAnswers,
  tickWorkflowId,
  timezoneOf,
  workflowNames,
} from './engine';
import { scheduleState, wakeControl } from './house-activities';
import { actualSchedules } from './schedules';
import { ensureSearchAttributes } from './search-attributes';
import type { DagTickInput } from './workflows';

export type { ListedAsset } from './client/assets';
export type { BackfillOptions, Backfills } from './client/backfills';
export type { ClientOptions } from './client/connection';
export type { Deployable, DeployPlan } from './client/deploy';
export type { WantedInstances } from './client/instances';
export type { ListedRun } from './client/listed-run';
export type { AskedQuestion } from './client/questions';
export { type ReplayOptions, replay } from './client/replay';

export interface TriggerOptions {
  readonly dagId: string;
  /** `START/END`; default: the timetable's latest complete interval. */
  readonly interval?: string;
  /** One run per calendar day of the interval. */
  readonly eachDay?: boolean;
  readonly params?: Json;
}

/** Between two looks at a run that is queued, or at a server that is being restarted; longer and longer, for many may wait. */
const firstRetryMs = 100;
const longestRetryMs = 1_000;

/** What a DAG's control needs, on a busy machine, from admitting a run to the start of its workflow. */
const admittedStartsWithinMs = 10_000;

/** A memo holds fifty of them, and a server gives it two megabytes. */
const longestNote = 1_000;

/**
 * The typed API over a Temporal server, which the CLI uses too. Every method throws `RequestError`
 * for what the caller got wrong and `OutsideUnavailable` when nobody answers.
 */
export class TidemillClient {
  private constructor(private readonly server: ServerConnection) {}

  static async connect(options: ClientOptions): Promise<TidemillClient> {
    return new TidemillClient(await ServerConnection.connect(options));
  }

  /** Temporal's own client, for what this API does not cover. */
  get temporal(): Client {
    return this.server.temporal;
  }

  /** Runs over many dates, in a window of their own. */
  get backfills(): Backfills {
    return new Backfills(
      this.server,
      (dagId) => this.control(dagId),
      (dagId, range, count) => this.ask(dagId, 'intervals_in', count, range),
    );
  }

  async close(): Promise<void> {
    await this.server.close();
  }

  /** Registers our search attributes; `search_attribute_type` when one exists with another type. */
  async setUp(): Promise<void> {
    await ensureSearchAttributes(this.temporal);
  }

  /** What {@link applyDeploy} would do. Looks, changes nothing. */
  async planDeploy(dags: readonly Deployable[], folders: readonly string[]): Promise<DeployPlan> {
    return await planDeploy(this.server, dags, folders);
  }

  /** Brings the server to what the DAG files say. New DAGs begin paused unless told otherwise; known ones keep what they are. */
  async applyDeploy(
    dags: readonly Deployable[],
    plan: DeployPlan,
    options: { readonly startPaused: boolean },
  ): Promise<DeployResults> {
    await this.setUp();
    return await applyDeploy(this.server, dags, plan, options);
  }

  /** Throws `no_worker` when nobody polls our queue. */
  async checkWorker(): Promise<void> {
    await this.server.checkWorker();
  }

  /**
   * Asks for runs and gives their ids. They start at once, also while the DAG is paused, as far as
   * `maxActiveRuns` allows; the others wait with a reason.
   */
  async trigger(options: TriggerOptions): Promise<readonly string[]> {
    const { deployment } = await this.control(options.dagId);
    if (deployment === null) throw notDeployed(options.dagId);
    const { timetable, params } = deployment.spec;
    const timezone = timezoneOf(timetable);
    const whole =
      options.interval === undefined
        ? await this.ask(options.dagId, 'manual_interval', 1)
        : parseInterval(options.interval, timezone);
    const intervals: readonly DataInterval[] = options.eachDay === true ? splitByDay(whole, timezone) : [whole];
    const checked = checkParams(options.dagId, params, options.params ?? {});
    const requests = intervals.map((interval) => ({ interval, params: checked }));
    return await this.update<readonly string[]>(options.dagId, controlMessages.trigger, {
      requests,
      by: this.server.user,
    });
  }

  async pause(dagId: string): Promise<void> {
    await this.control(dagId);
    await this.update(dagId, controlMessages.pause, { by: this.server.user });
    await this.onSchedule(dagId, (handle) => handle.pause(`paused by ${this.server.user}`));
  }

  /** Unpauses; the latest complete interval that was missed runs at once, as in Airflow. */
  async unpause(dagId: string): Promise<void> {
    await this.control(dagId);
    await this.update(dagId, controlMessages.unpause, { by: this.server.user });
    await this.onSchedule(dagId, (handle) => handle.unpause(`unpaused by ${this.server.user}`));
    await this.wake(dagId);
  }

  /** Stops a run: what runs is cancelled, the run ends as failed, `stopped by <user>`; a queued one never starts. */
  async stop(dagId: string, runId: string): Promise<'stopping' | 'dequeued'> {
    const control = await this.control(dagId);
    if (control.queued.some((run) => run.runId === runId)) {
      const isGone = await this.update<boolean>(dagId, controlMessages.cancelQueued, { runId, by: this.server.user });
      if (isGone) return 'dequeued';
    }
    const handle = this.temporal.workflow.getHandle(runWorkflowId(dagId, runId));
    const ask = (): Promise<void> => handle.signal(runMessages.stop, { by: this.server.user });
    await this.onceStarted({ dagId, runId, ask, otherwise: 'is not running' });
    return 'stopping';
  }

  /** Puts a note at a run, in place of an earlier one; an empty text takes it away. The newest 50 of a DAG are kept. */
  async note(dagId: string, runId: string, text: string): Promise<void> {
    if (text.length > longestNote) throw noteTooLong(text);
    const control = await this.control(dagId);
    const isKnown = [...control.queued, ...control.active, ...control.recent].some((run) => run.runId === runId);
    if (!isKnown && !(await this.hasWorkflow(runWorkflowId(dagId, runId))))
      throw await this.unknownRun(dagId, runId, 'is unknown');
    await this.update(dagId, controlMessages.note, { runId, text: text.trim(), by: this.server.user });
  }

  /** The whole state of one run. */
  async run(dagId: string, runId: string): Promise<RunView> {
    const ask = (): Promise<RunView> => this.server.look<RunView>(runWorkflowId(dagId, runId), runMessages.run);
    return await withPlaces(this.server, await this.onceStarted({ dagId, runId, ask, otherwise: 'is unknown' }));
  }

  /** Instances of the mapped tasks of a run, in order; of wide ones only so many. */
  async instances(dagId: string, runId: string, wanted: WantedInstances = {}): Promise<readonly InstanceRow[]> {
    return await listInstances(this.server, await this.run(dagId, runId), wanted);
  }

  /** Waits until a run has ended, through its queue, and through a server or workers that are restarted meanwhile. */
  async result(dagId: string, runId: string): Promise<RunSummary> {
    for (let retryMs = firstRetryMs; ; retryMs = Math.min(2 * retryMs, longestRetryMs)) {
      try {
        return await this.temporal.workflow.getHandle(runWorkflowId(dagId, runId)).result();
      } catch (error) {
        if (error instanceof WorkflowFailedError) throw runBroken(dagId, runId, error);
        if (error instanceof WorkflowNotFoundError) await this.checkAwaited(dagId, runId);
        else if (!isUnavailable(error)) throw error;
        await sleep(retryMs);
      }
    }
  }

  /** Ends a task that has started something elsewhere, with its output. `not_deferred` when it waits for no end. */
  async completeTask(task: DeferredTask & { readonly output?: Json }): Promise<void> {
    await this.endDeferred(task, { kind: 'completed', output: task.output ?? null });
  }

  /** The same for what went wrong there; retryable: another try may follow, as after any failure. */
  async failTask(task: DeferredTask & { readonly message: string; readonly retryable?: boolean }): Promise<void> {
    await this.endDeferred(task, { kind: 'failed', message: task.message, retryable: task.retryable ?? false });
  }

  private async endDeferred(task: DeferredTask, end: OutsideEnd): Promise<void> {
    const look = (): Promise<RunView> => this.run(task.dagId, task.runId);
    await endDeferred({ server: this.server, look }, task, end);
  }

  /** Questions that wait for a person, those first that were asked first; of all DAGs or of one. */
  async questions(filter: { readonly dagId?: string } = {}): Promise<readonly AskedQuestion[]> {
    return await questionsOf(this.server, await this.listRuns({ ...filter, state: 'running', limit: 1_000 }));
  }

  /** Answers a question of a run. The first answer counts: `no_open_question` says that it was not this one, `bad_answer` why it cannot be one. */
  async answer(question: Parameters<typeof answerQuestion>[1]): Promise<Json> {
    return await answerQuestion(this.server, question);
  }

  /** The state of a DAG: deployment, pause, queued, active and recent runs. */
  async control(dagId: string): Promise<Control> {
    const control = await this.server.findControl(dagId);
    if (control !== null) return control;
    const known = await this.dagIds();
    throw new RequestError({
      code: 'unknown_dag',
      message: `DAG "${dagId}" is not deployed.${didYouMean(dagId, known)} Deployed: ${known.join(', ') || 'none; run "tidemill deploy"'}.`,
      details: { dag: dagId, known },
    });
  }

  /** All assets that deployed DAGs make or wait for. */
  async assets(): Promise<readonly ListedAsset[]> {
    return await listAssets(this.server);
  }

  /** Who makes an asset, who waits for it, and its last events. */
  async asset(name: string): Promise<AssetHub> {
    return await lookAtAsset(this.server, name);
  }

  /** Triggers the DAGs that make an asset, and gives their runs. */
  async materialize(
    name: string,
    options: Omit<TriggerOptions, 'dagId'> = {},
  ): Promise<readonly { readonly dagId: string; readonly runIds: readonly string[] }[]> {
    const started = [];
    for (const dagId of producersOf(await this.asset(name))) {
      started.push({ dagId, runIds: await this.trigger({ ...options, dagId }) });
    }
    return started;
  }

  /** Ids of all deployed DAGs, sorted. */
  async dagIds(): Promise<readonly string[]> {
    return [...(await this.server.deployedDags()).keys()].sort();
  }

  /** How all deployed DAGs stand, by the server's own list: works without a worker, and is behind by a moment. */
  async listDags(): Promise<readonly DagListing[]> {
    return await this.server.listings();
  }

  /** What people have noted about runs, by DAG; works without a worker. */
  async notes(): Promise<ReadonlyMap<string, readonly RunNote[]>> {
    return await this.server.notes();
  }

  /** Runs as the server lists them, the one started last first; works without a worker. */
  async listRuns(
    filter: { readonly dagId?: string; readonly state?: RunStateName; readonly limit?: number } = {},
  ): Promise<readonly ListedRun[]> {
    const terms = [`WorkflowType = '${workflowNames.dagRun}'`, "ExecutionStatus != 'ContinuedAsNew'"];
    if (filter.dagId !== undefined) terms.push(`TidemillDag = '${filter.dagId.replaceAll("'", "''")}'`);
    if (filter.state !== undefined) terms.push(`TidemillState = '${filter.state}'`);
    const runs: ListedRun[] = [];
    for await (const execution of this.temporal.workflow.list({
      query: terms.join(' AND '),
      pageSize: filter.limit ?? 100,
    })) {
      runs.push(listedRun(execution));
      if (runs.length >= (filter.limit ?? 100)) break;
    }
    // The server lists by end, open ones first; people ask for what was started last.
    return runs.sort((a, b) => Date.parse(b.startedAt) - Date.parse(a.startedAt) || (a.runId < b.runId ? 1 : -1));
  }

  /** Pools, leases and who waits for slots. */
  async pools(): Promise<Pools> {
    return await findPools(this.server);
  }

  /** The same for one pool alone; `unknown_pool` with the nearest name. */
  async pool(name: string): Promise<Pools> {
    const state = await findPools(this.server);
    return { ...state, pools: { [name]: knownPool(state, name) } };
  }

  /** Makes a pool, or changes its size. */
  async setPool(pool: PoolSetting): Promise<void> {
    await setPool(this.server, pool);
  }

  /** `unknown_pool`, or `pool_in_use` while tasks run or wait in it. */
  async deletePool(name: string): Promise<void> {
    await deletePool(this.server, name);
  }

  /** The next runs that the schedule will ask for. */
  async nextExecutions(dagId: string, count: number): Promise<readonly DueRun[]> {
    return await this.ask(dagId, 'next_runs', count);
  }

  /** For each of the next two changes of the clocks in the schedule's zone, `count` runs about it. */
  async executionsAroundChanges(dagId: string, count: number): Promise<readonly ClockChange[]> {
    return await this.ask(dagId, 'around_changes', count);
  }

  /** Only a worker has the timetables that authors wrote themselves. */
  private async ask<Kind extends keyof TimetableAnswers>(
    dagId: string,
    kind: Kind,
    count: number,
    range?: DataInterval,
  ): Promise<TimetableAnswers[Kind]> {
    const schedule = scheduleState(await this.control(dagId));
    if (schedule === null) throw notDeployed(dagId);
    const question = { kind, nowMs: Date.now(), count, ...(range === undefined ? {} : { range }) };
    if (schedule.timetable.kind !== 'custom') return askTimetable(schedule, question);
    return (await this.tick(dagId, { dagId, question }).then((tick) => tick.result())) as TimetableAnswers[Kind];
  }

  private async wake(dagId: string): Promise<void> {
    const { deployment } = await this.control(dagId);
    if (deployment?.spec.timetable.kind === 'custom') await this.tick(dagId, { dagId });
    else await wakeControl(this.temporal, dagId);
  }

  private async tick(dagId: string, input: DagTickInput): Promise<WorkflowHandle> {
    return await this.temporal.workflow.start(workflowNames.dagTick, {
      workflowId: `${tickWorkflowId(dagId)}/${randomUUID()}`,
      taskQueue: this.server.taskQueue,
      workflowRunTimeout: '1 minute',
      args: [input],
    });
  }

  /** Asks for a change. Whoever calls this has looked at the control before, so that nothing is asked of nobody. */
  private async update<Result>(dagId: string, name: string, argument: unknown): Promise<Result> {
    const handle = this.temporal.workflow.getHandle(controlWorkflowId(dagId));
    try {
      return await this.server.answered(() => handle.executeUpdate<Result, [unknown]>(name, { args: [argument] }));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) await this.control(dagId);
      throw error;
    }
  }

  private async onSchedule(
    dagId: string,
    act: (handle: ReturnType<Client['schedule']['getHandle']>) => Promise<void>,
  ): Promise<void> {
    const actual = await actualSchedules(this.temporal);
    const schedule = actual.find((one) => one.desired?.dagId === dagId);
    if (schedule !== undefined) await act(this.temporal.schedule.getHandle(schedule.scheduleId));
  }

  /** A run that was asked for has no workflow until its DAG's control admits it. */
  private async checkAwaited(dagId: string, runId: string): Promise<void> {
    const control = await this.control(dagId).catch((error: unknown) => {
      if (isEngineError(error) && error.code === 'no_worker') return null;
      throw error;
    });
    if (control === null || [...control.queued, ...control.active].some((run) => run.runId === runId)) return;
    // It may have started, and ended, since the server was asked for its workflow.
    const isThere = await this.hasWorkflow(runWorkflowId(dagId, runId));
    if (!isThere) throw await this.unknownRun(dagId, runId, 'is unknown');
  }

  /** Asks a run; of one that was admitted a moment ago the server may not know yet. */
  private async onceStarted<Answer>(of: {
    readonly dagId: string;
    readonly runId: string;
    readonly ask: () => Promise<Answer>;
    readonly otherwise: string;
  }): Promise<Answer> {
    const deadline = Date.now() + admittedStartsWithinMs;
    for (;;) {
      try {
        return await of.ask();
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
        const { active } = await this.control(of.dagId).catch(() => ({ active: [] }));
        const isAdmitted = active.some((run) => run.runId === of.runId);
        if (!isAdmitted || Date.now() > deadline) throw await this.unknownRun(of.dagId, of.runId, of.otherwise);
        await sleep(firstRetryMs);
      }
    }
  }

  private async hasWorkflow(workflowId: string): Promise<boolean> {
    return await this.temporal.workflow
      .getHandle(workflowId)
      .describe()
      .then(
        () => true,
        (error: unknown) => {
          if (error instanceof WorkflowNotFoundError) return false;
          throw error;
        },
      );
  }

  private async unknownRun(dagId: string, runId: string, what: string): Promise<RequestError> {
    const runs = await this.listRuns({ dagId, limit: 200 });
    const known = runs.map((run) => run.runId);
    return new RequestError({
      code: 'unknown_run',
      message: `Run "${runId}" of ${dagId} ${what}.${didYouMean(runId, known)} List them: tidemill dags list-runs ${dagId}`,
      details: { dag: dagId, run: runId },
    });
  }
}

function noteTooLong(text: string): RequestError {
  return new RequestError({
    code: 'note_too_long',
    message: `A note of ${text.length} characters; ${longestNote} are allowed. Put the rest where everybody can read it, and its address here.`,
    details: { length: text.length },
  });
}

function notDeployed(dagId: string): RequestError {
  return new RequestError({
    code: 'dag_not_deployed',
    message: `DAG ${dagId} is not deployed. Run: tidemill deploy`,
    details: { dag: dagId },
  });
}

/** A workflow that ended without the engine's word: terminated by hand, or broken. */
function runBroken(dagId: string, runId: string, cause: WorkflowFailedError): TaskError {
  return new TaskError({
    code: 'run_broken',
    message: `Run ${runId} of ${dagId} ended outside the engine: ${cause.cause?.message ?? cause.message}. Look at it in Temporal's UI, then trigger it again.`,
    details: { dag: dagId, run: runId },
    cause,
  });
}
