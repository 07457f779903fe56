import type { PastAnswer } from '../../engine/gates/past';
import type { Json } from '../../engine/json';
import type { InstanceCounts, Shard, ShardReport, StateCounts } from '../../engine/map/state';
import { advance, resume, startRun } from '../../engine/run/advance';
import type { AttemptFacts, RunCommand, RunEvent, Step } from '../../engine/run/events';
import { isBusy } from '../../engine/run/mapping';
import { type Plan, plannedTask } from '../../engine/run/plan';
import { type Run, taskOf } from '../../engine/run/run';
import type { TaskState } from '../../engine/run/task-state';
import { epochMs, isoInstant } from '../../engine/time/instant';
import { anIdentity, dayBreak } from './builders';

/** One execution that a run asked for. */
export interface Call {
  readonly taskId: string;
  readonly tryNumber: number;
  readonly pokeCount: number;
}

export type Outcome =
  | { readonly kind: 'succeed'; readonly output?: Json; readonly rowCount?: number }
  | { readonly kind: 'fail'; readonly retryable?: boolean; readonly code?: string; readonly isLost?: boolean }
  | { readonly kind: 'skip' };

/** Whatever the run cannot decide: what handlers do and how long they take, what operators ask, how news arrives. */
export interface World {
  readonly outcome?: (call: Call) => Outcome;
  readonly durationMs?: (call: Call) => number;
  /** How many events arrive together, at most. */
  readonly batchSize?: () => number;
  /** Whether a cancelled execution ends as cancelled; otherwise its own outcome arrives all the same. */
  readonly heedsCancel?: (call: Call) => boolean;
  /** What a control knows of the run before, and how long it takes to say so. */
  readonly past?: { readonly afterMs: number; readonly answer: PastAnswer };
  readonly requests?: readonly { readonly afterMs: number; readonly event: (at: string) => RunEvent }[];
  /** How a shard of a mapped task comes out; every instance succeeds when left out. */
  readonly shard?: (plan: Plan, shard: Shard) => ShardReport;
  /** How long the broker takes to grant slots. */
  readonly slotsAfterMs?: (lease: string) => number;
  /** After how many batches the driver is replaced, as continue-as-new does it; never when left out. */
  readonly replaceDriverEvery?: number;
  /** Sees every step; throws when an invariant is broken. */
  readonly onStep?: (entry: LogEntry, step: Step<Run, RunCommand>) => void;
}

/** What was asked of the engine, in order: enough to do it again. */
export type LogEntry =
  | { readonly kind: 'start'; readonly at: string }
  | { readonly kind: 'advance'; readonly events: readonly RunEvent[] }
  | { readonly kind: 'resume'; readonly at: string };

export interface Simulation {
  readonly run: Run;
  readonly log: readonly LogEntry[];
  /** Executions in the order of their start. */
  readonly calls: readonly Call[];
}

/** Runs a plan to its end against a world, on a clock of its own. Throws when the run gets stuck. */
export function simulate(plan: Plan, world: World = {}): Simulation {
  const simulator = new Simulator(plan, world);
  return simulator.toEnd();
}

/** Does again what a log says, and answers with the last state. */
export function replay(plan: Plan, log: readonly LogEntry[]): Run {
  let run: Run | null = null;
  for (const entry of log) run = perform(plan, run, entry).state;
  if (run === null) throw new Error('the log is empty');
  return run;
}

function perform(plan: Plan, run: Run | null, entry: LogEntry): Step<Run, RunCommand> {
  if (entry.kind === 'start') return startRun(plan, anIdentity(), entry.at);
  if (run === null) throw new Error('the log does not begin with a start');
  return entry.kind === 'resume' ? resume(plan, run, entry.at) : advance(plan, run, entry.events);
}

interface Pending {
  readonly atMs: number;
  readonly key: string;
  readonly event: (at: string) => RunEvent;
}

const maxSteps = 3_000;

