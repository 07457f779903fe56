import type { EChartsOption } from 'echarts';
import { addMonths, isMonthEnd, monthOf, monthRange } from '../frame/calendar';
import type { Drawing } from '../frame/chart';
import type { Figure } from '../frame/figure';
import {
  formatAxisMoney,
  formatCount,
  formatDay,
  formatMoney,
  formatMonth,
  formatShortMoney,
  formatShortMonth,
} from '../frame/format';
import { renderTable } from '../frame/table';
import type { ExecutiveData, MonthFigures } from './data';

interface RevenueColumn {
  readonly month: string;
  readonly gross: number;
  readonly net: number;
  /** The data end within this month: comparing it with a full one would mislead. */
  readonly isPartial: boolean;
}

/** Gross revenue by month as columns, net revenue as a line over them. */
export function revenueFigure(data: ExecutiveData): Figure {
  const columns = revenueColumns(data);
  const partial = columns.find((column) => column.isPartial);
  return {
    id: 'revenue',
    heading: 'Revenue by month',
    finding: revenueFinding(columns, data.currency),
    key: [
      { label: 'Gross revenue', shape: 'block', colour: '--accent-soft' },
      { label: 'Net of returns', shape: 'line', colour: '--contrast' },
    ],
    chart: columns.length === 0 ? null : { wide: draw(columns, data, 'wide'), narrow: draw(columns, data, 'narrow') },
    note:
      partial === undefined || data.newestDay === null
        ? null
        : `${formatMonth(partial.month)} is not complete: the data end on ${formatDay(data.newestDay)}. Its column is outlined.`,
    table: columns.length === 0 ? null : revenueTable(data),
  };
}

function revenueColumns({ months, newestDay }: ExecutiveData): readonly RevenueColumn[] {
  const [first] = months;
  const last = months.at(-1);
  if (first === undefined || last === undefined) return [];
  const byMonth = new Map(months.map((figures) => [figures.month, figures]));
  return monthRange(first.month, last.month).map((month) => ({
    month,
    gross: Number(byMonth.get(month)?.revenue ?? 0),
    net: Number(byMonth.get(month)?.netRevenue ?? 0),
    isPartial: newestDay !== null && month === monthOf(newestDay) && !isMonthEnd(newestDay),
  }));
}

function revenueFinding(columns: readonly RevenueColumn[], currency: string): string {
  const best = bestColumn(columns);
  if (best === undefined) return 'There are no sales yet.';
  if (columns.length === 1) return `${formatMonth(best.month)} brought ${formatShortMoney(best.gross, currency)}.`;
  const peak = `The best month was ${formatMonth(best.month)}, with ${formatShortMoney(best.gross, currency)}`;
  const newest = columns.findLast((column) => !column.isPartial);
  const before = newest && columns.find((column) => column.month === addMonths(newest.month, -1));
  if (newest === undefined || before === undefined || before.gross <= 0) return `${peak}.`;
  const change = newest.gross / before.gross - 1;
  const direction = change >= 0 ? 'above' : 'below';
  const tail = `${Math.abs(change * 100).toFixed(0)}% ${direction} the month before`;
  return newest === best ? `${peak}, ${tail}.` : `${peak}; ${formatMonth(newest.month)} was ${tail}.`;
}

function bestColumn(columns: readonly RevenueColumn[]): RevenueColumn | undefined {
  return columns.reduce<RevenueColumn | undefined>(
    (best, column) => (best === undefined || column.gross > best.gross ? column : best),
    undefined,
  );
}

