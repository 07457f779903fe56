import { type BenchReport, type Figure, isMet, median, ratioOf, type Target } from './harness';

/** A bench's report as a person reads it: method, one line per figure with spread, ratio and targets, the load. */
export function reportText(report: BenchReport): string {
  const { bench, figures, notes = [], load, quick } = report;
  const rows = figures.map(figureRow);
  const head = ['figure', 'ours', 'baseline', 'ratio', 'target'];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd();
  return [
    `${bench.name}: ${bench.title}${quick ? ' (quick: too few samples to judge by)' : ''}`,
    `  ${bench.method}`,
    '',
    line(head),
    ...rows.map(line),
    '',
    ...notes.map((note) => `  ${note}`),
    `  load average ${shownLoad(load.before)} before, ${shownLoad(load.after)} after`,
  ].join('\n');
}

function figureRow(figure: Figure): readonly string[] {
  const ratio = ratioOf(figure);
  return [
    `${figure.name} [${figure.unit}]`,
    spread(figure.ours),
    figure.baseline === undefined ? '' : spread(figure.baseline),
    ratio === null ? '' : ratio.toFixed(2),
    (figure.targets ?? []).map((target) => targetText(figure, target)).join('; '),
  ];
}

/** The median, and from where to where the samples reach. */
function spread(samples: readonly number[]): string {
  const [least, most] = [Math.min(...samples), Math.max(...samples)];
  return samples.length === 1
    ? `${shown(median(samples))} (1 sample)`
    : `${shown(median(samples))} (${shown(least)} to ${shown(most)}, n = ${samples.length})`;
}

function targetText(figure: Figure, target: Target): string {
  const bound = target.atMost === undefined ? `>= ${target.atLeast}` : `<= ${target.atMost}`;
  const what = target.of === 'ratio' ? 'ratio ' : '';
  const note = target.note === undefined ? '' : ` ${target.note}`;
  return `${what}${bound}${note}: ${isMet(figure, target) ? 'met' : 'MISSED'}`;
}

function shown(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function shownLoad(load: readonly number[]): string {
  return load.map((value) => value.toFixed(2)).join(' ');
}