class Simulator {
  private run: Run | null = null;
  private nowMs = epochMs(dayBreak);
  private pending: readonly Pending[] = [];
  private readonly log: LogEntry[] = [];
  private readonly calls: Call[] = [];
  private readonly shards = new Map<string, Shard>();
  private batches = 0;
  private isDraining = false;
  private replacedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly plan: Plan,
    private readonly world: World,
  ) {
    for (const { afterMs, event } of world.requests ?? []) this.expect('request', this.nowMs + afterMs, event);
  }

  toEnd(): Simulation {
    let run = this.step({ kind: 'start', at: dayBreak });
    for (let steps = 0; run.endedAt === null; steps += 1) {
      if (steps > maxSteps) throw new Error(`the run has not ended after ${maxSteps} steps`);
      run = this.mayReplaceDriver(run)
        ? this.replaceDriver()
        : this.step({ kind: 'advance', events: this.nextEvents() });
    }
    return { run, log: this.log, calls: this.calls };
  }

  private step(entry: LogEntry): Run {
    const step = perform(this.plan, this.run, entry);
    this.log.push(entry);
    this.run = step.state;
    for (const command of step.commands) this.obey(command);
    this.world.onStep?.(entry, step);
    return step.state;
  }

  private nextEvents(): readonly RunEvent[] {
    this.batches += 1;
    if (this.world.replaceDriverEvery !== undefined && !this.isDraining) {
      // Time has to pass between two drivers, or none would come to where a timer fires.
      this.isDraining = this.nowMs > this.replacedAtMs && this.batches % this.world.replaceDriverEvery === 0;
      if (this.isDraining) return [{ kind: 'window_changed', window: 0, at: isoInstant(this.nowMs) }];
    }
    const size = Math.max(1, this.world.batchSize?.() ?? 1);
    const due = this.pending.slice(0, size);
    if (due.length === 0) throw new Error(`the run is stuck: ${JSON.stringify(this.run?.tasks)}`);
    this.pending = this.pending.slice(size);
    this.nowMs = Math.max(this.nowMs, ...due.map((one) => one.atMs));
    return due.map((one) => one.event(isoInstant(one.atMs)));
  }

  private mayReplaceDriver(run: Run): boolean {
    return this.isDraining && !this.plan.spec.tasks.some(({ taskId }) => isBusy(taskOf(run, taskId)));
  }

  /** As continue-as-new: the state goes through JSON, pending timers are lost, requests still come. */
  private replaceDriver(): Run {
    this.isDraining = false;
    this.replacedAtMs = this.nowMs;
    this.pending = this.pending.filter((one) => one.key === 'request');
    this.run = JSON.parse(JSON.stringify(this.run)) as Run;
    return this.step({ kind: 'resume', at: isoInstant(this.nowMs) });
  }

  private obey(command: RunCommand): void {
    switch (command.kind) {
      case 'start_task':
        return this.start(command);
      case 'set_timer':
        return this.expect(`timer:${command.taskId}`, epochMs(command.until), (at) => ({
          kind: 'timer_fired',
          taskId: command.taskId,
          until: command.until,
          at,
        }));
      case 'set_run_timer':
        return this.expect('run', epochMs(command.until), (at) => ({ kind: 'run_timed_out', at }));
      case 'await_completion':
        return this.awaitCompletion(command.taskId);
      case 'cancel_timer':
        this.forget(`timer:${command.taskId}`);
        return;
      case 'cancel_task':
        return this.cancel(command.taskId);
      case 'ask_past':
        return this.expect('past', this.nowMs + (this.world.past?.afterMs ?? 0), (at) => ({
          kind: 'past_known',
          past: this.world.past?.answer ?? { previous: null },
          at,
        }));
      case 'ask_slots':
        // Granted also when it was given back meanwhile, as messages cross; kept when the driver is replaced.
        return this.expect('request', this.nowMs + (this.world.slotsAfterMs?.(command.lease) ?? 1), (at) => ({
          kind: 'slots_granted',
          lease: command.lease,
          at,
        }));
      case 'tell_past':
      case 'return_slots':
        return;
      case 'start_shard':
        return this.startShard(command);
      case 'stop_shard':
        return this.stopShard(command);
      case 'end_run':
        this.pending = [];
    }
  }

  private start({ taskId, tryNumber, pokeCount }: Call): void {
    if (this.pending.some((one) => one.key === `task:${taskId}`)) throw new Error(`${taskId} was started twice`);
    const call = { taskId, tryNumber, pokeCount };
    this.calls.push(call);
    const startedAt = isoInstant(this.nowMs);
    this.expect(`start:${taskId}`, this.nowMs, (at) => ({ kind: 'task_started', taskId, at }));
    const endMs = this.nowMs + Math.max(1, this.world.durationMs?.(call) ?? 1_000);
    const outcome = this.world.outcome?.(call) ?? { kind: 'succeed' };
    this.expect(`task:${taskId}`, endMs, (at) => outcomeEvent(call, outcome, { ...aFact, startedAt, endedAt: at }));
  }

  /** A shard tells of itself half way, and of everything at its end. */
  private startShard({ kind: _kind, ...shard }: ShardCommand): void {
    const { taskId } = shard;
    const key = shardKey(shard);
    if (this.pending.some((one) => one.key === key)) throw new Error(`${key} was started twice`);
    const report = this.world.shard?.(this.plan, shard) ?? everyInstance(this.plan, shard, ['success']);
    const counts = halfOf(report.counts);
    this.shards.set(key, shard);
    this.expect(`${key} progress`, this.nowMs + 5_000, (at) => ({
      kind: 'shard_progressed',
      taskId,
      shard: shard.shard,
      counts,
      at,
    }));
    this.expect(key, this.nowMs + 10_000, (at) => ({ kind: 'shard_ended', taskId, shard: shard.shard, report, at }));
  }

  /** What had not begun is skipped, what ran has failed; a shard that has told of some ends as it would have. */
  private stopShard(command: Extract<RunCommand, { kind: 'stop_shard' }>): void {
    const { taskId, shard } = command;
    const key = shardKey(command);
    if (!this.forget(`${key} progress`)) return;
    this.forget(key);
    const report = everyInstance(this.plan, this.shards.get(key) as Shard, ['failed', 'skipped']);
    this.expect(key, this.nowMs + 200, (at) => ({ kind: 'shard_ended', taskId, shard, report, at }));
  }

  /** What was started elsewhere ends well, badly, or never, by turns. */
  private awaitCompletion(taskId: string): void {
    const ends = [...taskId].length + this.calls.length;
    if (ends % 3 === 0) return;
    const failure = { code: 'failed_outside', message: 'it broke there', retryable: true, details: null };
    this.expect(`task:${taskId}`, this.nowMs + 20_000, (at) =>
      ends % 3 === 1
        ? { kind: 'completed_outside', taskId, at, output: { rows: 1 } }
        : { kind: 'failed_outside', taskId, at, failure },
    );
  }

  private cancel(taskId: string): void {
    const call = this.calls.findLast((one) => one.taskId === taskId) as Call;
    if (this.world.heedsCancel?.(call) === false || !this.forget(`task:${taskId}`)) return;
    this.forget(`start:${taskId}`);
    this.expect(`task:${taskId}`, this.nowMs + 200, (at) => ({ kind: 'task_cancelled', taskId, at, facts: null }));
  }

  /** Keeps what is pending in the order of time; what comes at one instant comes in the order of asking. */
  private expect(key: string, atMs: number, event: Pending['event']): void {
    const one = { key, atMs: Math.max(atMs, this.nowMs), event };
    const after = this.pending.findIndex((other) => other.atMs > one.atMs);
    const index = after < 0 ? this.pending.length : after;
    this.pending = [...this.pending.slice(0, index), one, ...this.pending.slice(index)];
  }

  private forget(key: string): boolean {
    const rest = this.pending.filter((one) => one.key !== key);
    const found = rest.length < this.pending.length;
    this.pending = rest;
    return found;
  }
}

