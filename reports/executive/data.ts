/**
 * What the executive dashboard shows: small aggregates of one release's marts, as plain data that can
 * be cloned into a thread. Money is exact decimal text (`"10631048.7440"`), days and months are
 * `YYYY-MM-DD`. Names come from the source and are not to be trusted.
 */
export interface ExecutiveData {
  /** ISO code of the currency that all money is in. */
  readonly currency: string;
  /** The release whose tables the marts were computed from. */
  readonly release: number;
  /** First and newest day with sales or returns; null when there are none. */
  readonly firstDay: string | null;
  readonly newestDay: string | null;
  /** Known customers who bought something. */
  readonly customerCount: number;
  /** Ascending; a month with neither sales nor returns may be missing. */
  readonly months: readonly MonthFigures[];
  /** Ascending by cohort, then by month index. */
  readonly cohorts: readonly CohortFigures[];
  /** By revenue, greatest first. */
  readonly segments: readonly SegmentFigures[];
  /** By revenue, greatest first. */
  readonly countries: readonly CountryFigures[];
  /** The products that sold most, greatest first, out of `productCount`. */
  readonly products: readonly ProductFigures[];
  readonly productCount: number;
  /** How many products make the first 80 % of revenue. */
  readonly topClassCount: number;
}

export interface MonthFigures {
  readonly month: string;
  readonly revenue: string;
  /** Zero or less. */
  readonly returnsAmount: string;
  readonly netRevenue: string;
  readonly orderCount: number;
  readonly customerCount: number;
}

export interface CohortFigures {
  readonly cohortMonth: string;
  /** Months since the cohort's first purchase, from 0. */
  readonly monthIndex: number;
  readonly customerCount: number;
}

export interface SegmentFigures {
  readonly segment: string;
  readonly customerCount: number;
  readonly revenue: string;
}

export interface CountryFigures {
  readonly country: string;
  readonly revenue: string;
  readonly returnsAmount: string;
  readonly netRevenue: string;
  readonly orderCount: number;
  readonly customerCount: number;
}

export interface ProductFigures {
  readonly stockCode: string;
  readonly description: string | null;
  readonly revenue: string;
  /** Of the revenue of all products, 0 to 1. */
  readonly revenueShare: number;
  /** Returned pieces per sold piece. */
  readonly returnRate: number | null;
}
