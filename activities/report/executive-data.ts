import type {
  CohortFigures,
  CountryFigures,
  ExecutiveData,
  MonthFigures,
  ProductFigures,
  SegmentFigures,
} from '../../reports';
import type { Row, SqlSession } from '../../warehouse';

/** The marts that the dashboard reads; all of them must be bound in the session. */
export const EXECUTIVE_TABLES = [
  'marts.revenue_daily',
  'marts.revenue_monthly',
  'marts.cohort_retention',
  'marts.customer_rfm',
  'marts.country_performance',
  'marts.product_performance',
] as const;

/** Products named on the page. */
const PRODUCTS_SHOWN = 10;

/**
 * Reads what the dashboard shows from the bound marts. Every list has a total order and every sum is
 * over DECIMAL, so equal marts give equal data.
 */
export async function readExecutiveData(
  session: SqlSession,
  { release, currency }: { readonly release: number; readonly currency: string },
): Promise<ExecutiveData> {
  const [days] = await session.rows(
    'select min(day)::varchar as first_day, max(day)::varchar as newest_day from marts.revenue_daily',
  );
  const [customers] = await session.rows('select count(*) as customer_count from marts.customer_rfm');
  const [products] = await session.rows(`
    select count(*) as product_count, count(*) filter (abc_class = 'A') as top_class_count
    from marts.product_performance where is_product and revenue > 0`);
  return {
    currency,
    release,
    firstDay: textOrNull(days?.first_day),
    newestDay: textOrNull(days?.newest_day),
    customerCount: Number(customers?.customer_count ?? 0),
    months: await readMonths(session),
    cohorts: await readCohorts(session),
    segments: await readSegments(session),
    countries: await readCountries(session),
    products: await readProducts(session),
    productCount: Number(products?.product_count ?? 0),
    topClassCount: Number(products?.top_class_count ?? 0),
  };
}

async function readMonths(session: SqlSession): Promise<readonly MonthFigures[]> {
  const rows = await session.rows(`
    select month::varchar as month, ${money('revenue', 'returns_amount', 'net_revenue')}, order_count, customer_count
    from marts.revenue_monthly order by month`);
  return rows.map((row) => ({ month: String(row.month), ...moneyAndCounts(row) }));
}

async function readCohorts(session: SqlSession): Promise<readonly CohortFigures[]> {
  const rows = await session.rows(`
    select cohort_month::varchar as cohort_month, month_index, customer_count
    from marts.cohort_retention order by cohort_month, month_index`);
  return rows.map((row) => ({
    cohortMonth: String(row.cohort_month),
    monthIndex: Number(row.month_index),
    customerCount: Number(row.customer_count),
  }));
}

async function readSegments(session: SqlSession): Promise<readonly SegmentFigures[]> {
  const rows = await session.rows(`
    select segment, count(*) as customer_count, sum(monetary)::decimal(38, 4)::varchar as revenue
    from marts.customer_rfm group by segment order by sum(monetary) desc, segment`);
  return rows.map((row) => ({
    segment: String(row.segment),
    customerCount: Number(row.customer_count),
    revenue: String(row.revenue),
  }));
}

async function readCountries(session: SqlSession): Promise<readonly CountryFigures[]> {
  const rows = await session.rows(`
    select country, ${money('revenue', 'returns_amount', 'net_revenue')}, order_count, customer_count
    from marts.country_performance order by marts.country_performance.revenue desc, country_key`);
  return rows.map((row) => ({ country: String(row.country), ...moneyAndCounts(row) }));
}

async function readProducts(session: SqlSession): Promise<readonly ProductFigures[]> {
  const rows = await session.rows(
    `select stock_code, description, ${money('revenue')}, revenue_share::double as revenue_share, return_rate::double as return_rate
    from marts.product_performance
    where is_product and marts.product_performance.revenue > 0
    order by marts.product_performance.revenue desc, stock_code limit ${PRODUCTS_SHOWN}`,
  );
  return rows.map((row) => ({
    stockCode: String(row.stock_code),
    description: textOrNull(row.description),
    revenue: String(row.revenue),
    revenueShare: Number(row.revenue_share ?? 0),
    returnRate: row.return_rate == null ? null : Number(row.return_rate),
  }));
}

/** Columns as exact decimal text under their own names. */
function money(...columns: readonly string[]): string {
  return columns.map((column) => `${column}::decimal(38, 4)::varchar as ${column}`).join(', ');
}

function moneyAndCounts(row: Row): Omit<MonthFigures, 'month'> {
  return {
    revenue: String(row.revenue),
    returnsAmount: String(row.returns_amount),
    netRevenue: String(row.net_revenue),
    orderCount: Number(row.order_count),
    customerCount: Number(row.customer_count),
  };
}

function textOrNull(value: unknown): string | null {
  return value == null ? null : String(value);
}
