import { assertNever } from '../errors';
import { reason } from '../gates/reason';
import type { Upstream } from '../gates/trigger-rule';
import { plusMs } from '../time/instant';
import { awaitCompletion } from './deferral';
import { completedOutside, failedOutside, neverCompleted } from './deferred';
import { RunDraft } from './draft';
import { cancelTask, endEarly, failedFast, stopped, timedOut } from './end-early';
import type { RunCommand, RunEvent, Step, TimerPurpose } from './events';
import { gateOf } from './gate';
import { fillShards, shardEnded, shardProgressed } from './mapping';
import { cancelled, failed, skipped, succeeded } from './outcome';
import { askPast, pastKnown, tellPast } from './past';
import type { Plan } from './plan';
import { plannedTask } from './plan';
import { answered, ask, unanswered } from './question';
import type { Run, RunIdentity } from './run';
import { holdsSlots, returnSlots, slotsGranted, slotsWait } from './slots';
import { isInFlight, isTerminal, type TaskState } from './task-state';
import { asUpstream } from './upstream';
import { verdictOf } from './verdict';

/**
 * The run state machine. `startRun` and `advance` answer with the next state and the commands that a
 * driver performs; there is no clock, no I/O and no randomness here, so replaying the events gives
 * the same state. Engine invariant: an unfinished run has a task in flight, a timer set, a request for
 * slots under way, a window of 0 (its driver is draining it), or a task that waits for the run before or
 * for a person, of whom news will come.
 */
export function startRun(plan: Plan, identity: RunIdentity, at: string): Step<Run, RunCommand> {
  const run: Run = {
    format: 1,
    identity,
    state: 'running',
    reason: null,
    startedAt: at,
    endedAt: null,
    window: plan.spec.maxActiveTasks,
    ending: null,
    tasks: {},
    attempts: [],
  };
  const draft = new RunDraft(plan, run);
  askPast(draft);
  if (plan.spec.dagRunTimeoutMs !== null) {
    draft.command({ kind: 'set_run_timer', until: plusMs(at, plan.spec.dagRunTimeoutMs) });
  }
  for (const task of plan.spec.tasks) draft.toDecide.add(task.taskId);
  return settle(draft, at);
}

/** Applies a batch of events, in order, and decides what follows from them. */
export function advance(plan: Plan, run: Run, events: readonly RunEvent[]): Step<Run, RunCommand> {
  const last = events.at(-1);
  if (last === undefined || run.endedAt !== null) return { state: run, commands: [] };
  const draft = new RunDraft(plan, run);
  for (const event of events) {
    apply(draft, event);
    // After each event, so that how events were batched changes no gate's answer.
    decideGates(draft, event.at);
    if (isOver(draft)) return settle(draft, event.at);
  }
  return settle(draft, last.at);
}

/**
 * What a driver has to do again after it was replaced between two states (continue-as-new): timers
 * that were pending. Nothing may be in flight.
 */
export function resume(plan: Plan, run: Run, at: string): Step<Run, RunCommand> {
  const draft = new RunDraft(plan, run);
  askPast(draft);
  const timeoutMs = plan.spec.dagRunTimeoutMs;
  // Of a run that is ending, only teardowns are left, and they have their own time.
  if (timeoutMs !== null && run.ending === null)
    draft.command({ kind: 'set_run_timer', until: plusMs(run.startedAt, timeoutMs) });
  for (const task of plan.spec.tasks) {
    const { state, wakeAt } = draft.task(task.taskId);
    if (wakeAt === null) continue;
    draft.command({ kind: 'set_timer', taskId: task.taskId, until: wakeAt, purpose: purposes[state] ?? 'poke' });
    if (state === 'deferred') awaitCompletion(draft, task.taskId, wakeAt);
  }
  draft.setHead({ window: plan.spec.maxActiveTasks });
  return settle(draft, at);
}

const purposes: { readonly [state in TaskState]?: TimerPurpose } = {
  up_for_retry: 'retry',
  awaiting_input: 'answer',
  deferred: 'completion',
};

function apply(draft: RunDraft, event: RunEvent): void {
  switch (event.kind) {
    case 'task_started':
      return started(draft, event.taskId, event.at);
    case 'task_succeeded':
      return succeeded(draft, event);
    case 'task_failed':
      return failed(draft, event);
    case 'task_skipped':
      return skipped(draft, event);
    case 'task_cancelled':
      return cancelled(draft, event);
    case 'shard_progressed':
      return shardProgressed(draft, event);
    case 'shard_ended':
      shardEnded(draft, event);
      return failFast(draft, event);
    case 'timer_fired':
      return timerFired(draft, event);
    case 'completed_outside':
      return completedOutside(draft, event);
    case 'failed_outside':
      return failedOutside(draft, event);
    case 'question_answered':
      return answered(draft, event);
    case 'restart_requested':
      return restart(draft, event.taskId, event);
    case 'slots_granted':
      return slotsGranted(draft, event);
    case 'slots_wait':
      return slotsWait(draft, event);
    case 'stop_requested':
      return endEarly(draft, stopped(event.by), event.at);
    case 'run_timed_out':
      return endEarly(draft, timedOut(), event.at);
    case 'past_known':
      return pastKnown(draft, event.past);
    case 'window_changed':
      return draft.setHead({ window: event.window });
    default:
      return assertNever(event);
  }
}

