import type { EChartsOption, HeatmapSeriesOption } from 'echarts';
import type { Drawing } from '../frame/chart';
import type { Figure } from '../frame/figure';
import { formatCount, formatDay, formatMonth, formatPercent, formatShortMonth } from '../frame/format';
import { renderTable } from '../frame/table';
import { averageRetention, type CohortGrid, cohortGrid, isPartialCell, mostLoyal, newestCohorts } from './cohort-grid';
import type { ExecutiveData } from './data';

/** Steps of the colour scale: as many as can still be told apart. */
const STEPS = 7;

/** From this step on a cell is dark (light in dark mode) and its text takes the opposite colour. */
const FIRST_INVERSE_STEP = 5;

/** Below every step of the scale: the value by which a cell of an incomplete month is drawn. */
const WITHOUT_COLOUR = -1;

/** More cohorts than this give cells too small to read; the table has them all. */
const MOST_COHORTS = 18;

/** Cohorts by the month of their first purchase against the share that bought again, month by month. */
export function retentionFigure(data: ExecutiveData): Figure {
  const all = cohortGrid(data);
  const grid = newestCohorts(all, MOST_COHORTS);
  const isDrawn = grid.monthCount > 0;
  const shades = shadesOf(grid);
  return {
    id: 'retention',
    heading: 'Customers who come back',
    finding: retentionFinding(all),
    key: isDrawn ? shades.map(({ label, step }) => ({ label, shape: 'block', colour: `--heat-${step}` })) : [],
    chart: isDrawn ? { wide: draw(grid, shades, 'wide'), narrow: draw(grid, shades, 'narrow') } : null,
    note: isDrawn ? retentionNote(all, data) : null,
    table: all.cohorts.length === 0 ? null : retentionTable(all),
  };
}

function retentionFinding(grid: CohortGrid): string {
  if (grid.cohorts.length === 0) return 'There are no known customers yet.';
  if (grid.monthCount === 0) return 'Retention shows from the second month of sales on.';
  const average = averageRetention(grid, 0);
  const best = mostLoyal(grid, 0);
  if (average === null || best === null) return 'Not one cohort has had a complete month to come back in yet.';
  const sentence = `On average ${formatPercent(average, 0)} of new customers bought again in the month after their first purchase`;
  return `${sentence}; most of all those of ${formatMonth(best.month)}, with ${formatPercent(best.share, 0)}.`;
}

function retentionNote(grid: CohortGrid, { newestDay }: ExecutiveData): string {
  const reading =
    'A row is the customers who first bought in that month, with their number; a cell is the percentage of them who bought again so many months later.';
  const shown =
    grid.cohorts.length > MOST_COHORTS || grid.monthCount > MOST_COHORTS
      ? ` The newest ${MOST_COHORTS} cohorts and their first ${MOST_COHORTS} months are drawn; the table has all.`
      : '';
  const partial =
    grid.partialMonth === null || newestDay === null
      ? ''
      : ` The last cell of each row, without colour, is ${formatMonth(grid.partialMonth)}, which holds data to ${formatDay(newestDay)} only.`;
  return reading + shown + partial;
}

