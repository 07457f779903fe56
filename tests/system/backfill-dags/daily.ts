import { cron, defineDag } from 'tidemill';

const shortly = async (): Promise<null> => {
  await new Promise((resolve) => setTimeout(resolve, 100));
  return null;
};

/** A short task for each day: many runs, of which some are under way whenever something happens. */
export const daily = defineDag(
  {
    id: 'daily_steps',
    schedule: cron('0 0 * * *'),
    startDate: '2010-01-01',
    defaults: { retries: 0, heartbeatTimeout: '2 seconds' },
  },
  ({ task }) => {
    task('after', shortly, {}).after(task('step', shortly, {}));
  },
);
