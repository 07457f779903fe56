import type { EChartsOption } from 'echarts';
import type { Drawing } from '../frame/chart';
import type { Figure } from '../frame/figure';
import { formatCount, formatMoney, formatPercent, formatShortMoney } from '../frame/format';
import { shortText } from '../frame/html';
import { renderTable } from '../frame/table';
import type { CountryFigures, ExecutiveData } from './data';
import { sumMoney } from './money';

/** Countries drawn by name; the rest is one bar. */
const MOST_BARS = 10;

/** Above this share one country would press all other bars against the axis: it gets a strip of its own. */
const DOMINANT_SHARE = 0.5;

interface CountryBar {
  readonly label: string;
  readonly revenue: number;
  readonly isRest: boolean;
}

interface CountryPicture {
  /** The country that brings most of the revenue, when one does. */
  readonly dominant: CountryBar | null;
  readonly bars: readonly CountryBar[];
  readonly total: number;
}

/** Revenue by country; a dominant home market is set apart so that the others can be compared. */
export function countriesFigure({ countries, currency }: ExecutiveData): Figure {
  const picture = countryPicture(countries);
  const isDrawn = countries.length > 0;
  return {
    id: 'countries',
    heading: 'Countries',
    finding: countryFinding(picture, currency),
    key:
      picture.dominant === null
        ? []
        : [
            { label: picture.dominant.label, shape: 'block', colour: '--accent' },
            { label: 'All others', shape: 'block', colour: '--accent-soft' },
          ],
    chart: isDrawn ? { wide: draw(picture, currency, 'wide'), narrow: draw(picture, currency, 'narrow') } : null,
    note: isDrawn ? countryNote(picture) : null,
    table: isDrawn ? countryTable(countries, currency) : null,
  };
}

function countryPicture(countries: readonly CountryFigures[]): CountryPicture {
  const total = Number(sumMoney(countries.map(({ revenue }) => revenue)));
  const all = countries.map(({ country, revenue }) => ({
    label: shortText(country, 40) || 'No name',
    revenue: Number(revenue),
    isRest: false,
  }));
  const [first] = all;
  const dominant = first !== undefined && all.length > 1 && first.revenue > DOMINANT_SHARE * total ? first : null;
  const others = dominant === null ? all : all.slice(1);
  const named = others.length <= MOST_BARS + 1 ? others : others.slice(0, MOST_BARS);
  const rest = others.slice(named.length);
  const restBar = {
    label: `${rest.length} others`,
    revenue: rest.reduce((sum, bar) => sum + bar.revenue, 0),
    isRest: true,
  };
  return { dominant, bars: rest.length === 0 ? named : [...named, restBar], total };
}

function countryFinding({ dominant, bars, total }: CountryPicture, currency: string): string {
  const [first, second] = bars;
  if (first === undefined) return 'There are no sales yet.';
  const share = (bar: CountryBar) =>
    formatPercent(total > 0 ? bar.revenue / total : 0, bar.revenue / total < 0.1 ? 1 : 0);
  if (dominant !== null) {
    return `${dominant.label} brings ${share(dominant)} of revenue; next is ${first.label}, with ${formatShortMoney(first.revenue, currency)} or ${share(first)}.`;
  }
  const lead = `${first.label} brings ${share(first)} of revenue`;
  return second === undefined || second.isRest ? `${lead}.` : `${lead}, ${second.label} ${share(second)}.`;
}

function countryNote({ dominant }: CountryPicture): string {
  return dominant === null
    ? 'Gross revenue.'
    : `Gross revenue. Above, ${dominant.label} against all others; below, the others among themselves.`;
}

function draw(picture: CountryPicture, currency: string, shape: 'wide' | 'narrow'): Drawing {
  const isWide = shape === 'wide';
  const { dominant, bars } = picture;
  const left = isWide ? 138 : 112;
  const stripHeight = dominant === null ? 0 : 58;
  const height = stripHeight + 8 + bars.length * 30;
  const option: EChartsOption = {
    grid: [
      { left, right: 58, top: stripHeight + 4, bottom: 4 },
      { left: 0, right: 0, top: 4, height: 26 },
    ],
    xAxis: [
      { type: 'value', show: false, min: 0, gridIndex: 0 },
      { type: 'value', show: false, min: 0, max: 1, gridIndex: 1 },
    ],
    yAxis: [
      {
        type: 'category',
        inverse: true,
        gridIndex: 0,
        data: bars.map(({ label }) => label),
        axisTick: { show: false },
        axisLine: { show: false },
        axisLabel: {
          color: 'var(--ink)',
          fontSize: isWide ? 13 : 12,
          width: left - 10,
          overflow: 'truncate',
          ellipsis: '…',
          interval: 0,
        },
      },
      { type: 'category', show: false, gridIndex: 1, data: ['all'] },
    ],
    series: [barSeries(bars, currency), ...(dominant === null ? [] : stripSeries(dominant, picture.total))],
  };
  return { width: isWide ? 500 : 360, height, option };
}

function barSeries(bars: readonly CountryBar[], currency: string): object {
  return {
    type: 'bar',
    barWidth: 16,
    data: bars.map(({ revenue, isRest }) => ({
      value: revenue,
      itemStyle: { color: isRest ? 'var(--rule)' : 'var(--accent-soft)' },
    })),
    label: {
      show: true,
      position: 'right',
      color: 'var(--muted)',
      fontSize: 12,
      formatter: ({ value }: { readonly value: number }) => formatShortMoney(value, currency),
    },
  };
}

function stripSeries(dominant: CountryBar, total: number): readonly object[] {
  const share = dominant.revenue / total;
  return [
    { value: share, color: 'var(--accent)', ink: 'var(--surface)' },
    { value: 1 - share, color: 'var(--accent-soft)', ink: 'var(--ink)' },
  ].map(({ value, color, ink }) => ({
    type: 'bar',
    stack: 'strip',
    xAxisIndex: 1,
    yAxisIndex: 1,
    barWidth: 26,
    itemStyle: { color, borderColor: 'var(--surface)', borderWidth: 1 },
    label: {
      // A narrower part has no room for its number; the sentence above names the share.
      show: value >= 0.08,
      position: 'inside',
      color: ink,
      fontSize: 12.5,
      fontWeight: 600,
      formatter: () => formatPercent(value, 0),
    },
    data: [value],
  }));
}

function countryTable(countries: readonly CountryFigures[], currency: string): Figure['table'] {
  const total = Number(sumMoney(countries.map(({ revenue }) => revenue)));
  return renderTable({
    caption: 'Revenue by country',
    rows: countries,
    columns: [
      { heading: 'Country', kind: 'text', cell: (row) => row.country },
      { heading: 'Gross revenue', kind: 'number', cell: (row) => formatMoney(row.revenue, currency) },
      { heading: 'Share', kind: 'number', cell: (row) => formatPercent(total > 0 ? Number(row.revenue) / total : 0) },
      { heading: 'Returns', kind: 'number', cell: (row) => formatMoney(row.returnsAmount, currency) },
      { heading: 'Net revenue', kind: 'number', cell: (row) => formatMoney(row.netRevenue, currency) },
      { heading: 'Orders', kind: 'number', cell: (row) => formatCount(row.orderCount) },
      { heading: 'Known customers', kind: 'number', cell: (row) => formatCount(row.customerCount) },
    ],
  });
}