type ShardCommand = Extract<RunCommand, { kind: 'start_shard' }>;

function shardKey({ taskId, shard }: { readonly taskId: string; readonly shard: number }): string {
  return `shard:${taskId}/${shard}`;
}

function halfOf(counts: InstanceCounts): InstanceCounts {
  const half = (states: StateCounts): StateCounts =>
    Object.fromEntries(Object.entries(states).map(([state, count]) => [state, Math.floor(count / 2)]));
  return Object.fromEntries(Object.entries(counts).map(([taskId, states]) => [taskId, half(states)]));
}

/** The report of a shard whose instances ended in these states, in turns. */
export function everyInstance(plan: Plan, shard: Shard, states: readonly TaskState[]): ShardReport {
  const body = plannedTask(plan, shard.taskId).map?.body ?? [];
  const countOf = (at: number): number => Math.floor((shard.count + states.length - 1 - at) / states.length);
  const each = Object.fromEntries(states.map((state, at) => [state, countOf(at)]).filter(([, count]) => count !== 0));
  const first = shard.from + Math.max(0, states.indexOf('failed'));
  return {
    counts: Object.fromEntries(body.map(({ taskId }) => [taskId, each])),
    failed: states.includes('failed') ? [{ taskId: shard.taskId, index: first, label: null, message: 'broke' }] : [],
    page: ['page.json', Number(each.success ?? 0)],
    retries: 1,
  };
}

const aFact: AttemptFacts = { attempt: 1, startedAt: dayBreak, endedAt: dayBreak, worker: 'worker-1' };

function outcomeEvent({ taskId }: Call, outcome: Outcome, facts: AttemptFacts): RunEvent {
  const at = facts.endedAt;
  switch (outcome.kind) {
    case 'succeed': {
      const { output = null, rowCount = null } = outcome;
      return { kind: 'task_succeeded', taskId, at, output, rowCount, facts };
    }
    case 'skip':
      return { kind: 'task_skipped', taskId, at, message: 'nothing to do', facts };
    case 'fail': {
      const { code = 'user_code_failed', retryable = true, isLost = false } = outcome;
      const failure = { code, message: `${taskId} broke`, retryable, details: null };
      return { kind: 'task_failed', taskId, at, failure, facts: isLost ? null : facts };
    }
  }
}
