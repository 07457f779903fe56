import { explainTask } from '../run/explain';
import type { Plan } from '../run/plan';
import { type Run, taskOf } from '../run/run';
import { drawnTasks } from '../run/summary';
import { retryCount, runLabel } from '../run/verdict';
import type { RunProgress } from '../wire';

/** A status page names so many of a run's retries; more of them are one trouble, and the run's own page has all. */
const shownRetries = 5;

/** How far a run has come, as its DAG's status page shows it: small, whatever the size of the run. */
export function progressOf(plan: Plan, run: Run): RunProgress {
  const waiting = plan.spec.tasks.filter(({ taskId }) => taskOf(run, taskId).state === 'up_for_retry');
  return {
    runId: run.identity.runId,
    label: runLabel(run),
    retries: retryCount(run),
    tasks: drawnTasks(plan, run),
    waits: waiting.slice(0, shownRetries).map(({ taskId }) => ({
      taskId,
      message: explainTask(plan, run, taskId)?.message ?? '',
    })),
    moreWaits: Math.max(0, waiting.length - shownRetries),
  };
}
