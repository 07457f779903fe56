import { cron, type DatasetRef, defineDag, type TaskContext, z } from 'tidemill';

/** A task is an async function: a context, one object in, one small JSON value out. */
async function announce(context: TaskContext, input: { orders: DatasetRef; greeting: string }): Promise<string> {
  const text = `${input.greeting} ${input.orders.rowCount} orders`;
  context.log.info({ day: context.interval.start.slice(0, 10) }, text);
  return text;
}

/** One run per day: computes the orders of that day, and publishes them as a table. */
export const ordersDaily = defineDag(
  {
    id: 'orders_daily',
    description: 'The orders of a day, published as a table.',
    schedule: cron('0 0 * * *', { timezone: 'UTC', delay: '1 hour' }),
    startDate: '2026-01-01',
    params: z.object({ greeting: z.string().default('Today there were') }),
    defaults: { retries: 2, retryDelay: '10 seconds' },
  },
  ({ task, sql, publish, run }) => {
    const orders = sql('shop.orders');
    task('announce', announce, { orders, greeting: run.params.greeting });
    publish('release', orders, { freshWithin: '26 hours' });
  },
);
