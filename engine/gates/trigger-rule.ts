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
}

interface Census {
  readonly total: number;
  readonly pending: readonly string[];
  readonly succeeded: readonly string[];
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
  /** Failed and upstream_failed together. */
  readonly broken: readonly string[];
}

const run: Verdict = { decision: 'run' };

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
        (census.succeeded.length > 0 ? run : block('no upstream succeeded', census.broken))
      );
    case 'all_skipped':
      return skipIf(census.succeeded, 'succeeded') ?? skipIf(census.broken, 'failed') ?? waitForRest(census) ?? run;
    case 'one_success':
      return census.succeeded.length > 0 ? run : (waitForRest(census) ?? withoutSuccess(census));
    case 'one_failed':
      return census.broken.length > 0 ? run : (waitForRest(census) ?? skip('no upstream failed', []));
    case 'one_done':
      return census.succeeded.length + census.failed.length > 0
        ? run
        : (waitForRest(census) ?? skip('no upstream ran to an end', []));
    case 'none_failed':
      return blockIf(census.broken) ?? waitForRest(census) ?? run;
    case 'none_failed_min_one_success':
      return (
        blockIf(census.broken) ??
        waitForRest(census) ??
        (census.succeeded.length > 0 ? run : skip('every upstream was skipped', census.skipped))
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
  const idsOf = (isMeant: (state: TaskState) => boolean): string[] =>
    upstream.filter((task) => isMeant(task.state)).map((task) => task.taskId);
  return {
    total: upstream.length,
    pending: idsOf((state) => !isTerminal(state)),
    succeeded: idsOf((state) => state === 'success'),
    failed: idsOf((state) => state === 'failed'),
    skipped: idsOf((state) => state === 'skipped'),
    broken: idsOf(isFailure),
  };
}

function waitForRest(census: Census): Verdict | null {
  if (census.pending.length === 0) return null;
  return {
    decision: 'wait',
    reason: reason(
      'upstream_unfinished',
      `${census.pending.length} of ${census.total} upstream not finished`,
      census.pending,
    ),
  };
}

function blockIf(broken: readonly string[]): Verdict | null {
  return broken.length === 0 ? null : block(`${broken.length} upstream failed`, broken);
}

function skipIf(tasks: readonly string[], what: string): Verdict | null {
  return tasks.length === 0 ? null : skip(`${tasks.length} upstream ${what}`, tasks);
}

function withoutSuccess(census: Census): Verdict {
  return census.broken.length === 0
    ? skip('every upstream was skipped', census.skipped)
    : block('no upstream succeeded', census.broken);
}

/** With every upstream at its end: what was set up is taken down, and nothing else. */
function afterSetups(setups: Census): Verdict {
  if (setups.total === 0 || setups.succeeded.length > 0) return run;
  return setups.skipped.length === setups.total
    ? skip('every setup was skipped', setups.skipped)
    : block('no setup succeeded', setups.broken);
}

function block(message: string, tasks: readonly string[]): Verdict {
  return { decision: 'block', reason: reason('upstream_failed', message, tasks) };
}

function skip(message: string, tasks: readonly string[]): Verdict {
  return { decision: 'skip', reason: reason('trigger_rule_unmet', message, tasks) };
}