function failFast(draft: RunDraft, { taskId, report, at }: Extract<RunEvent, { kind: 'shard_ended' }>): void {
  if (draft.plan.spec.failFast === true && report.failed.length > 0) endEarly(draft, failedFast(taskId), at);
}

function started(draft: RunDraft, taskId: string, at: string): void {
  if (draft.task(taskId).state !== 'queued') return;
  draft.set(taskId, {
    state: 'running',
    startedAt: at,
    firstStartedAt: draft.task(taskId).firstStartedAt ?? at,
    endedAt: null,
  });
}

function timerFired(draft: RunDraft, { taskId, until, at }: Extract<RunEvent, { kind: 'timer_fired' }>): void {
  const { state, wakeAt } = draft.task(taskId);
  // Fired in the same moment in which the wait was over.
  if (until !== wakeAt) return;
  if (state === 'awaiting_input') return unanswered(draft, taskId, at);
  if (state === 'deferred') return neverCompleted(draft, taskId, at);
  draft.set(taskId, { wakeAt: null });
  goOn(draft, taskId, at);
}

function restart(draft: RunDraft, taskId: string, { by, at }: { readonly by: string; readonly at: string }): void {
  const { state } = draft.task(taskId);
  if (state !== 'queued' && state !== 'running') return;
  draft.set(taskId, { state: 'restarting', reason: reason('restarting', `restarted by ${by}`) });
  cancelTask(draft, taskId, { by, at });
}

/** Whether every task has come to its end; what happens after that changes nothing. */
function isOver(draft: RunDraft): boolean {
  return draft.plan.spec.tasks.every((task) => isTerminal(draft.task(task.taskId).state));
}

/** Asks the gates that may have changed, fills the window, and ends the run when nothing is left. */
function settle(draft: RunDraft, at: string): Step<Run, RunCommand> {
  decideGates(draft, at);
  returnSlots(draft);
  fillWindow(draft);
  fillShards(draft);
  if (!isOver(draft)) tellPast(draft);
  else {
    const verdict = verdictOf(draft);
    draft.setHead({ state: verdict.state, reason: verdict.reason, endedAt: at });
    draft.command({ kind: 'end_run' });
  }
  return draft.step();
}

function decideGates(draft: RunDraft, at: string): void {
  for (const taskId of draft.toDecide) {
    // A set hands out what is added while it is walked, so a skip reaches its own downstream here.
    const task = plannedTask(draft.plan, taskId);
    if (draft.task(taskId).state === 'none') decide(draft, taskId, at);
    if (!isTerminal(draft.task(taskId).state)) continue;
    for (const watcher of task.watchers) requeue(draft, watcher);
  }
  draft.toDecide.clear();
}

/** Deleting first moves the task to the end, so that it is asked again after all that it waits for. */
function requeue(draft: RunDraft, taskId: string): void {
  if (draft.task(taskId).state !== 'none') return;
  draft.toDecide.delete(taskId);
  draft.toDecide.add(taskId);
}

function decide(draft: RunDraft, taskId: string, at: string): void {
  const look = (id: string): Upstream => asUpstream(draft.plan, id, draft.task(id));
  const verdict = gateOf(plannedTask(draft.plan, taskId), look, draft.head.past ?? null);
  if (verdict.decision === 'wait') return;
  if (verdict.decision === 'run') return goOn(draft, taskId, at);
  const state = verdict.decision === 'skip' ? 'skipped' : 'upstream_failed';
  draft.set(taskId, { state, reason: verdict.reason, endedAt: at });
}

/** A task whose gates said run waits for a slot; a question needs none. */
function goOn(draft: RunDraft, taskId: string, at: string): void {
  const { question } = plannedTask(draft.plan, taskId);
  if (question === undefined) return draft.set(taskId, { state: 'scheduled' });
  ask(draft, { taskId, question }, at);
}

/** Starts scheduled tasks, in the order of the plan, while the window has room; those that need slots ask first. */
function fillWindow(draft: RunDraft): void {
  const { spec, startOrder } = draft.plan;
  let free = draft.head.window - spec.tasks.filter((task) => isInFlight(draft.task(task.taskId).state)).length;
  for (const planned of startOrder) {
    if (free <= 0) return;
    const { taskId } = planned;
    const task = draft.task(taskId);
    if (task.state !== 'scheduled' || !holdsSlots(draft, planned)) continue;
    // A further poke of a sensor belongs to the try that it is in.
    const tryNumber = task.pokeCount > 0 ? task.tryNumber : task.tryNumber + 1;
    draft.set(taskId, { state: 'queued', tryNumber, reason: null });
    draft.command({ kind: 'start_task', taskId, tryNumber, pokeCount: task.pokeCount });
    free -= 1;
  }
}
