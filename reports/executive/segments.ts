import type { EChartsOption } from 'echarts';
import type { Drawing } from '../frame/chart';
import type { Figure } from '../frame/figure';
import { formatCount, formatMoney, formatPercent } from '../frame/format';
import { shortText } from '../frame/html';
import { renderTable } from '../frame/table';
import type { ExecutiveData, SegmentFigures } from './data';
import { sumMoney } from './money';

interface SegmentShares {
  readonly segment: string;
  readonly ofCustomers: number;
  readonly ofRevenue: number;
}

/** Segments by recency, frequency and value: their share of customers beside their share of revenue. */
export function segmentsFigure({ segments, currency }: ExecutiveData): Figure {
  const shares = segmentShares(segments);
  return {
    id: 'segments',
    heading: 'Customer segments',
    finding: segmentFinding(shares),
    key: [
      { label: 'Share of customers', shape: 'block', colour: '--accent-soft' },
      { label: 'Share of their revenue', shape: 'block', colour: '--accent' },
    ],
    chart: shares.length === 0 ? null : { wide: draw(shares, 'wide'), narrow: draw(shares, 'narrow') },
    note:
      shares.length === 0
        ? null
        : 'Known customers, scored in fifths by how recently, how often and for how much they bought.',
    table: shares.length === 0 ? null : segmentTable(segments, currency),
  };
}

function segmentShares(segments: readonly SegmentFigures[]): readonly SegmentShares[] {
  const customers = segments.reduce((sum, { customerCount }) => sum + customerCount, 0);
  const revenue = Number(sumMoney(segments.map((segment) => segment.revenue)));
  return segments.map((figures) => ({
    segment: shortText(figures.segment, 40) || 'No name',
    ofCustomers: customers > 0 ? figures.customerCount / customers : 0,
    ofRevenue: revenue > 0 ? Number(figures.revenue) / revenue : 0,
  }));
}

function segmentFinding(shares: readonly SegmentShares[]): string {
  const [first] = shares;
  if (first === undefined) return 'There are no known customers yet.';
  const customers = formatPercent(first.ofCustomers, 0);
  return `“${first.segment}” are ${customers} of the known customers and bring ${formatPercent(first.ofRevenue, 0)} of their revenue.`;
}

function draw(shares: readonly SegmentShares[], shape: 'wide' | 'narrow'): Drawing {
  const isWide = shape === 'wide';
  const width = isWide ? 500 : 360;
  const option: EChartsOption = {
    grid: { left: isWide ? 138 : 112, right: 44, top: 4, bottom: 4 },
    xAxis: { type: 'value', show: false, min: 0 },
    yAxis: {
      type: 'category',
      inverse: true,
      data: shares.map(({ segment }) => segment),
      axisTick: { show: false },
      axisLine: { show: false },
      axisLabel: {
        color: 'var(--ink)',
        fontSize: isWide ? 13 : 12,
        width: isWide ? 128 : 104,
        overflow: 'truncate',
        ellipsis: '…',
        interval: 0,
      },
    },
    series: [
      bars(
        shares.map(({ ofCustomers }) => ofCustomers),
        'var(--accent-soft)',
      ),
      bars(
        shares.map(({ ofRevenue }) => ofRevenue),
        'var(--accent)',
      ),
    ],
  };
  return { width, height: 8 + shares.length * 42, option };
}

function bars(values: readonly number[], color: string): object {
  return {
    type: 'bar',
    barWidth: 13,
    barGap: '12%',
    itemStyle: { color },
    label: {
      show: true,
      position: 'right',
      color: 'var(--muted)',
      fontSize: 11.5,
      formatter: ({ value }: { readonly value: number }) => smallPercent(value),
    },
    data: [...values],
  };
}

/** Whole percent, but never "0%" for something that is there. */
function smallPercent(share: number): string {
  return share > 0 && share < 0.005 ? 'under 1%' : formatPercent(share, 0);
}

function segmentTable(segments: readonly SegmentFigures[], currency: string): Figure['table'] {
  const shares = segmentShares(segments);
  return renderTable({
    caption: 'Customer segments',
    rows: segments.map((figures, index) => ({ ...figures, shares: shares[index] })),
    columns: [
      { heading: 'Segment', kind: 'text', cell: (row) => row.segment },
      { heading: 'Customers', kind: 'number', cell: (row) => formatCount(row.customerCount) },
      { heading: 'Share of customers', kind: 'number', cell: (row) => formatPercent(row.shares?.ofCustomers ?? 0) },
      { heading: 'Revenue', kind: 'number', cell: (row) => formatMoney(row.revenue, currency) },
      { heading: 'Share of revenue', kind: 'number', cell: (row) => formatPercent(row.shares?.ofRevenue ?? 0) },
    ],
  });
}
