import { text as readAll } from 'node:stream/consumers';
import { type Command, Option } from 'commander';
import { RequestError } from '../../engine/errors';
import type { Json } from '../../engine/json';
import type { QueryResult } from '../../warehouse';
import { addWarehouseOption, type PlaceFlags, placeOf, withWarehouse } from '../connect';
import { addExamples } from '../help';
import { load } from '../load';
import { countText, type ListColumn, listTable, print, say, textOf } from '../output';

interface QueryFlags extends PlaceFlags {
  readonly output: 'table' | 'csv' | 'json';
  readonly release?: number;
}

/** A table of more rows than this is for programs; -o csv and json print all. */
const maxTableRows = 500;

/** `tidemill query SQL`: one statement over the newest release. */
export function addQueryCommand(program: Command): void {
  const command = program
    .command('query')
    .description('ask the published tables, and meta.* for the history of runs, in DuckDB SQL')
    .argument('[sql]', 'the statement; "-" or nothing reads it from standard input')
    .addOption(
      new Option('-o, --output <format>', 'how to print the rows').choices(['table', 'csv', 'json']).default('table'),
    )
    .option('--release <n>', 'read this release instead of the newest one', releaseNumber);
  addWarehouseOption(command).action((sql: string | undefined, flags: QueryFlags) => query(sql, flags));
  addExamples(command, [
    ['tidemill query "SELECT * FROM marts.revenue_monthly"', 'a mart'],
    ['tidemill query -o csv "FROM marts.customer_rfm" > rfm.csv', 'all rows, for a spreadsheet'],
    ['tidemill query "FROM meta.task_attempts" -o json', 'every try of every task'],
    ['tidemill query - < report.sql', 'a statement from a file'],
  ]);
}

async function query(given: string | undefined, flags: QueryFlags): Promise<void> {
  const sql = await statementOf(given);
  const { warehouse } = await placeOf(flags);
  const result = await withWarehouse(warehouse, async (opened) => {
    const { queryWarehouse } = load.warehouse();
    return await queryWarehouse(opened, sql, flags.release === undefined ? {} : { release: flags.release });
  });
  show(result, flags.output);
}

async function statementOf(given: string | undefined): Promise<string> {
  if (given !== undefined && given !== '-') return given;
  const sql = given === undefined && process.stdin.isTTY ? '' : await readAll(process.stdin);
  if (sql.trim() !== '') return sql;
  throw new RequestError({
    code: 'query_empty',
    message:
      'There is no SQL to run. Give it as an argument, such as tidemill query "SHOW ALL TABLES", or on standard input.',
  });
}

function show(result: QueryResult, format: QueryFlags['output']): void {
  const { columns, rows } = result;
  switch (format) {
    case 'json':
      return print(JSON.stringify(rows, null, 2));
    case 'csv':
      print(columns.map(({ name }) => csvCell(name)).join(','));
      for (const row of rows) print(columns.map(({ name }) => csvCell(cellText(row[name] as Json))).join(','));
      return;
    case 'table': {
      const numeric = new Set(
        columns.filter(({ type }) => /INT|DECIMAL|DOUBLE|FLOAT/.test(type)).map(({ name }) => name),
      );
      const layout = columns.map(
        ({ name }): ListColumn<(typeof rows)[number]> => ({
          name,
          // A DECIMAL arrives as text; it stands to the right like every number.
          value: (row) => (numeric.has(name) ? Number(row[name] ?? 0) : cellText(row[name] as Json)),
          text: (row) => (row[name] === null ? '∅' : cellText(row[name] as Json)),
          paint: (row, paint) => (row[name] === null ? paint.dim : (text) => text),
          canShrink: !numeric.has(name),
        }),
      );
      for (const line of listTable(rows.slice(0, maxTableRows), layout, process.stdout)) print(line);
      const left = rows.length - maxTableRows;
      if (left > 0) say(`… and ${countText(left, 'row')} more: -o csv prints all`);
      return say(`${countText(rows.length, 'row')}, release ${result.release}`);
    }
  }
}

function cellText(value: Json | undefined): string {
  return textOf(value ?? null);
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function releaseNumber(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new RequestError({
    code: 'bad_number',
    message: `--release "${text}" is no release number. Releases count from 1.`,
  });
}
