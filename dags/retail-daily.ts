import { asset, cron, defineDag, z } from 'tidemill';
import { extractInvoices, fileExists } from '../activities/extract/extract-invoices';

export const retailDaily = defineDag(
  {
    id: 'retail_daily',
    description: 'Loads the invoices of an interval of days and publishes them as a star schema.',
    owner: 'data platform',
    tags: ['retail'],
    // The interval is the day before; its run starts at two, when the shop has sent the day's file.
    schedule: cron('0 0 * * *', { timezone: 'UTC', delay: '2 hours' }),
    startDate: '2010-12-01',
    catchup: false,
    maxActiveRuns: 4,
    params: z.object({
      source: z.string().default('online_retail').describe('A file, or a folder of files, below the landing folder.'),
      sourceTimezone: z.string().default('UTC').describe("The zone of the source's wall clock; that of the schedule."),
    }),
    defaults: { retries: 3, retryDelay: '30 seconds', executionTimeout: '10 minutes' },
  },
  ({ sensor, task, sql, check, group, publish, run }) => {
    const source = { path: run.params.source };
    const landed = sensor('wait_for_file', fileExists, source, { pokeInterval: '30 seconds', timeout: '6 hours' });
    const raw = task('extract', extractInvoices, { source: run.params.source }).after(landed);

    const invoices = sql('staging.stg_invoices', { from: { raw } });
    const scores = sql('quality.scores');
    const rejected = sql('quality.rejected_rows', { from: { raw } });
    const quality = check('quality.invoices', { on: scores, minimumScore: 95 });

    const star = group('star', () => {
      sql('core.fact_sales');
      sql('core.fact_returns');
      sql('core.customer_days');
      sql('core.product_days');
    }).after(quality);

    publish('release', [invoices, scores, rejected, star], {
      wholes: ['core.dim_customer', 'core.dim_product', 'core.dim_date', 'core.dim_country'],
      freshWithin: '26 hours',
      outlets: [asset('retail.star')],
    });
  },
);
