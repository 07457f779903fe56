import { assertNever } from '../errors';
import { isFailure, isTerminal, type TaskState } from '../run/task-state';
import { type Reason, reason } from './reason';

/** Airflow's trigger rules; counts are over the direct upstream tasks. */
export const triggerRules = [
  'all_success',
  'all_failed',
  'all_done',
  'all_done_min_one_success',
  'all_skipped',
  'one_success',
  'one_failed',
  'one_done',
  'none_failed',
  'none_failed_min_one_success',
  'none_skipped',
  'always',
] as const;

export type TriggerRule = (typeof triggerRules)[number];

/** The rules of authors, and the one of every teardown, which nobody chooses. */
export type GateRule = TriggerRule | 'all_done_setup_success';

/** A gate's answer. `skip` and `block` are final: the task ends `skipped` or `upstream_failed`. */
export type Verdict =
  | { readonly decision: 'run' }
  | { readonly decision: 'wait'; readonly reason: Reason }
  | { readonly decision: 'skip'; readonly reason: Reason }
  | { readonly decision: 'block'; readonly reason: Reason };

/** An upstream task as a gate sees it. */
export interface Upstream {
  readonly taskId: string;
  readonly state: TaskState;
  /** Of a mapped task: how many of its instances are in which state; each of them counts. */
  readonly instances?: { readonly [State in TaskState]?: number };
}

/** How many upstream instances are meant, and the tasks that they are of. */
interface Share {
  readonly count: number;
  readonly tasks: readonly string[];
}

interface Census {
  readonly total: number;
  readonly pending: Share;
  readonly succeeded: Share;
  readonly failed: Share;
  readonly skipped: Share;
  /** Failed and upstream_failed together. */
  readonly broken: Share;
}

const run: Verdict = { decision: 'run' };
const nobody: Share = { count: 0, tasks: [] };

/**
 * Decides whether a task may start, from the states of its direct upstream tasks. A rule decides as
 * early as its answer can no longer change. A task with no upstream runs under every rule, as in
 * Airflow. `setups` are those of the upstream tasks that a teardown belongs to. Source: Airflow
 * `ti_deps/deps/trigger_rule_dep.py` (see docs/airflow-parity.md).
 */
export function decideTriggerRule(
  rule: GateRule,
  upstream: readonly Upstream[],
  setups: readonly Upstream[] = [],
): Verdict {
  if (upstream.length === 0) return run;
  const census = count(upstream);
  switch (rule) {
    case 'all_success':
      return blockIf(census.broken) ?? skipIf(census.skipped, 'skipped') ?? waitForRest(census) ?? run;
    case 'all_failed':
      return skipIf(census.succeeded, 'succeeded') ?? skipIf(census.skipped, 'skipped') ?? waitForRest(census) ?? run;
    case 'all_done':
      return waitForRest(census) ?? run;
    case 'all_done_min_one_success':
      return (
        skipIf(census.skipped, 'skipped') ??
        waitForRest(census) ??
        (census.succeeded.count > 0 ? run : block('no upstream succeeded', census.broken))
      );
    case 'all_skipped':
      return skipIf(census.succeeded, 'succeeded') ?? skipIf(census.broken, 'failed') ?? waitForRest(census) ?? run;
    case 'one_success':
      return census.succeeded.count > 0 ? run : (waitForRest(census) ?? withoutSuccess(census));
    case 'one_failed':
      return census.broken.count > 0 ? run : (waitForRest(census) ?? skip('no upstream failed', nobody));
    case 'one_done':
      return census.succeeded.count + census.failed.count > 0
        ? run
        : (waitForRest(census) ?? skip('no upstream ran to an end', nobody));
    case 'none_failed':
      return blockIf(census.broken) ?? waitForRest(census) ?? run;
    case 'none_failed_min_one_success':
      return (
        blockIf(census.broken) ??
        waitForRest(census) ??
        (census.succeeded.count > 0 ? run : skip('every upstream was skipped', census.skipped))
      );
    case 'none_skipped':
      return skipIf(census.skipped, 'skipped') ?? waitForRest(census) ?? run;
    case 'always':
      return run;
    case 'all_done_setup_success':
      return waitForRest(census) ?? afterSetups(count(setups));
    default:
      return assertNever(rule);
  }
}

function count(upstream: readonly Upstream[]): Census {
  const share = (isMeant: (state: TaskState) => boolean): Share => {
    const found = upstream.map((task) => ({ taskId: task.taskId, count: countOf(task, isMeant) }));
    const counted = found.filter((one) => one.count > 0);
    return { count: counted.reduce((sum, one) => sum + one.count, 0), tasks: counted.map((one) => one.taskId) };
  };
  return {
    total: share(() => true).count,
    pending: share((state) => !isTerminal(state)),
    succeeded: share((state) => state === 'success'),
    failed: share((state) => state === 'failed'),
    skipped: share((state) => state === 'skipped'),
    broken: share(isFailure),
  };
}

function countOf({ state, instances }: Upstream, isMeant: (state: TaskState) => boolean): number {
  if (instances === undefined) return isMeant(state) ? 1 : 0;
  const entries = Object.entries(instances) as [TaskState, number][];
  return entries.reduce((sum, [one, number]) => sum + (isMeant(one) ? number : 0), 0);
}

function waitForRest({ pending, total }: Census): Verdict | null {
  if (pending.count === 0) return null;
  const message = `${pending.count} of ${total} upstream not finished`;
  return { decision: 'wait', reason: reason('upstream_unfinished', message, pending.tasks) };
}

function blockIf(broken: Share): Verdict | null {
  return broken.count === 0 ? null : block(`${broken.count} upstream failed`, broken);
}

function skipIf(share: Share, what: string): Verdict | null {
  return share.count === 0 ? null : skip(`${share.count} upstream ${what}`, share);
}

function withoutSuccess(census: Census): Verdict {
  return census.broken.count === 0
    ? skip('every upstream was skipped', census.skipped)
    : block('no upstream succeeded', census.broken);
}

/** With every upstream at its end: what was set up is taken down, and nothing else. */
function afterSetups(setups: Census): Verdict {
  if (setups.total === 0 || setups.succeeded.count > 0) return run;
  return setups.skipped.count === setups.total
    ? skip('every setup was skipped', setups.skipped)
    : block('no setup succeeded', setups.broken);
}

function block(message: string, { tasks }: Share): Verdict {
  return { decision: 'block', reason: reason('upstream_failed', message, tasks) };
}

function skip(message: string, { tasks }: Share): Verdict {
  return { decision: 'skip', reason: reason('trigger_rule_unmet', message, tasks) };
}
