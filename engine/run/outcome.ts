import { groupsAround, type QuestionSpec, type SensorPolicy } from '../dag/spec';
import { didYouMean } from '../errors';
import { reason } from '../gates/reason';
import type { Json } from '../json';
import type { Expansion } from '../map/state';
import { epochMs, isoInstant, plusMs } from '../time/instant';
import { defer } from './deferral';
import type { RunDraft } from './draft';
import { endEarly, endingOf, failedFast } from './end-early';
import type { AttemptFacts, RunEvent } from './events';
import { inputOf } from './input';
import { expanded } from './mapping';
import { nextTryDelayMs } from './next-try';
import { countsForRun, descendantsOf, type PlannedTask, plannedTask } from './plan';
import { pokeDelayMs } from './poke-delay';
import type { AttemptRecord, Failure } from './run';
import { isInFlight } from './task-state';

type EventOf<Kind extends RunEvent['kind']> = Extract<RunEvent, { kind: Kind }>;

/** A handler returned. What that means depends on the kind of its task. */
export function succeeded(draft: RunDraft, event: EventOf<'task_succeeded'>): void {
  const task = inFlightTask(draft, event.taskId);
  if (task === null || beginsAgain(draft, event, 'success', null)) return;
  if (task.kind === 'deferred') return deferUnlessEnding(draft, task, event);
  conclude(draft, task, event);
}

function deferUnlessEnding(draft: RunDraft, task: PlannedTask, event: EventOf<'task_succeeded'>): void {
  record(draft, event, 'deferred', null);
  const ending = endingOf(draft, task);
  if (ending === null) return defer(draft, task, event);
  draft.set(task.taskId, { state: 'failed', endedAt: event.at, reason: ending });
  draft.toDecide.add(task.taskId);
}

/** What an output, or an answer, means to the run. */
export function conclude(draft: RunDraft, task: PlannedTask, event: EventOf<'task_succeeded'>): void {
  switch (task.kind) {
    case 'sensor':
      return event.output === true ? succeed(draft, event) : pokeAgain(draft, task, event);
    case 'branch':
      return follow(draft, task, event);
    case 'short_circuit':
      succeed(draft, event);
      if (event.output !== true)
        skipTasks(draft, [...descendantsOf(draft.plan, [task.taskId])], event, 'short_circuited', 'cut short by');
      return;
    case 'map':
      record(draft, event, 'success', null);
      return expanded(draft, task.taskId, event.output as unknown as Expansion, event.at);
    case 'latest_only':
      succeed(draft, event);
      if (event.output !== true) skipTasks(draft, task.downstream, event, 'not_latest', 'not the latest run, says');
      return;
    case 'question':
      return take(draft, task, event);
    default:
      return succeed(draft, event);
  }
}

/** A try failed: another one after its delay, or the end of the task. */
export function failed(draft: RunDraft, event: EventOf<'task_failed'>): void {
  const task = inFlightTask(draft, event.taskId);
  if (task === null || beginsAgain(draft, event, 'failed', event.failure)) return;
  fail(draft, task, event);
}

/** The handler ended its task as skipped. */
export function skipped(draft: RunDraft, event: EventOf<'task_skipped'>): void {
  const task = inFlightTask(draft, event.taskId);
  if (task === null || beginsAgain(draft, event, 'skipped', null)) return;
  record(draft, event, 'skipped', null);
  draft.set(event.taskId, { state: 'skipped', reason: reason('skipped_by_handler', event.message), endedAt: event.at });
  draft.toDecide.add(event.taskId);
}

/** A cancelled attempt belongs to a run that is ending, or to a task that begins again. */
export function cancelled(draft: RunDraft, { taskId, at, facts }: EventOf<'task_cancelled'>): void {
  if (!isInFlight(draft.task(taskId).state)) return;
  record(draft, { taskId, at, facts }, 'cancelled', null);
  const ending = endingOf(draft, plannedTask(draft.plan, taskId));
  if (ending === null) return beginAgain(draft, taskId, at);
  draft.set(taskId, { state: 'failed', endedAt: at, reason: ending });
  draft.toDecide.add(taskId);
}

/** A task that is to begin again does so whatever outcome its attempt had before the cancellation reached it. */
function beginsAgain(
  draft: RunDraft,
  event: EventOf<'task_succeeded' | 'task_failed' | 'task_skipped'>,
  outcome: AttemptRecord['state'],
  failure: Failure | null,
): boolean {
  const isEnding = endingOf(draft, plannedTask(draft.plan, event.taskId)) !== null;
  if (draft.task(event.taskId).state !== 'restarting' || isEnding) return false;
  record(draft, event, outcome, failure);
  beginAgain(draft, event.taskId, event.at);
  return true;
}

