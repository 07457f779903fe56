import type { Command } from 'commander';
import { Option } from 'commander';
import type { Json } from '../engine/json';
import { load } from './load';
import { type Paint, paintFor, type Sink } from './style';
import { tableLines } from './table';

export const listFormats = ['table', 'json', 'yaml', 'plain'] as const;

export type ListFormat = (typeof listFormats)[number];

/** A column of a list: one value for programs, and how people read it. */
export interface ListColumn<Row> {
  /** snake_case: the key in JSON and YAML, the heading elsewhere. */
  readonly name: string;
  /** The heading of the table, where the name tells of a unit that the table does not use. */
  readonly heading?: string;
  readonly value: (row: Row) => Json;
  /** The cell of a table; the value as text when left out. */
  readonly text?: (row: Row) => string;
  readonly paint?: (row: Row, paint: Paint) => (text: string) => string;
  readonly canShrink?: boolean;
  /** In JSON, YAML and plain alone: facts that would make the table too wide. */
  readonly isDetail?: boolean;
}

/** Adds `-o table|json|yaml|plain`. */
export function addOutputOption(command: Command): Command {
  return command.addOption(
    new Option('-o, --output <format>', 'how to print the list').choices([...listFormats]).default('table'),
  );
}

/** What a command tells of one thing: whole for programs that read structures, as a list for those that read lines. */
export interface Facts<Row> {
  readonly object: Json;
  readonly rows: readonly Row[];
  readonly columns: readonly ListColumn<Row>[];
}

/** Prints facts as one object (`json`, `yaml`) or as the list in them (`plain`); the picture for people is the caller's. */
export async function printFacts<Row>(facts: Facts<Row>, format: Exclude<ListFormat, 'table'>): Promise<void> {
  if (format === 'json') print(JSON.stringify(facts.object, null, 2));
  else if (format === 'yaml') process.stdout.write(load.yaml().stringify(facts.object));
  else await printList(facts.rows, facts.columns, { format, empty: '' });
}

/**
 * Prints a list. A table is for people: as wide as the terminal, with colours there. `json` and `yaml`
 * are lists of objects, `plain` is tab-separated with a heading line; these three are complete.
 */
export async function printList<Row>(
  rows: readonly Row[],
  columns: readonly ListColumn<Row>[],
  options: { readonly format: ListFormat; readonly empty: string; readonly sink?: Sink },
): Promise<void> {
  const sink = options.sink ?? process.stdout;
  if (options.format === 'table' && rows.length === 0) {
    process.stderr.write(`${options.empty}\n`);
    return;
  }
  sink.write(await listText(rows, columns, options.format, sink));
}

async function listText<Row>(
  rows: readonly Row[],
  columns: readonly ListColumn<Row>[],
  format: ListFormat,
  sink: Sink,
): Promise<string> {
  switch (format) {
    case 'table':
      return `${listTable(rows, columns, sink).join('\n')}\n`;
    case 'json':
      return `${JSON.stringify(objectsOf(rows, columns), null, 2)}\n`;
    case 'yaml':
      return load.yaml().stringify(objectsOf(rows, columns));
    case 'plain':
      return `${plainLines(rows, columns).join('\n')}\n`;
  }
}

/** The lines of a table for people. */
export function listTable<Row>(
  rows: readonly Row[],
  columns: readonly ListColumn<Row>[],
  sink: Sink,
): readonly string[] {
  const paint = paintFor(sink);
  const shown = columns.filter((column) => column.isDetail !== true);
  const layout = shown.map((column) => ({
    heading: column.heading ?? column.name,
    align: rows.some((row) => typeof column.value(row) === 'number') ? ('right' as const) : ('left' as const),
    canShrink: column.canShrink === true,
  }));
  const cells = rows.map((row) =>
    shown.map((column) => {
      const text = column.text === undefined ? textOf(column.value(row)) : column.text(row);
      return column.paint === undefined ? { text } : { text, paint: column.paint(row, paint) };
    }),
  );
  return tableLines(layout, cells, { width: sink.isTTY === true ? sink.columns : undefined, paint });
}

function plainLines<Row>(rows: readonly Row[], columns: readonly ListColumn<Row>[]): readonly string[] {
  const clean = (text: string): string => text.replace(/[\t\r\n]+/g, ' ');
  return [
    columns.map((column) => column.name).join('\t'),
    ...rows.map((row) => columns.map((column) => clean(textOf(column.value(row)))).join('\t')),
  ];
}

function objectsOf<Row>(rows: readonly Row[], columns: readonly ListColumn<Row>[]): readonly Json[] {
  return rows.map((row) => Object.fromEntries(columns.map((column) => [column.name, column.value(row)])));
}

/** A value as one cell: nothing for null, commas between the members of a list. */
export function textOf(value: Json): string {
  if (value === null) return '';
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** An instant as people read it, in UTC: `2010-12-01 08:26:00`, midnight as the day alone. */
export function instantText(instant: string | null): string {
  if (instant === null) return '';
  const text = instant.replace('T', ' ').replace(/(\.\d+)?(Z|\+00:00)$/, '');
  return text.replace(/ 00:00(:00)?$/, '');
}

/** A half-open interval as people read it: whole days as the day or the first and last day. */
export function intervalText({ start, end }: { readonly start: string; readonly end: string }): string {
  const dayMs = 86_400_000;
  if (start === end) return instantText(start);
  const [from, to] = [Date.parse(start), Date.parse(end)];
  if (from % dayMs !== 0 || to % dayMs !== 0 || to <= from) return `${instantText(start)} to ${instantText(end)}`;
  if (to - from === dayMs) return start.slice(0, 10);
  return `${start.slice(0, 10)} to ${new Date(to - dayMs).toISOString().slice(0, 10)}`;
}

/** `1 run`, `21 runs`, `1,234 rows`. */
export function countText(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}

/** A line for people beside the result, on standard error, so that a pipe gets the result alone. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Pictures are as wide as the terminal; in a pipe, as wide as terminals have always been. */
export function terminalWidth(): number {
  return process.stdout.isTTY ? process.stdout.columns : 80;
}

/** A line of the result. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
