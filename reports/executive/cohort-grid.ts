import { addMonths, isMonthEnd, monthOf } from '../frame/calendar';
import type { ExecutiveData } from './data';

/** One cohort: how many customers it began with and how many of them bought again, by months since. */
export interface Cohort {
  readonly month: string;
  readonly size: number;
  /** Index 0 is the first month after the cohort's own; null where nothing is known. */
  readonly returned: readonly (number | null)[];
}

/** Cohorts as rows of equal length, with the share that came back on average. */
export interface CohortGrid {
  readonly cohorts: readonly Cohort[];
  readonly monthCount: number;
  /** Month that the data end in, when they do not reach its end; null otherwise. */
  readonly partialMonth: string | null;
}

/** Arranges the retention figures as a grid; months of which a cohort has no row stay empty. */
export function cohortGrid({ cohorts: figures, newestDay }: ExecutiveData): CohortGrid {
  const counts = new Map(figures.map((row) => [`${row.cohortMonth} ${row.monthIndex}`, row.customerCount]));
  const months = [...new Set(figures.map((row) => row.cohortMonth))].sort();
  const monthCount = figures.reduce((most, row) => Math.max(most, row.monthIndex), 0);
  const cohorts = months.map((month) => ({
    month,
    size: counts.get(`${month} 0`) ?? 0,
    returned: Array.from({ length: monthCount }, (_, index) => counts.get(`${month} ${index + 1}`) ?? null),
  }));
  return {
    cohorts,
    monthCount,
    partialMonth: newestDay === null || isMonthEnd(newestDay) ? null : monthOf(newestDay),
  };
}

/** The newest cohorts and their first months: as many as stay readable. */
export function newestCohorts(grid: CohortGrid, most: number): CohortGrid {
  return {
    ...grid,
    cohorts: grid.cohorts.slice(-most).map((cohort) => ({ ...cohort, returned: cohort.returned.slice(0, most) })),
    monthCount: Math.min(grid.monthCount, most),
  };
}

/** True for a cell of the month that the data end in. */
export function isPartialCell({ partialMonth }: CohortGrid, cohort: Cohort, index: number): boolean {
  return partialMonth !== null && addMonths(cohort.month, index + 1) === partialMonth;
}

/**
 * Share of customers who came back that many months later, over all cohorts that have had the time;
 * null when there is none. The incomplete month is left out.
 */
export function averageRetention(grid: CohortGrid, index: number): number | null {
  const known = grid.cohorts.filter((cohort) => cohort.returned[index] != null && !isPartialCell(grid, cohort, index));
  const size = known.reduce((sum, cohort) => sum + cohort.size, 0);
  return size === 0 ? null : known.reduce((sum, cohort) => sum + (cohort.returned[index] ?? 0), 0) / size;
}

/** The cohort of which the greatest share came back a given number of months later; null when there is none. */
export function mostLoyal(grid: CohortGrid, index: number): { readonly month: string; readonly share: number } | null {
  let best: { month: string; share: number } | null = null;
  for (const cohort of grid.cohorts) {
    const returned = cohort.returned[index];
    if (returned == null || cohort.size === 0 || isPartialCell(grid, cohort, index)) continue;
    const share = returned / cohort.size;
    if (best === null || share > best.share) best = { month: cohort.month, share };
  }
  return best;
}
