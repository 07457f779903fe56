import { setTimeout as sleep } from 'node:timers/promises';
import { defineDag, FailTask, OutsideUnavailable, type TaskContext } from 'tidemill';

const nothing = async (): Promise<null> => null;

/** Long enough that something is always under way when a process dies. */
async function work(context: TaskContext): Promise<null> {
  await sleep(300, undefined, { signal: context.signal });
  return null;
}

async function breakForGood(): Promise<never> {
  throw new FailTask('it always breaks');
}

async function succeedTheSecondTime(context: TaskContext): Promise<number> {
  if (context.identity.tryNumber > 1) return context.identity.tryNumber;
  throw new OutsideUnavailable({ code: 'not_yet', message: 'Not the first time.' });
}

/** A lost worker is soon noticed; a try that lost five of them is not the end. */
const hardy = { retries: 8, retryDelay: '200 milliseconds', heartbeatTimeout: '2 seconds' } as const;

/** Publishes a day of visits, each day as one release. Ends as success. */
export const stormPublish = defineDag(
  { id: 'storm_publish', maxActiveRuns: 4, defaults: hardy },
  ({ task, sql, publish }) => {
    const visits = sql('shop.visits').after(task('work', work, {}));
    publish('release', visits);
  },
);

/** Ends as failed, its last task as upstream_failed. */
export const stormFail = defineDag({ id: 'storm_fail', maxActiveRuns: 4, defaults: hardy }, ({ task }) => {
  const broken = task('break', breakForGood, {}).after(task('work', work, {}));
  task('after_it', nothing, {}).after(broken);
});

/** Ends as success, with a second try. */
export const stormRetry = defineDag({ id: 'storm_retry', maxActiveRuns: 4, defaults: hardy }, ({ task }) => {
  task('after_it', work, {}).after(task('flaky', succeedTheSecondTime, {}));
});

/** As short as a run can be. */
export const soak = defineDag({ id: 'soak', maxActiveRuns: 20 }, ({ task }) => {
  task('only', nothing, {});
});