/** Without using up a try: nobody but the operator ended it. */
function beginAgain(draft: RunDraft, taskId: string, at: string): void {
  const { tryNumber } = draft.task(taskId);
  draft.set(taskId, { state: 'scheduled', tryNumber: tryNumber - 1, pokeCount: 0, endedAt: at });
}

/** The task that an outcome belongs to; null for one that came too late. */
function inFlightTask(draft: RunDraft, taskId: string): PlannedTask | null {
  const { state } = draft.task(taskId);
  if (!isInFlight(state)) return null;
  return plannedTask(draft.plan, taskId);
}

function succeed(draft: RunDraft, event: EventOf<'task_succeeded'>, output: Json = event.output): void {
  record(draft, event, 'success', null);
  draft.set(event.taskId, { state: 'success', reason: null, endedAt: event.at, output, rowCount: event.rowCount });
  draft.toDecide.add(event.taskId);
}

/** The sensor's wait goes on as a durable timer, or ends when its whole time is over. */
function pokeAgain(draft: RunDraft, task: PlannedTask, event: EventOf<'task_succeeded'>): void {
  const ending = endingOf(draft, task);
  const missing = missingText(event.output);
  if (ending !== null) {
    record(draft, event, 'waiting', null);
    draft.set(task.taskId, { state: 'failed', endedAt: event.at, reason: ending });
    draft.toDecide.add(task.taskId);
    return;
  }
  const { timeoutMs, softFail } = task.sensor as SensorPolicy;
  const instance = draft.task(task.taskId);
  const firstAt = instance.firstStartedAt ?? event.at;
  const deadlineMs = epochMs(firstAt) + timeoutMs;
  if (epochMs(event.at) >= deadlineMs) {
    const sought = JSON.stringify(inputOf(draft.plan, draft.current(), task.taskId));
    const failure: Failure = {
      code: 'sensor_timed_out',
      message: `Sensor ${task.taskId} waited ${Math.round(timeoutMs / 1_000)} s in ${instance.pokeCount + 1} pokes for ${sought} and found nothing${missing === null ? '' : `: ${missing}`}. Look whether it will come, then trigger the run again.`,
      retryable: false,
      details: { pokes: instance.pokeCount + 1 },
    };
    if (softFail === true) return foundNothing(draft, event, failure);
    return fail(draft, task, { ...event, kind: 'task_failed', failure });
  }
  record(draft, event, 'waiting', null);
  const logicalDate = draft.head.identity.interval.start;
  const delayMs = pokeDelayMs(draft.plan.spec.dagId, task, { logicalDate, pokeCount: instance.pokeCount });
  const until = isoInstant(Math.min(epochMs(event.at) + delayMs, deadlineMs));
  draft.set(task.taskId, {
    state: 'up_for_reschedule',
    wakeAt: until,
    pokeCount: instance.pokeCount + 1,
    endedAt: event.at,
    reason: reason('next_poke', `${missing === null ? '' : `${missing}; `}poke ${instance.pokeCount + 2} at ${until}`),
  });
  draft.command({ kind: 'set_timer', taskId: task.taskId, until, purpose: 'poke' });
}

/** What a sensor's handler says is still missing, without its full stop; null when it said no more than that. */
function missingText(output: Json): string | null {
  return typeof output === 'string' && output !== '' ? output.slice(0, 500).replace(/\.$/, '') : null;
}

/** The end of a sensor with `softFail` that found nothing in its time. */
function foundNothing(draft: RunDraft, event: EventOf<'task_succeeded'>, failure: Failure): void {
  record(draft, event, 'skipped', failure);
  const why = reason('sensor_timed_out', failure.message);
  draft.set(event.taskId, { state: 'skipped', endedAt: event.at, reason: why });
  draft.toDecide.add(event.taskId);
}

export function fail(draft: RunDraft, task: PlannedTask, event: EventOf<'task_failed'>): void {
  const { taskId, failure, at } = event;
  const { spec } = draft.plan;
  const policy = task.policyOfTask;
  const { tryNumber } = draft.task(taskId);
  record(draft, event, 'failed', failure);
  const logicalDate = draft.head.identity.interval.start;
  const delayMs = nextTryDelayMs(policy, failure, { dagId: spec.dagId, taskId, logicalDate, tryNumber });
  if (delayMs === null || endingOf(draft, task) !== null) {
    const why = failure.code === 'sensor_timed_out' ? 'sensor_timed_out' : 'handler_failed';
    draft.set(taskId, {
      state: 'failed',
      endedAt: at,
      failure,
      reason: reason(why, `${failure.code}: ${failure.message}`),
    });
    draft.toDecide.add(taskId);
    if (spec.failFast === true && countsForRun(task)) endEarly(draft, failedFast(taskId), at);
    return;
  }
  const until = plusMs(at, delayMs);
  const why = `try ${tryNumber + 1} of ${policy.retries + 1} at ${until}, after ${failure.code}: ${failure.message}`;
  draft.set(taskId, {
    state: 'up_for_retry',
    wakeAt: until,
    endedAt: at,
    pokeCount: 0,
    failure,
    reason: reason('retry_delay', why),
  });
  draft.command({ kind: 'set_timer', taskId, until, purpose: 'retry' });
}

