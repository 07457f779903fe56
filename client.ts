import {
  Client,
  Connection,
  WithStartWorkflowOperation,
  WorkflowIdConflictPolicy,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { ApplicationFailure, defineSearchAttributeKey } from '@temporalio/common';
import {
  type Control,
  checkParams,
  controlMessages,
  controlWorkflowId,
  type DagSpec,
  type DataInterval,
  type DueRun,
  defaultTaskQueue,
  didYouMean,
  isJsonObject,
  type Json,
  manualInterval,
  nextRuns,
  OutsideUnavailable,
  parseInterval,
  RequestError,
  type RunStateName,
  type RunSummary,
  type RunType,
  type RunView,
  runMessages,
  runWorkflowId,
  splitByDay,
  timezoneOf,
  type Versions,
  workflowNames,
} from './engine';
import { scheduleState, wakeControl } from './house-activities';
import {
  actualSchedules,
  applySchedules,
  type DesiredSchedule,
  desiredSchedule,
  planSchedules,
  type ScheduleAction,
} from './schedules';
import { ensureSearchAttributes } from './search-attributes';

export interface ClientOptions {
  readonly address: string;
  readonly namespace?: string;
  readonly taskQueue?: string;
  /** Names the user in what is recorded: `stopped by ada`. */
  readonly user?: string;
}

/** A DAG as it is deployed from its file. */
export interface Deployable {
  readonly dagId: string;
  readonly spec: DagSpec;
  readonly versions: Versions;
  readonly folder: string;
}

export interface DeployPlan {
  readonly dags: readonly {
    readonly kind: 'new' | 'changed' | 'unchanged' | 'removed';
    readonly dagId: string;
    readonly versions: Versions | null;
  }[];
  readonly schedules: readonly ScheduleAction[];
}

export interface TriggerOptions {
  readonly dagId: string;
  /** `START/END`; default: the timetable's latest complete interval. */
  readonly interval?: string;
  /** One run per calendar day of the interval. */
  readonly eachDay?: boolean;
  readonly params?: Json;
}

export interface ListedRun {
  readonly dagId: string;
  readonly runId: string;
  readonly runType: RunType;
  readonly state: RunStateName;
  readonly retries: number;
  readonly failedTasks: readonly string[];
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** The memo's two lines: readable without a worker. */
  readonly summary: string;
}

/** How long a look at a workflow may take before it is said that nobody answers. */
const lookTimeoutMs = 3_000;

/** An update may have to wait for others; a deploy for the control's first start. */
const updateTimeoutMs = 30_000;

const tagKey = defineSearchAttributeKey('TidemillDag', 'KEYWORD');

/**
 * The typed API over a Temporal server, which the CLI uses too. Every method throws `RequestError`
 * for what the caller got wrong and `OutsideUnavailable` when nobody answers.
 */
export class TidemillClient {
  private constructor(
    /** Temporal's own client, for what this API does not cover. */
    readonly temporal: Client,
    private readonly connection: Connection,
    readonly taskQueue: string,
    private readonly user: string,
  ) {}

  static async connect(options: ClientOptions): Promise<TidemillClient> {
    const { address } = options;
    try {
      const connection = await Connection.connect({ address, connectTimeout: 5_000 });
      const temporal = new Client({ connection, namespace: options.namespace ?? 'default' });
      return new TidemillClient(
        temporal,
        connection,
        options.taskQueue ?? defaultTaskQueue,
        options.user ?? process.env.USER ?? 'somebody',
      );
    } catch (cause) {
      throw new OutsideUnavailable({
        code: 'temporal_unreachable',
        message: `No Temporal server answers at ${address}. Start one with "tidemill standalone", or set TEMPORAL_ADDRESS.`,
        details: { address },
        cause,
      });
    }
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  /** Registers our search attributes; `search_attribute_type` when one exists with another type. */
  async setUp(): Promise<void> {
    await ensureSearchAttributes(this.temporal);
  }

  /** What {@link applyDeploy} would do. Looks, changes nothing. */
  async planDeploy(dags: readonly Deployable[], folders: readonly string[]): Promise<DeployPlan> {
    const actual = await actualSchedules(this.temporal);
    const desired = dags
      .map((dag) => desiredSchedule(dag.spec, dag.folder))
      .filter((one): one is DesiredSchedule => one !== null);
    const schedules = planSchedules({ desired, actual, folders });
    const present = await Promise.all(
      dags.map(async (dag) => {
        const versions = (await this.findControl(dag.dagId))?.deployment?.versions ?? null;
        const isSame = versions?.spec === dag.versions.spec && versions.code === dag.versions.code;
        return {
          kind: versions === null ? 'new' : isSame ? 'unchanged' : 'changed',
          dagId: dag.dagId,
          versions: dag.versions,
        } as const;
      }),
    );
    const known = new Set(dags.map((dag) => dag.dagId));
    const removed = schedules.flatMap((action) =>
      action.kind === 'remove' && !known.has(action.dagId)
        ? [{ kind: 'removed', dagId: action.dagId, versions: null } as const]
        : [],
    );
    return { dags: [...present, ...removed], schedules };
  }

  /** Brings the server to what the DAG files say. New DAGs begin paused unless told otherwise; known ones keep what they are. */
  async applyDeploy(
    dags: readonly Deployable[],
    plan: DeployPlan,
    options: { readonly startPaused: boolean },
  ): Promise<ReadonlyMap<string, { readonly paused: boolean }>> {
    await this.setUp();
    const results = new Map<string, { readonly paused: boolean }>();
    for (const dag of dags) results.set(dag.dagId, await this.deployOne(dag, options.startPaused));
    for (const { kind, dagId } of plan.dags)
      if (kind === 'removed') await this.update(dagId, controlMessages.retire, { by: this.user });
    await applySchedules(this.temporal, plan.schedules, {
      taskQueue: this.taskQueue,
      isPaused: (dagId) => results.get(dagId)?.paused ?? false,
    });
    for (const [dagId, { paused }] of results) if (!paused) await wakeControl(this.temporal, dagId);
    return results;
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
        ? manualInterval(timetable, Date.now())
        : parseInterval(options.interval, timezone);
    const intervals: readonly DataInterval[] = options.eachDay === true ? splitByDay(whole, timezone) : [whole];
    const checked = checkParams(options.dagId, params, options.params ?? {});
    const requests = intervals.map((interval) => ({ interval, params: checked }));
    return await this.update<readonly string[]>(options.dagId, controlMessages.trigger, { requests, by: this.user });
  }

  async pause(dagId: string): Promise<void> {
    await this.update(dagId, controlMessages.pause, { by: this.user });
    await this.onSchedule(dagId, (handle) => handle.pause(`paused by ${this.user}`));
  }

  /** Unpauses; the latest complete interval that was missed runs at once, as in Airflow. */
  async unpause(dagId: string): Promise<void> {
    await this.update(dagId, controlMessages.unpause, { by: this.user });
    await this.onSchedule(dagId, (handle) => handle.unpause(`unpaused by ${this.user}`));
    await wakeControl(this.temporal, dagId);
  }

  /** Stops a run: what runs is cancelled, the run ends as failed, `stopped by <user>`; a queued one never starts. */
  async stop(dagId: string, runId: string): Promise<'stopping' | 'dequeued'> {
    const control = await this.control(dagId);
    if (control.queued.some((run) => run.runId === runId)) {
      const isGone = await this.update<boolean>(dagId, controlMessages.cancelQueued, { runId, by: this.user });
      if (isGone) return 'dequeued';
    }
    try {
      await this.temporal.workflow.getHandle(runWorkflowId(dagId, runId)).signal(runMessages.stop, { by: this.user });
      return 'stopping';
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      throw await this.unknownRun(dagId, runId, 'is not running');
    }
  }

  /** The whole state of one run. */
  async run(dagId: string, runId: string): Promise<RunView> {
    try {
      return await this.look(runWorkflowId(dagId, runId), runMessages.run);
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      throw await this.unknownRun(dagId, runId, 'is unknown');
    }
  }

  /** Waits until a run has ended. */
  async result(dagId: string, runId: string): Promise<RunSummary> {
    return await this.temporal.workflow.getHandle(runWorkflowId(dagId, runId)).result();
  }

  /** The state of a DAG: deployment, pause, queued, active and recent runs. */
  async control(dagId: string): Promise<Control> {
    const control = await this.findControl(dagId);
    if (control !== null) return control;
    const known = await this.dagIds();
    throw new RequestError({
      code: 'unknown_dag',
      message: `DAG "${dagId}" is not deployed.${didYouMean(dagId, known)} Deployed: ${known.join(', ') || 'none; run "tidemill deploy"'}.`,
      details: { dag: dagId, known },
    });
  }

  /** Ids of all deployed DAGs, sorted. */
  async dagIds(): Promise<readonly string[]> {
    const ids: string[] = [];
    const query = `WorkflowType = '${workflowNames.dagControl}' AND ExecutionStatus = 'Running'`;
    for await (const execution of this.temporal.workflow.list({ query }))
      ids.push(execution.workflowId.replace(/^dag_control\//, ''));
    return [...new Set(ids)].sort();
  }

  /** Runs as the server lists them, newest first; works without a worker. */
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
    return runs;
  }

  /** The next runs that the schedule will ask for. */
  async nextExecutions(dagId: string, count: number): Promise<readonly DueRun[]> {
    const schedule = scheduleState(await this.control(dagId));
    return schedule === null ? [] : nextRuns(schedule, Date.now(), count);
  }

  /** Throws `no_worker` when nobody polls our queue. */
  async checkWorker(): Promise<void> {
    const { pollers } = await this.connection.workflowService.describeTaskQueue({
      namespace: this.temporal.options.namespace,
      taskQueue: { name: this.taskQueue },
      taskQueueType: 1,
    });
    const recentMs = 90_000;
    const isAlive = (pollers ?? []).some(
      (poller) => Date.now() - Number(poller.lastAccessTime?.seconds ?? 0) * 1_000 < recentMs,
    );
    if (!isAlive) throw this.noWorker();
  }

  private noWorker(): OutsideUnavailable {
    return new OutsideUnavailable({
      code: 'no_worker',
      message: `No worker polls queue ${this.taskQueue}, so nobody can answer or run tasks. Start one: tidemill worker`,
      details: { task_queue: this.taskQueue },
    });
  }

  /** A query with an end: without a worker a query would hang. */
  private async look<Result>(workflowId: string, query: string): Promise<Result> {
    try {
      return await this.connection.withDeadline(Date.now() + lookTimeoutMs, () =>
        this.temporal.workflow.getHandle(workflowId).query<Result>(query),
      );
    } catch (error) {
      if (!isTimeout(error)) throw error;
      await this.checkWorker();
      throw this.noWorker();
    }
  }

  private async findControl(dagId: string): Promise<Control | null> {
    try {
      const handle = this.temporal.workflow.getHandle(controlWorkflowId(dagId));
      const { status } = await handle.describe();
      return status.name === 'RUNNING'
        ? await this.look<Control>(controlWorkflowId(dagId), controlMessages.control)
        : null;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  }

  private async deployOne(dag: Deployable, startsPaused: boolean): Promise<{ readonly paused: boolean }> {
    const { startDate, endDate, catchup, timetable } = dag.spec;
    const nextRunAt =
      nextRuns({ timetable, startDate, endDate, catchup, watermark: null }, Date.now(), 1)[0]?.runAt ?? null;
    const start = new WithStartWorkflowOperation(workflowNames.dagControl, {
      workflowId: controlWorkflowId(dag.dagId),
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
      taskQueue: this.taskQueue,
      workflowTaskTimeout: '5 seconds',
      args: [{ dagId: dag.dagId, control: null }],
      staticSummary: dag.spec.description.slice(0, 200),
      typedSearchAttributes: [{ key: tagKey, value: dag.dagId }],
    });
    const request = { spec: dag.spec, versions: dag.versions, by: this.user, startsPaused, nextRunAt };
    return (await this.answered(() =>
      this.temporal.workflow.executeUpdateWithStart(controlMessages.deploy, {
        startWorkflowOperation: start,
        args: [request],
      }),
    )) as { readonly paused: boolean };
  }

  private async update<Result>(dagId: string, name: string, argument: unknown): Promise<Result> {
    const handle = this.temporal.workflow.getHandle(controlWorkflowId(dagId));
    try {
      return await this.answered(() => handle.executeUpdate<Result, [unknown]>(name, { args: [argument] }));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) await this.control(dagId);
      throw error;
    }
  }

  /** An update waits for a worker; when none polls, say so instead of hanging. */
  private async answered<Result>(ask: () => Promise<Result>): Promise<Result> {
    try {
      return await this.connection.withDeadline(Date.now() + updateTimeoutMs, () =>
        Promise.race([ask(), this.noWorkerAfter(lookTimeoutMs)]),
      );
    } catch (error) {
      if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
        throw new RequestError({ code: error.cause.type ?? 'update_refused', message: error.cause.message });
      }
      throw error;
    }
  }

  /** Rejects after a while if nobody polls; else never settles. */
  private async noWorkerAfter(ms: number): Promise<never> {
    await new Promise((resolve) => setTimeout(resolve, ms).unref());
    await this.checkWorker();
    return await new Promise<never>(() => undefined);
  }

  private async onSchedule(
    dagId: string,
    act: (handle: ReturnType<Client['schedule']['getHandle']>) => Promise<void>,
  ): Promise<void> {
    const actual = await actualSchedules(this.temporal);
    const schedule = actual.find((one) => one.desired?.dagId === dagId);
    if (schedule !== undefined) await act(this.temporal.schedule.getHandle(schedule.scheduleId));
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

function notDeployed(dagId: string): RequestError {
  return new RequestError({
    code: 'dag_not_deployed',
    message: `DAG ${dagId} is not deployed. Run: tidemill deploy`,
    details: { dag: dagId },
  });
}

function isTimeout(error: unknown): boolean {
  const cause = error instanceof Error && 'cause' in error ? (error.cause as { code?: number } | undefined) : undefined;
  const codes = [(error as { code?: number }).code, cause?.code];
  // gRPC: 1 cancelled, 4 deadline exceeded.
  return codes.includes(4) || codes.includes(1);
}

interface ListedExecution {
  readonly workflowId: string;
  readonly startTime: Date;
  readonly closeTime?: Date;
  readonly status: { readonly name: string };
  readonly searchAttributes?: { readonly [name: string]: unknown };
  readonly memo?: { readonly [name: string]: unknown } | undefined;
}

function listedRun(execution: ListedExecution): ListedRun {
  const attribute = (name: string): unknown => {
    const values = execution.searchAttributes?.[name];
    return Array.isArray(values) ? values[0] : undefined;
  };
  const [, dagId = '', ...rest] = execution.workflowId.split('/');
  const failed = execution.searchAttributes?.TidemillFailedTasks;
  const memo: unknown = execution.memo;
  return {
    dagId,
    runId: rest.join('/'),
    runType: (attribute('TidemillRunType') as RunType | undefined) ?? 'manual',
    state:
      execution.status.name === 'TERMINATED'
        ? 'failed'
        : ((attribute('TidemillState') as RunStateName | undefined) ?? 'running'),
    retries: Number(attribute('TidemillRetries') ?? 0),
    failedTasks: Array.isArray(failed) ? failed.map(String) : [],
    startedAt: execution.startTime.toISOString(),
    endedAt: execution.closeTime?.toISOString() ?? null,
    summary: isJsonObject(memo) && typeof memo.summary === 'string' ? memo.summary : '',
  };
}
