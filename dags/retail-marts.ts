import { asset, defineDag } from 'tidemill';
import { renderExecutiveReport } from '../activities/report/render-executive-report';

export const retailMarts = defineDag(
  {
    id: 'retail_marts',
    description: 'Rebuilds the marts from the newest release and draws the executive dashboard.',
    owner: 'analytics',
    tags: ['retail'],
    // Whatever days were published meanwhile, one run rebuilds the marts from all of them.
    schedule: asset('retail.star'),
    maxActiveRuns: 1,
    defaults: { retries: 2, retryDelay: '30 seconds', executionTimeout: '10 minutes' },
  },
  ({ sql, publish, task }) => {
    const segments = sql('marts.customer_rfm');
    const cohorts = sql('marts.cohort_retention');
    const products = sql('marts.product_performance');
    const countries = sql('marts.country_performance');
    const returns = sql('marts.return_matches');
    const daily = sql('marts.revenue_daily');
    const monthly = sql('marts.revenue_monthly');
    const reference = sql('marts.reference_monthly');

    const marts = [segments, cohorts, products, countries, returns, daily, monthly, reference];
    const release = publish('release', marts, { freshWithin: '26 hours' });
    task('executive_report', renderExecutiveReport, { datasets: marts }).after(release);
  },
);