interface Shade {
  readonly step: number;
  /** In percent; the upper bound is exclusive. */
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

/** Equal steps of a round number of percent, enough to reach the greatest cell. */
function shadesOf({ cohorts }: CohortGrid): readonly Shade[] {
  const shares = cohorts.flatMap(({ size, returned }) =>
    returned.map((count) => (size > 0 ? (100 * (count ?? 0)) / size : 0)),
  );
  const greatest = Math.max(1, ...shares);
  const width = [1, 2, 3, 4, 5, 8, 10, 15].find((step) => step * STEPS > greatest) ?? 15;
  return Array.from({ length: STEPS }, (_, index) => ({
    step: index + 1,
    from: index * width,
    to: index === STEPS - 1 ? Number.POSITIVE_INFINITY : (index + 1) * width,
    label:
      index === STEPS - 1
        ? `${index * width}% and more`
        : index === 0
          ? `under ${width}%`
          : `${index * width}–${(index + 1) * width}%`,
  }));
}

function draw(grid: CohortGrid, shades: readonly Shade[], shape: 'wide' | 'narrow'): Drawing {
  const isWide = shape === 'wide';
  const rows = grid.cohorts.length;
  const width = isWide ? 960 : 360;
  const left = isWide ? 122 : 70;
  const top = isWide ? 42 : 34;
  const cellHeight = isWide ? 32 : 24;
  // Few months would give cells as wide as a hand; they keep the shape of a cell instead.
  const widest = (isWide ? 84 : 56) * grid.monthCount;
  const right = Math.max(2, width - left - widest);
  const option: EChartsOption = {
    title: {
      text: 'Months later',
      left: 0,
      top: isWide ? 14 : 10,
      padding: 0,
      textStyle: { color: 'var(--muted)', fontSize: isWide ? 12 : 10.5, fontWeight: 'normal' },
    },
    grid: { left, right, top, bottom: 2 },
    xAxis: {
      type: 'category',
      position: 'top',
      data: Array.from({ length: grid.monthCount }, (_, index) => `${isWide ? '+' : ''}${index + 1}`),
      axisTick: { show: false },
      axisLine: { show: false },
      splitLine: { show: false },
      axisLabel: { color: 'var(--muted)', fontSize: isWide ? 12 : 11, interval: 0, margin: 6 },
    },
    yAxis: cohortAxis(grid, isWide),
    visualMap: {
      type: 'piecewise',
      show: false,
      dimension: 2,
      pieces: [
        { lt: 0, color: 'var(--surface)' },
        ...shades.map(({ step, from, to }) => ({ gte: from, lt: to, color: `var(--heat-${step})` })),
      ],
    },
    series: [{ type: 'heatmap', silent: true, data: cells(grid, shades, isWide ? 12.5 : 10) }],
  };
  return { width, height: top + rows * cellHeight + 2, option };
}

function cohortAxis({ cohorts }: CohortGrid, isWide: boolean): NonNullable<EChartsOption['yAxis']> {
  return {
    type: 'category',
    inverse: true,
    data: cohorts.map(({ month }) => month),
    axisTick: { show: false },
    axisLine: { show: false },
    splitLine: { show: false },
    axisLabel: {
      interval: 0,
      margin: isWide ? 12 : 6,
      formatter: (_month: string, index: number) => {
        const cohort = cohorts[index];
        if (cohort === undefined) return '';
        const name = isWide ? formatShortMonth(cohort.month) : shortestMonth(cohort.month);
        return `{name|${name}}{size|${formatCount(cohort.size)}}`;
      },
      rich: {
        name: { color: 'var(--ink)', fontSize: isWide ? 12.5 : 10.5, align: 'left', width: isWide ? 66 : 36 },
        size: { color: 'var(--muted)', fontSize: isWide ? 12.5 : 10.5, align: 'right', width: isWide ? 44 : 28 },
      },
    },
  };
}

function shortestMonth(month: string): string {
  return `${formatShortMonth(month).slice(0, 3)} ’${month.slice(2, 4)}`;
}

function cells(grid: CohortGrid, shades: readonly Shade[], fontSize: number): NonNullable<HeatmapSeriesOption['data']> {
  return grid.cohorts.flatMap((cohort, row) =>
    cohort.returned.flatMap((count, column) => {
      if (count === null || cohort.size === 0) return [];
      const percent = (100 * count) / cohort.size;
      const step = shades.find(({ to }) => percent < to)?.step ?? STEPS;
      const isPartial = isPartialCell(grid, cohort, column);
      const ink = isPartial ? 'var(--muted)' : step >= FIRST_INVERSE_STEP ? 'var(--heat-inverse)' : 'var(--ink)';
      return {
        value: [column, row, isPartial ? WITHOUT_COLOUR : percent],
        itemStyle: { borderColor: 'var(--surface)', borderWidth: 2 },
        label: { show: true, color: ink, fontSize, formatter: () => percent.toFixed(0) },
      };
    }),
  );
}

function retentionTable(grid: CohortGrid): Figure['table'] {
  const months = Array.from({ length: grid.monthCount }, (_, index) => index);
  return renderTable({
    caption: 'Customers who bought again, by month of first purchase and months since',
    rows: grid.cohorts,
    columns: [
      { heading: 'First purchase', kind: 'text', cell: (cohort) => formatMonth(cohort.month) },
      { heading: 'Customers', kind: 'number', cell: (cohort) => formatCount(cohort.size) },
      ...months.map((index) => ({
        heading: `+${index + 1}`,
        kind: 'number' as const,
        cell: (cohort: CohortGrid['cohorts'][number]) => {
          const count = cohort.returned[index];
          return count == null ? '' : formatCount(count);
        },
      })),
    ],
  });
}