/** Skips the direct downstream tasks that the branch did not choose and that no chosen one leads to. */
function follow(draft: RunDraft, task: PlannedTask, event: EventOf<'task_succeeded'>): void {
  const choices = (Array.isArray(event.output) ? event.output : [event.output]) as readonly Json[];
  const groupsOf = (id: string): readonly string[] => groupsAround(plannedTask(draft.plan, id));
  const known = [...new Set([...task.downstream, ...task.downstream.flatMap(groupsOf)])];
  const unknown = choices.find((choice) => typeof choice !== 'string' || !known.includes(choice));
  if (unknown !== undefined) {
    const name = String(unknown);
    const failure: Failure = {
      code: 'branch_unknown_choice',
      message: `Branch ${task.taskId} chose "${name}", which is not directly downstream of it.${didYouMean(name, known)}`,
      retryable: false,
      details: { choice: unknown, downstream: [...task.downstream] },
    };
    return fail(draft, task, { ...event, kind: 'task_failed', failure });
  }
  const taken = task.downstream.filter((id) => [id, ...groupsOf(id)].some((name) => choices.includes(name)));
  const kept = new Set([...taken, ...descendantsOf(draft.plan, taken)]);
  succeed(draft, event, taken);
  skipTasks(
    draft,
    task.downstream.filter((id) => !kept.has(id)),
    event,
    'branch_not_taken',
    'not chosen by',
  );
}

/** Takes a person's answer: a choice is followed, a no ends what comes after it. */
function take(draft: RunDraft, task: PlannedTask, event: EventOf<'task_succeeded'>): void {
  const { ask, failOnReject } = task.question as QuestionSpec;
  if (ask === 'choose') return follow(draft, task, event);
  if (ask === 'fill' || event.output === true) return succeed(draft, event);
  if (failOnReject === true) {
    const message = `${event.facts.worker} rejected ${task.taskId}`;
    const failure = { code: 'question_rejected', message, retryable: false, details: null };
    return fail(draft, task, { ...event, kind: 'task_failed', failure });
  }
  succeed(draft, event);
  skipTasks(draft, [...descendantsOf(draft.plan, [task.taskId])], event, 'rejected', 'rejected in');
}

function skipTasks(
  draft: RunDraft,
  taskIds: readonly string[],
  event: EventOf<'task_succeeded'>,
  code: 'branch_not_taken' | 'short_circuited' | 'not_latest' | 'rejected',
  what: string,
): void {
  for (const taskId of taskIds) {
    // A teardown goes by what became of its setups.
    if (draft.task(taskId).state !== 'none' || plannedTask(draft.plan, taskId).role === 'teardown') continue;
    draft.set(taskId, { state: 'skipped', endedAt: event.at, reason: reason(code, what, [event.taskId]) });
    draft.toDecide.add(taskId);
  }
}

/**
 * Records an execution, and before it those of the same try whose workers were lost: their number is
 * known (`facts.attempt` counts them), their ends are not, so they are taken to last until the next one.
 */
function record(
  draft: RunDraft,
  { taskId, at, facts }: { readonly taskId: string; readonly at: string; readonly facts: AttemptFacts | null },
  state: AttemptRecord['state'],
  failure: Failure | null,
): void {
  const { tryNumber, startedAt } = draft.task(taskId);
  const unanswered = state === 'failed' ? 1 : 0;
  const lostCount = facts === null ? unanswered : facts.attempt - 1;
  for (let attempt = 1; attempt <= lostCount; attempt += 1) {
    draft.record({
      taskId,
      tryNumber,
      attempt,
      state: 'lost',
      startedAt: startedAt ?? at,
      endedAt: facts?.startedAt ?? at,
      errorCode: 'worker_lost',
      errorMessage: null,
      worker: null,
    });
  }
  if (facts === null) return;
  if (facts.label !== undefined) draft.set(taskId, { label: facts.label });
  const error = { errorCode: failure?.code ?? null, errorMessage: failure?.message ?? null };
  const { label: _label, ...known } = facts;
  draft.record({ taskId, tryNumber, ...known, state, ...error });
}
