import { isJsonObject } from '../json';
import { epochMs } from '../time/instant';
import type { RunSummary } from '../wire';
import { unmetStates } from './past';
import type { Plan } from './plan';
import { type Run, taskOf } from './run';
import { retryCount, runLabel } from './verdict';

/** Wider DAGs are not drawn in the grid: a page of symbols that nobody can read. */
const widestGrid = 50;

/** What a run tells its DAG's control: small, whatever the size of the run. */
export function summarizeRun(plan: Plan, run: Run, at: string): RunSummary {
  const { runId, runType, interval } = run.identity;
  return {
    runId,
    runType,
    interval,
    state: run.state,
    label: runLabel(run),
    startedAt: run.startedAt,
    endedAt: run.endedAt ?? at,
    retries: retryCount(run),
    freshUntil: freshUntilOf(plan, run),
    freshTables: freshTablesOf(plan, run),
    tasks: drawnTasks(plan, run),
    ...(plan.awaited.length === 0 ? {} : { unmet: unmetStates(plan, run) }),
  };
}

/** States by task id for the grid; empty for a DAG that is too wide to draw. */
export function drawnTasks(plan: Plan, run: Run): RunSummary['tasks'] {
  const drawn = plan.spec.tasks.length <= widestGrid ? plan.spec.tasks : [];
  return Object.fromEntries(drawn.map(({ taskId }) => [taskId, taskOf(run, taskId).state]));
}

/** The latest `fresh_until` that a publish of this run reported; null when none did. */
export function freshUntilOf(plan: Plan, run: Run): string | null {
  const published = plan.spec.tasks.flatMap(({ kind, taskId }) => {
    if (kind !== 'publish') return [];
    const { output } = taskOf(run, taskId);
    return isJsonObject(output) && typeof output.fresh_until === 'string' ? [output.fresh_until] : [];
  });
  return published.sort((a, b) => epochMs(b) - epochMs(a))[0] ?? null;
}

/** Of every table that this run's publishes named: until when it is fresh. */
function freshTablesOf(plan: Plan, run: Run): { readonly [table: string]: string } {
  const entries = plan.spec.tasks.flatMap(({ kind, taskId }) => {
    if (kind !== 'publish') return [];
    const { output } = taskOf(run, taskId);
    if (!isJsonObject(output) || typeof output.fresh_until !== 'string' || !Array.isArray(output.tables)) return [];
    const until = output.fresh_until;
    return output.tables.filter(isJsonObject).map(({ table }) => [String(table), until] as const);
  });
  return Object.fromEntries(entries);
}