function draw(columns: readonly RevenueColumn[], { currency }: ExecutiveData, shape: 'wide' | 'narrow'): Drawing {
  const isWide = shape === 'wide';
  const size = isWide ? { width: 960, height: 340 } : { width: 360, height: 280 };
  const greatest = bestColumn(columns)?.gross ?? 0;
  const option: EChartsOption = {
    grid: { left: isWide ? 56 : 46, right: 8, top: 26, bottom: isWide ? 40 : 36 },
    xAxis: {
      type: 'category',
      data: columns.map(({ month }) => month),
      axisTick: { show: false },
      axisLine: { lineStyle: { color: 'var(--ink)' } },
      axisLabel: {
        color: 'var(--muted)',
        fontSize: 12,
        lineHeight: 15,
        interval: everyNth(columns, isWide ? 18 : 6),
        formatter: (month: string, index: number) => axisMonth(month, index === 0),
      },
    },
    yAxis: {
      type: 'value',
      splitNumber: 4,
      splitLine: { lineStyle: { color: 'var(--rule)' } },
      axisLabel: {
        color: 'var(--muted)',
        fontSize: 12,
        formatter: (value: number) => formatAxisMoney(value, greatest, currency),
      },
    },
    series: [grossSeries(columns, currency), netSeries(columns, 'solid'), netSeries(columns, 'dashed')],
  };
  return { ...size, option };
}

/** Labels at even steps, and always one in January, where the year is written. */
function everyNth(columns: readonly RevenueColumn[], most: number): (index: number) => boolean {
  const step =
    [1, 2, 3, 6, 12].find((months) => columns.length / months <= most) ?? 12 * Math.ceil(columns.length / 12 / most);
  return (index) => {
    const month = columns[index]?.month ?? '';
    const ordinal = Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1;
    return ordinal % step === 0;
  };
}

function axisMonth(month: string, isFirst: boolean): string {
  const [name, year] = formatShortMonth(month).split(' ');
  return isFirst || month.slice(5, 7) === '01' ? `${name}\n${year}` : `${name}`;
}

function grossSeries(columns: readonly RevenueColumn[], currency: string): object {
  const best = bestColumn(columns);
  return {
    type: 'bar',
    barCategoryGap: '28%',
    barMaxWidth: 64,
    data: columns.map((column) => ({
      value: column.gross,
      itemStyle: column.isPartial
        ? { color: 'var(--surface)', borderColor: 'var(--accent-soft)', borderWidth: 1.5, borderType: [4, 3] }
        : { color: 'var(--accent-soft)' },
      label: {
        show: column === best && column.gross > 0,
        position: 'top',
        color: 'var(--ink)',
        fontSize: 13,
        fontWeight: 600,
        formatter: () => formatShortMoney(column.gross, currency),
      },
    })),
  };
}

/** The solid line ends with the last full month; the way to an incomplete one is dashed. */
function netSeries(columns: readonly RevenueColumn[], type: 'solid' | 'dashed'): object {
  const partial = columns.findIndex((column) => column.isPartial);
  const isDrawn = (index: number) => (type === 'solid' ? index !== partial : partial >= 0 && index >= partial - 1);
  return {
    type: 'line',
    showSymbol: type === 'solid' && columns.length <= 24,
    symbol: 'circle',
    symbolSize: 6,
    lineStyle: { color: 'var(--contrast)', width: 2.25, type },
    itemStyle: { color: 'var(--contrast)' },
    data: columns.map((column, index) => (isDrawn(index) ? column.net : null)),
  };
}

function revenueTable({ months, currency }: ExecutiveData): Figure['table'] {
  const money = (heading: string, of: (row: MonthFigures) => string) =>
    ({ heading, kind: 'number', cell: (row: MonthFigures) => formatMoney(of(row), currency) }) as const;
  return renderTable({
    caption: 'Revenue by month',
    rows: months,
    columns: [
      { heading: 'Month', kind: 'text', cell: (row) => formatMonth(row.month) },
      money('Gross revenue', (row) => row.revenue),
      money('Returns', (row) => row.returnsAmount),
      money('Net revenue', (row) => row.netRevenue),
      { heading: 'Orders', kind: 'number', cell: (row) => formatCount(row.orderCount) },
      { heading: 'Known customers', kind: 'number', cell: (row) => formatCount(row.customerCount) },
    ],
  });
}
