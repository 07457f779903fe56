import {
  ActivityCancellationType,
  allHandlersFinished,
  CancellationScope,
  condition,
  type ExternalWorkflowHandle,
  getExternalWorkflowHandle,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import {
  type AssetEvent,
  activityName,
  advance,
  assertNever,
  completionActivityId,
  controlWorkflowId,
  type DagRunInput,
  epochMs,
  isBusy,
  isoInstant,
  type Json,
  newAssetEvents,
  orderBounds,
  outletsOf,
  type Plan,
  plannedTask,
  priorityKeyOf,
  progressOf,
  type Run,
  type RunCommand,
  type RunEvent,
  type RunView,
  resume,
  runLabel,
  startRun,
  type TaskOrder,
  type TaskReport,
  taskOf,
  taskTableMarkdown,
  timezoneOf,
} from '../engine/interpreter';
import { describeActivityFailure, outsideFailure } from './activity-failure';
import { Answers, ignoreRefusal } from './answers';
import { ignoreGone } from './gone';
import { houseActivities } from './house-activities';
import {
  answerSignal,
  answerUpdate,
  askPastSignal,
  pastSignal,
  progressQuery,
  runQuery,
  slotsSignal,
  stopSignal,
  tellPastSignal,
} from './messages';
import type { Notices } from './notices';
import { Shards } from './shards';
import { showDetails } from './show-details';
import { SlotsDesk } from './slots-desk';

/** Past this many events a run goes on in a fresh history; a server ends one at 51,200. */
const maxHistoryEvents = 10_000;

/**
 * What a handler may take beyond its own time-out before Temporal itself gives up on the attempt:
 * the failure boundary enforces the time-out, this is the net below it.
 */
const graceMs = 60_000;

/** Temporal recovers lost workers and nothing else; then the engine counts a failed try (ADR 0012). */
const lostWorkerPolicy = {
  initialInterval: '100 milliseconds',
  backoffCoefficient: 2,
  maximumInterval: '5 seconds',
  maximumAttempts: 5,
} as const;

/** What tells the driver of a run from that of a shard of a mapped task. */
export interface DriverPart {
  readonly plan: Plan;
  /** The parts of an order that depend on what is driven. */
  order(run: Run, taskId: string): Pick<TaskOrder, 'execution' | 'taskId' | 'input' | 'instance'>;
  /** Called after every batch of events. */
  changed(run: Run): void;
  /** Tells people of the run; null for a shard, of which nobody is told. */
  readonly notices: Notices | null;
  /** Goes on in a new history. */
  goOn(run: Run): Promise<unknown>;
}

type TaskActivity = (order: TaskOrder) => Promise<TaskReport>;
type TaskActivities = { [name: string]: TaskActivity };

/** Performs what the engine decides for a plan, and tells it what happened. */
export class RunDriver {
  private readonly plan: Plan;
  private run: Run;
  private readonly inbox: RunEvent[] = [];
  private readonly scopes = new Map<string, CancellationScope>();
  /** Scopes that ended uncancelled, to be used again: making one costs more than all else of a task's start. */
  private readonly idleScopes: CancellationScope[] = [];
  private readonly shards: Shards;
  private draining = false;
  private readonly outlets: ReadonlyMap<string, readonly string[]>;
  private readonly telling = new Set<Promise<void>>();

  private readonly slots: SlotsDesk;

  constructor(
    private readonly input: DagRunInput,
    private readonly part: DriverPart,
  ) {
    this.plan = part.plan;
    this.shards = new Shards(input);
    const { workflowId, firstExecutionRunId } = workflowInfo();
    this.slots = new SlotsDesk({ workflowId, execution: firstExecutionRunId });
    this.outlets = outletsOf(this.plan);
    const first = input.run === null ? startRun(this.plan, input.identity, now()) : resume(this.plan, input.run, now());
    this.run = first.state;
    setHandler(runQuery, () => this.view());
    setHandler(progressQuery, () => progressOf(this.plan, this.run));
    setHandler(stopSignal, (request) => {
      this.inbox.push({ kind: 'stop_requested', by: request?.by ?? 'somebody in the Temporal UI', at: now() });
    });
    setHandler(pastSignal, (past) => {
      this.inbox.push({ kind: 'past_known', past, at: now() });
    });
    const answers = new Answers(
      this.plan,
      () => this.run,
      (event) => this.inbox.push({ ...event, at: now() }),
    );
    setHandler(answerUpdate, (request) => answers.take(request), {
      description: 'answers a question: {"task": "approve_it", "answer": "approve"}',
    });
    setHandler(answerSignal, (request) => void answers.take(request).catch(ignoreRefusal));
    setHandler(slotsSignal, ({ granted, waiting }) => {
      for (const lease of granted) this.inbox.push({ kind: 'slots_granted', lease, at: now() });
      for (const { lease, text } of waiting) this.inbox.push({ kind: 'slots_wait', lease, text, at: now() });
    });
    this.listenForCancellation();
    this.perform(first.commands);
  }

  /** Adds an event that came from outside. */
  take(event: RunEvent): void {
    this.inbox.push(event);
  }

  /** The run as it stands. */
  state(): Run {
    return this.run;
  }

  /** Drives to the end and answers with how it came out. */
  async drive(): Promise<Run> {
    this.show();
    while (this.run.endedAt === null) {
      // Engine invariant: an unfinished run has a task in flight or a timer set, so this always wakes.
      if (this.inbox.length === 0) await condition(() => this.inbox.length > 0);
      while (this.inbox.length > 0) this.advance();
      this.show();
      await this.boundHistory();
    }
    await Promise.all(this.telling);
    // A run that is over holds nothing.
    if (!this.slots.isIdle) await condition(() => this.slots.isIdle);
    return this.run;
  }

  private advance(): void {
    const before = this.run;
    const step = advance(this.plan, before, this.inbox.splice(0));
    if (this.outlets.size > 0) this.tell(newAssetEvents(this.outlets, before, step.state));
    this.run = step.state;
    this.part.notices?.stepped(before, this.run);
    this.perform(step.commands);
  }

  /** A promise of each telling is kept: neither the run nor its history ends before all is told. */
  private tell(events: readonly AssetEvent[]): void {
    if (events.length === 0) return;
    const telling = houseActivities.tellAssets({ events }).then(() => {
      this.telling.delete(telling);
    });
    this.telling.add(telling);
  }

  private view(): RunView {
    return { spec: this.input.spec, versions: this.input.versions, run: this.run, label: runLabel(this.run) };
  }

  private show(): void {
    showDetails(() => taskTableMarkdown(this.plan, this.run, now()));
    this.part.changed(this.run);
  }

  /** A cancellation from outside (Temporal's UI) means stop, in good order. */
  private listenForCancellation(): void {
    const root = CancellationScope.current().parent ?? CancellationScope.current();
    root.cancelRequested.catch(() => {
      this.inbox.push({ kind: 'stop_requested', by: 'a cancellation in Temporal', at: now() });
    });
  }

  private perform(commands: readonly RunCommand[]): void {
    for (const command of commands) {
      switch (command.kind) {
        case 'start_task':
          this.start(command);
          break;
        case 'set_timer':
          this.setTimer(timerKey(command.taskId), command.until, `${command.purpose} of ${command.taskId}`, () => ({
            kind: 'timer_fired',
            taskId: command.taskId,
            until: command.until,
            at: now(),
          }));
          break;
        case 'set_run_timer':
          this.setTimer('run', command.until, 'dagRunTimeout', () => ({ kind: 'run_timed_out', at: now() }));
          break;
        case 'await_completion':
          this.awaitCompletion(command);
          break;
        case 'cancel_timer':
          this.scopes.get(timerKey(command.taskId))?.cancel();
          break;
        case 'cancel_task':
          this.scopes.get(taskKey(command.taskId))?.cancel();
          break;
        case 'start_shard':
          this.startShard(command);
          break;
        case 'stop_shard':
          this.stopShard(command);
          break;
        case 'ask_past':
          this.askPast();
          break;
        case 'tell_past':
          void this.control()
            .signal(tellPastSignal, { runId: this.input.identity.runId, states: command.states })
            .catch(ignoreGone);
          break;
        case 'ask_slots':
          this.slots.ask({ lease: command.lease, wants: command.wants, priority: command.priority });
          break;
        case 'return_slots':
          this.slots.giveBack(command.lease);
          break;
        case 'end_run':
          for (const scope of this.scopes.values()) scope.cancel();
          break;
        default:
          assertNever(command);
      }
    }
    this.slots.send();
  }

  /** The control answers by a signal. Without a control (the DAG was removed) no earlier run is known. */
  private askPast(): void {
    const { runId, interval } = this.input.identity;
    this.control()
      .signal(askPastSignal, { runId, start: interval.start })
      .catch(() => this.inbox.push({ kind: 'past_known', past: { previous: null }, at: now() }));
  }

  private control(): ExternalWorkflowHandle {
    return getExternalWorkflowHandle(controlWorkflowId(this.input.identity.dagId));
  }

  /** Every outcome, failure included, becomes an event that the engine can reason about. */
  private start({ taskId, tryNumber, pokeCount }: Extract<RunCommand, { kind: 'start_task' }>): void {
    this.inbox.push({ kind: 'task_started', taskId, at: now() });
    const perform = this.activityOf(taskId, tryNumber, pokeCount);
    this.inScope(taskKey(taskId), () => perform(this.order(taskId, tryNumber, pokeCount)), {
      done: ({ output, rowCount, facts }) =>
        this.inbox.push({ kind: 'task_succeeded', taskId, at: now(), output, rowCount, facts }),
      failed: (error) => this.inbox.push(describeActivityFailure(error, taskId, now())),
    });
  }

  /** An activity that no worker works on: who has its id, or its token, completes it. */
  private awaitCompletion({ taskId, tryNumber, until }: Extract<RunCommand, { kind: 'await_completion' }>): void {
    const activities = proxyActivities<{ [name: string]: (order: TaskOrder) => Promise<Json> }>({
      activityId: completionActivityId(taskId, tryNumber),
      startToCloseTimeout: Math.max(0, epochMs(until) - Date.now()) + graceMs,
      retry: { maximumAttempts: 1 },
      cancellationType: ActivityCancellationType.TRY_CANCEL,
      summary: 'waits to be completed from outside',
    });
    const wait = activities[activityName(this.plan.spec.dagId, taskId)] as (order: TaskOrder) => Promise<Json>;
    this.inScope(taskKey(taskId), () => wait({ ...this.order(taskId, tryNumber, 0), isOpen: true }), {
      done: (output) => this.inbox.push({ kind: 'completed_outside', taskId, at: now(), output: output ?? null }),
      failed: (error) => {
        if (isCancellation(error)) return;
        this.inbox.push({ kind: 'failed_outside', taskId, at: now(), failure: outsideFailure(error, taskId) });
      },
    });
  }

  private activityOf(taskId: string, tryNumber: number, pokeCount: number): TaskActivity {
    const { policyOfTask: policy, instance, weight } = plannedTask(this.plan, taskId);
    const { dagId } = this.plan.spec;
    const name = activityName(dagId, instance?.taskId ?? taskId);
    const summary = `try ${tryNumber} of ${policy.retries + 1}${pokeCount === 0 ? '' : `, poke ${pokeCount + 1}`}`;
    const bounds = { startToCloseTimeout: policy.executionTimeoutMs + graceMs, retry: lostWorkerPolicy, summary };
    const cancellationType = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;
    if (policy.local === true)
      return proxyLocalActivities<TaskActivities>({ ...bounds, cancellationType })[name] as TaskActivity;
    const activities = proxyActivities<TaskActivities>({
      ...bounds,
      cancellationType,
      activityId: pokeCount === 0 ? `${taskId}#${tryNumber}` : `${taskId}#${tryNumber}.${pokeCount}`,
      heartbeatTimeout: policy.heartbeatTimeoutMs,
      ...(this.plan.hasWeights ? { priority: { priorityKey: priorityKeyOf(weight), fairnessKey: dagId } } : {}),
    });
    return activities[name] as TaskActivity;
  }

  private order(taskId: string, tryNumber: number, pokeCount: number): TaskOrder {
    const { spec } = this.plan;
    const { dagId, runId, interval, params } = this.run.identity;
    const task = plannedTask(this.plan, taskId);
    return {
      dagId,
      runId,
      ...this.part.order(this.run, taskId),
      kind: task.kind,
      sensor: task.sensor ?? null,
      tryNumber,
      pokeCount,
      interval,
      timezone: timezoneOf(spec.timetable),
      params,
      versions: this.input.versions,
      ...orderBounds(task.policyOfTask),
    };
  }

  /** A part of a mapped task's instances runs in a workflow of its own, by the same driver. */
  private startShard({ kind: _kind, ...shard }: Extract<RunCommand, { kind: 'start_shard' }>): void {
    const { taskId } = shard;
    void this.shards
      .perform(this.run, shard)
      .then((report) => this.inbox.push({ kind: 'shard_ended', taskId, shard: shard.shard, report, at: now() }));
  }

  private stopShard({ taskId, shard, by }: Extract<RunCommand, { kind: 'stop_shard' }>): void {
    void this.shards.stop({ taskId, shard }, by);
  }

  private setTimer(key: string, until: string, summary: string, event: () => RunEvent): void {
    this.inScope(key, () => sleep(Math.max(0, epochMs(until) - Date.now()), { summary }), {
      done: () => this.inbox.push(event()),
      failed: (error) => {
        if (!isCancellation(error)) throw error;
      },
    });
  }

  /**
   * Runs a piece of work that can be cancelled by its key, and tells how it ended. One promise and no
   * async function around it: in a workflow each promise costs a stack trace.
   */
  private inScope<Result>(
    key: string,
    body: () => Promise<Result>,
    ends: { readonly done: (result: Result) => void; readonly failed: (error: unknown) => void },
  ): void {
    const scope = this.idleScopes.pop() ?? new CancellationScope({ cancellable: true });
    this.scopes.set(key, scope);
    const forget = (): void => {
      if (this.scopes.get(key) === scope) this.scopes.delete(key);
      if (!scope.consideredCancelled) this.idleScopes.push(scope);
    };
    scope.run(body).then(
      (result) => {
        forget();
        ends.done(result);
      },
      (error: unknown) => {
        forget();
        ends.failed(error);
      },
    );
  }

  /** Lets what is in flight end, then goes on in a new history with the state as its input. */
  private async boundHistory(): Promise<void> {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    if (this.run.endedAt !== null || (historyLength < maxHistoryEvents && !continueAsNewSuggested)) return;
    if (!this.draining) {
      this.draining = true;
      this.inbox.push({ kind: 'window_changed', window: 0, at: now() });
    }
    const isWorking = this.plan.spec.tasks.some((task) => isBusy(taskOf(this.run, task.taskId)));
    if (isWorking || this.inbox.length > 0) return;
    if (!this.slots.isIdle) await condition(() => this.slots.isIdle);
    await condition(() => allHandlersFinished() && this.telling.size === 0);
    if (this.part.notices !== null) await this.part.notices.handedOn();
    // A stop may have come meanwhile: what is in the inbox would be lost with this history.
    if (this.inbox.length > 0) return;
    await this.part.goOn(this.run);
  }
}

function now(): string {
  return isoInstant(Date.now());
}

function taskKey(taskId: string): string {
  return `task:${taskId}`;
}

function timerKey(taskId: string): string {
  return `timer:${taskId}`;
}
