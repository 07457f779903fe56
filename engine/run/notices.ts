import type { Notifier, NotifyEvent, NotifyRule } from '../dag/notify';
import { plusMs } from '../time/instant';
import type { DataInterval } from '../time/interval';
import type { Plan } from './plan';
import { type Run, type RunIdentity, taskOf } from './run';
import type { TaskState } from './task-state';
import { runLabel } from './verdict';

/** One thing that one notifier has to tell. Plain data: it crosses Temporal, and webhooks get it as it is. */
export interface Notice {
  /** Unique within the execution of a run, and the same when it is made again. */
  readonly id: string;
  readonly event: NotifyEvent;
  readonly dagId: string;
  readonly runId: string;
  /** Null when it is about the run. */
  readonly taskId: string | null;
  readonly state: string;
  readonly reason: string | null;
  readonly tryNumber: number | null;
  readonly interval: DataInterval;
  readonly at: string;
  readonly by: Notifier;
}

const taskEvents: { readonly [state in TaskState]?: NotifyEvent } = {
  success: 'success',
  failed: 'failure',
  upstream_failed: 'failure',
  skipped: 'skip',
  up_for_retry: 'retry',
};

/** What there is to tell after a run went from one state to the next. Each end of a task, each retry and the end of the run once. */
export function noticesOf(plan: Plan, before: Run, after: Run, at: string): readonly Notice[] {
  const ofTasks = plan.watched.flatMap(({ taskId, notify }) => {
    const [old, now] = [taskOf(before, taskId), taskOf(after, taskId)];
    const event = taskEvents[now.state];
    if (event === undefined || (old.state === now.state && old.tryNumber === now.tryNumber)) return [];
    const { state, tryNumber } = now;
    const facts = { event, taskId, state, tryNumber, reason: now.reason?.message ?? null, at };
    return told(notify, after, facts);
  });
  if (before.endedAt !== null || after.endedAt === null) return ofTasks;
  const event: NotifyEvent = after.state === 'failed' ? 'failure' : 'success';
  const facts = {
    event,
    taskId: null,
    state: runLabel(after),
    tryNumber: null,
    reason: after.reason?.message ?? null,
    at,
  };
  return [...ofTasks, ...told(plan.spec.notify ?? [], after, facts)];
}

/** When a run is late; null when its DAG has no deadline. */
export function deadlineOf({ spec }: Plan, identity: RunIdentity): string | null {
  if (spec.deadline === undefined) return null;
  const { reference, afterMs } = spec.deadline;
  return plusMs(reference === 'queued_at' ? identity.queuedAt : identity.interval.end, afterMs);
}

/** What there is to tell of a run that was not over at its deadline. */
export function lateNotices(plan: Plan, run: Run, at: string): readonly Notice[] {
  if (run.endedAt !== null) return [];
  const open = plan.spec.tasks.filter(
    (task) => !['success', 'failed', 'skipped', 'upstream_failed'].includes(taskOf(run, task.taskId).state),
  );
  const names = open.map((task) => task.taskId);
  const shown = names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ');
  const facts = {
    event: 'deadline' as const,
    taskId: null,
    state: runLabel(run),
    tryNumber: null,
    reason: `not over at its deadline; open: ${shown}`,
    at,
  };
  return told(plan.spec.notify ?? [], run, facts);
}

type Facts = Pick<Notice, 'event' | 'taskId' | 'state' | 'tryNumber' | 'reason' | 'at'>;

/** A rule that names an event twice, or two rules with one notifier, tell it once each: an id for every rule. */
function told(rules: readonly NotifyRule[], run: Run, facts: Facts): readonly Notice[] {
  const { dagId, runId, interval } = run.identity;
  return rules.flatMap(({ on, by }, index) => {
    if (!on.includes(facts.event)) return [];
    const id = [facts.taskId ?? '', facts.event, facts.tryNumber ?? '', index].join('#');
    return [{ id, dagId, runId, interval, by, ...facts }];
  });
}
