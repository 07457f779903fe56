import { type AttemptOutcome, type AttemptServices, performAttempt } from '../activities';
import {
  advance,
  assertNever,
  type DataInterval,
  epochMs,
  inputOf,
  instanceOrder,
  isoInstant,
  type Json,
  orderBounds,
  type Plan,
  plannedTask,
  planOf,
  type Run,
  type RunCommand,
  type RunEvent,
  type RunIdentity,
  type Shard,
  shardCounts,
  shardPlan,
  shardResults,
  startRun,
  type TaskOrder,
  timezoneOf,
  type Versions,
} from '../engine';
import { putShardResults } from '../warehouse';
import { answersTo } from './answers';
import type { LoadedDag } from './load-project';

export interface InProcessRun {
  readonly dag: Pick<LoadedDag, 'dagId' | 'spec' | 'versions'>;
  readonly runId: string;
  readonly interval: DataInterval;
  readonly params: Json;
  readonly triggeredBy: string;
  readonly services: AttemptServices;
  readonly signal?: AbortSignal;
  /** Called after every batch of events. */
  readonly onChange?: (run: Run) => void;
  /** Answers to the run's questions, by task; they are given as soon as they are asked for. */
  readonly answers?: { readonly [taskId: string]: Json };
  /** Performs retries and pokes without waiting for their instants: the run's clock jumps to each of them. */
  readonly skipDelays?: boolean;
}

/** A finished run with what its record is made of. */
export interface InProcessResult {
  readonly run: Run;
  readonly plan: Plan;
  readonly execution: string;
}

/** The in-process driver: runs a DAG by the same engine as the workflow does, with no server. */
export async function runInProcess(request: InProcessRun): Promise<InProcessResult> {
  const { spec } = request.dag;
  const execution = `in-process-${process.pid}-${Date.now().toString(36)}`;
  const plan = planOf(spec);
  const clock = { skippedMs: 0 };
  const driver = new InProcessDriver(request, {
    plan,
    clock,
    execution,
    identity: identityOf(request),
    order: (run, taskId) => ({ taskId, input: inputOf(plan, run, taskId), instance: null }),
    ...(request.onChange === undefined ? {} : { onChange: request.onChange }),
  });
  return { run: await driver.drive(), plan, execution };
}

function identityOf({ dag, runId, interval, params, triggeredBy }: InProcessRun): RunIdentity {
  const queuedAt = isoInstant(Date.now());
  return { dagId: dag.dagId, runId, runType: 'manual', interval, params, triggeredBy, queuedAt };
}

/** What tells the driver of a run from that of a shard of a mapped task. */
interface DriverPart {
  readonly plan: Plan;
  readonly identity: RunIdentity;
  readonly execution: string;
  /** How far skipped delays have put the clock forward: a sensor's whole wait still has its end. */
  readonly clock: { skippedMs: number };
  order(run: Run, taskId: string): Pick<TaskOrder, 'taskId' | 'input' | 'instance'>;
  onChange?(run: Run): void;
}

class InProcessDriver {
  private readonly shards = new Map<string, InProcessDriver>();
  private readonly inbox: RunEvent[] = [];
  private readonly cancels = new Map<string, AbortController>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private wake: () => void = () => undefined;

  constructor(
    private readonly request: InProcessRun,
    private readonly part: DriverPart,
  ) {}

  async drive(): Promise<Run> {
    const { plan } = this.part;
    const first = startRun(plan, this.part.identity, this.now());
    let run = first.state;
    this.perform(run, first.commands);
    this.answer(run);
    const stop = (): void => this.tell({ kind: 'stop_requested', by: 'the terminal', at: this.now() });
    this.request.signal?.addEventListener('abort', stop, { once: true });
    try {
      while (run.endedAt === null) {
        if (this.inbox.length === 0) await this.news();
        const step = advance(plan, run, this.inbox.splice(0));
        run = step.state;
        this.perform(run, step.commands);
        this.answer(run);
        this.part.onChange?.(run);
      }
    } finally {
      this.request.signal?.removeEventListener('abort', stop);
      for (const timer of this.timers.values()) clearTimeout(timer);
    }
    return run;
  }

  private answer(run: Run): void {
    const { answers = {} } = this.request;
    for (const event of answersTo({ plan: this.part.plan, run, at: this.now() }, answers)) this.tell(event);
  }

