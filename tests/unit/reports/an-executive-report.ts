import type { CohortFigures, CountryFigures, ExecutiveData, MonthFigures } from '../../../reports';

/** A shop's figures: fifteen months, one dominant country, data that end within a month. */
export function executiveData(changes: Partial<ExecutiveData> = {}): ExecutiveData {
  return {
    currency: 'GBP',
    release: 22,
    firstDay: '2010-12-01',
    newestDay: '2012-02-09',
    customerCount: 4338,
    months: Array.from({ length: 15 }, (_, index) => aMonth(monthAfter(index), 500_000 + ((index * 7919) % 400_000))),
    cohorts: cohortsOf(15),
    segments: [
      { segment: 'Champions', customerCount: 1129, revenue: '5800000.1250' },
      { segment: 'Loyal', customerCount: 400, revenue: '900000.0000' },
      { segment: 'Lost', customerCount: 12, revenue: '310.5000' },
    ],
    countries: [aCountry('United Kingdom', 8_900_000), aCountry('Netherlands', 285_000), ...manyCountries(14)],
    products: [
      {
        stockCode: '22423',
        description: 'REGENCY CAKESTAND 3 TIER',
        revenue: '174156.5400',
        revenueShare: 0.017,
        returnRate: 0.062,
      },
      { stockCode: '84879', description: null, revenue: '58927.6200', revenueShare: 0.006, returnRate: null },
    ],
    productCount: 3913,
    topClassCount: 825,
    ...changes,
  };
}

/** What a warehouse holds before the first sale. */
export function noExecutiveData(): ExecutiveData {
  return executiveData({
    firstDay: null,
    newestDay: null,
    customerCount: 0,
    months: [],
    cohorts: [],
    segments: [],
    countries: [],
    products: [],
    productCount: 0,
    topClassCount: 0,
  });
}

export function aMonth(month: string, revenue: number): MonthFigures {
  return {
    month,
    revenue: `${revenue}.0040`,
    returnsAmount: '-25000.0000',
    netRevenue: `${revenue - 25_000}.0040`,
    orderCount: 1500,
    customerCount: 800,
  };
}

export function aCountry(country: string, revenue: number): CountryFigures {
  return {
    country,
    revenue: `${revenue}.0000`,
    returnsAmount: '-10.0000',
    netRevenue: `${revenue - 10}.0000`,
    orderCount: 12,
    customerCount: 5,
  };
}

/** A full triangle of cohorts, as the mart gives it: every month up to the newest one has a row. */
export function cohortsOf(count: number): readonly CohortFigures[] {
  return Array.from({ length: count }, (_, cohort) =>
    Array.from({ length: count - cohort }, (_, monthIndex) => ({
      cohortMonth: monthAfter(cohort),
      monthIndex,
      customerCount: monthIndex === 0 ? 400 : 100 + ((cohort * 31 + monthIndex * 17) % 60),
    })),
  ).flat();
}

function manyCountries(count: number): readonly CountryFigures[] {
  return Array.from({ length: count }, (_, index) => aCountry(`Country ${index + 1}`, 30_000 - index * 1000));
}

function monthAfter(index: number): string {
  const months = 11 + index;
  return `${2010 + Math.floor(months / 12)}-${String((months % 12) + 1).padStart(2, '0')}-01`;
}
