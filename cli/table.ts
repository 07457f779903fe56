import { createPaint, cutTo, type Paint, widthOf } from './style';

/** A column of a table as it is laid out: a heading and how its cells stand. */
export interface TableColumn {
  readonly heading: string;
  readonly align: 'left' | 'right';
  /** Cells of a column that may shrink are cut with `…` when the table is wider than the terminal. */
  readonly canShrink: boolean;
}

export interface TableCell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

const gap = '  ';
/** Narrower than this a cut cell says nothing any more; the terminal wraps instead. */
const narrowest = 8;

/** Lays out a table without lines: a quiet heading, columns two blanks apart, numbers to the right. */
export function tableLines(
  columns: readonly TableColumn[],
  rows: readonly (readonly TableCell[])[],
  options: { readonly width?: number | undefined; readonly paint?: Paint } = {},
): readonly string[] {
  const paint = options.paint ?? createPaint(false);
  const clean = rows.map((row) => row.map((cell) => ({ ...cell, text: onOneLine(cell.text) })));
  const natural = columns.map((column, index) =>
    Math.max(widthOf(column.heading), ...clean.map((row) => widthOf(row[index]?.text ?? ''))),
  );
  const widths = options.width === undefined ? natural : fit(columns, natural, options.width);
  const heading = columns.map((column) => ({ text: column.heading, paint: paint.dim }));
  return [heading, ...clean].map((cells) =>
    columns
      .map((column, index) => layCell(cells[index] ?? { text: '' }, column, widths[index] ?? 0))
      .join(gap)
      .trimEnd(),
  );
}

function layCell({ text, paint }: TableCell, { align }: TableColumn, width: number): string {
  const cut = cutTo(text, width);
  const padding = ' '.repeat(Math.max(0, width - widthOf(cut)));
  const painted = paint === undefined ? cut : paint(cut);
  return align === 'right' ? padding + painted : painted + padding;
}

/** Takes from the widest column that may shrink until the table fits. */
function fit(columns: readonly TableColumn[], natural: readonly number[], width: number): readonly number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, one) => sum + one, 0) + gap.length * (widths.length - 1) - width;
  while (excess > 0) {
    const shrinkable = columns.flatMap(({ canShrink }, index) =>
      canShrink && Number(widths[index]) > narrowest ? [index] : [],
    );
    const widest = shrinkable.reduce<number | null>(
      (best, index) => (best === null || Number(widths[index]) > Number(widths[best]) ? index : best),
      null,
    );
    if (widest === null) break;
    widths[widest] = Number(widths[widest]) - 1;
    excess -= 1;
  }
  return widths;
}

/** Control characters of other people's text must not reach the terminal. */
export function onOneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}