  private news(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  private tell(event: RunEvent): void {
    this.inbox.push(event);
    this.wake();
  }

  private perform(run: Run, commands: readonly RunCommand[]): void {
    for (const command of commands) {
      switch (command.kind) {
        case 'start_task':
          this.start(run, command);
          break;
        case 'set_timer':
          this.setTimer(command.taskId, command.until, {
            kind: 'timer_fired',
            taskId: command.taskId,
            until: command.until,
            at: '',
          });
          break;
        case 'set_run_timer':
          this.setTimer(' run', command.until, { kind: 'run_timed_out', at: '' });
          break;
        case 'await_completion':
          // In a terminal: what was given beforehand (`answersTo`).
          break;
        case 'cancel_timer':
          clearTimeout(this.timers.get(command.taskId));
          break;
        case 'cancel_task':
          this.cancels.get(command.taskId)?.abort();
          break;
        case 'start_shard':
          void this.startShard(run, command);
          break;
        case 'stop_shard':
          this.shards.get(`${command.taskId}/${command.shard}`)?.stop(command.by);
          break;
        case 'ask_past':
          // A run in the process has no control, and so no past to wait for.
          this.tell({ kind: 'past_known', past: { previous: null }, at: this.now() });
          break;
        case 'ask_slots':
          // Pools are shared by the runs of a server; a run in the process is alone, and has what it asks for.
          this.tell({ kind: 'slots_granted', lease: command.lease, at: this.now() });
          break;
        case 'tell_past':
        case 'return_slots':
        case 'end_run':
          break;
        default:
          assertNever(command);
      }
    }
  }

  private setTimer(key: string, until: string, event: RunEvent): void {
    const isSkipped = this.request.skipDelays === true && event.kind === 'timer_fired';
    const delayMs = isSkipped ? 0 : Math.max(0, epochMs(until) - epochMs(this.now()));
    const { clock } = this.part;
    const fire = (): void => {
      if (isSkipped) clock.skippedMs = Math.max(clock.skippedMs, epochMs(until) - Date.now());
      this.tell({ ...event, at: this.now() });
    };
    // Node's timers hold 2^31 − 1 ms; a longer wait than 24 days is not waited out in a terminal.
    this.timers.set(key, setTimeout(fire, Math.min(delayMs, 2 ** 31 - 1)));
  }

  private now(): string {
    return isoInstant(Date.now() + this.part.clock.skippedMs);
  }

  private start(run: Run, { taskId, tryNumber, pokeCount }: Extract<RunCommand, { kind: 'start_task' }>): void {
    this.tell({ kind: 'task_started', taskId, at: this.now() });
    const cancel = new AbortController();
    this.cancels.set(taskId, cancel);
    const edge = { attempt: 1, signal: cancel.signal, heartbeat: () => undefined };
    const { plan, execution } = this.part;
    const { versions } = this.request.dag;
    const order = {
      ...taskOrder({ plan, run, versions, execution, taskId, tryNumber, pokeCount }),
      ...this.part.order(run, taskId),
    };
    performAttempt(order, this.request.services, edge).then(
      (outcome) => this.tell(eventOf(outcome, taskId, this.now())),
      (error: unknown) => this.tell(eventOf(brokenDriver(error), taskId, this.now())),
    );
  }

  /** Ends a shard early, with its run. */
  private stop(by: string): void {
    this.tell({ kind: 'stop_requested', by, at: this.now() });
  }

  /** A shard is a plan of its own, driven as a run is. */
  private async startShard(
    { tasks, identity }: Run,
    { kind: _kind, ...shard }: Extract<RunCommand, { kind: 'start_shard' }>,
  ): Promise<void> {
    const { taskId } = shard;
    const { dag, services } = this.request;
    const plan = shardPlan(dag.spec, shard);
    const folder = tasks[taskId]?.map?.folder ?? '';
    const driver = new InProcessDriver(this.request, {
      plan,
      identity,
      clock: this.part.clock,
      execution: this.part.execution,
      order: (run, id) => instanceOrder(plan, run, id, folder),
      onChange: (run) => this.progressed(shard, plan, run),
    });
    const key = `${taskId}/${shard.shard}`;
    this.shards.set(key, driver);
    const { report, ...results } = shardResults({
      plan,
      run: await driver.drive(),
      versions: dag.versions,
      shard,
      output: plannedTask(this.part.plan, taskId).map?.output ?? null,
      folder,
      execution: `${this.part.execution}-${key.replaceAll('/', '-')}`,
      parentExecution: this.part.execution,
      at: this.now(),
    });
    await putShardResults(services.warehouse.store, results);
    this.shards.delete(key);
    this.tell({ kind: 'shard_ended', taskId, shard: shard.shard, report, at: this.now() });
  }

  private progressed({ taskId, shard }: Shard, plan: Plan, run: Run): void {
    if (run.endedAt !== null) return;
    this.tell({ kind: 'shard_progressed', taskId, shard, counts: shardCounts(plan, run), at: this.now() });
  }
}

export interface OrderRequest {
  readonly plan: Plan;
  readonly run: Run;
  readonly versions: Versions;
  readonly execution: string;
  readonly taskId: string;
  readonly tryNumber: number;
  readonly pokeCount: number;
}

/** What a worker is asked to do for a task of a run, as it stands. */
export function taskOrder(request: OrderRequest): TaskOrder {
  const { plan, run, versions, execution, taskId, tryNumber, pokeCount } = request;
  const { dagId, runId, interval, params } = run.identity;
  const task = plannedTask(plan, taskId);
  return {
    ...{ dagId, runId, execution, taskId, tryNumber, pokeCount, interval, params, versions },
    kind: task.kind,
    instance: null,
    sensor: task.sensor ?? null,
    timezone: timezoneOf(plan.spec.timetable),
    input: inputOf(plan, run, taskId),
    ...orderBounds(task.policyOfTask),
  };
}

function eventOf(outcome: AttemptOutcome, taskId: string, at: string): RunEvent {
  switch (outcome.kind) {
    case 'succeeded':
      return { kind: 'task_succeeded', taskId, at, ...outcome.report };
    case 'failed':
      return { kind: 'task_failed', taskId, at, failure: outcome.failure, facts: outcome.facts };
    case 'skipped':
      return { kind: 'task_skipped', taskId, at, message: outcome.message, facts: outcome.facts };
    case 'cancelled':
      return { kind: 'task_cancelled', taskId, at, facts: outcome.facts };
    default:
      return assertNever(outcome);
  }
}

function brokenDriver(error: unknown): AttemptOutcome {
  const failure = { code: 'engine_bug', message: String(error), retryable: false, details: null };
  const at = isoInstant(Date.now());
  return { kind: 'failed', failure, facts: { attempt: 1, startedAt: at, endedAt: at, worker: null } };
}
