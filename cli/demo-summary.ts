import { join } from 'node:path';
import { isJsonObject } from '../engine/json';
import type { TableSummary } from '../warehouse';
import { commandLine } from './command-line';
import { folderOf, shownPath, withWarehouse } from './connect';
import { intervalOfDays } from './demo-data';
import { load } from './load';
import { countText } from './output';
import { freshnessOf, freshnessText } from './pending';
import type { WatchedRun } from './run-watch';
import type { Stack } from './stack';
import type { Paint } from './style';
import { tableLines } from './table';
import { uiHome } from './ui-url';

export interface SummaryRequest {
  readonly stack: Stack;
  readonly runs: readonly WatchedRun[];
  readonly isKept: boolean;
  readonly paint: Paint;
}

/** What the demo ends with: what was published, the report, the UI, and three commands worth trying next. */
export async function summaryLines(request: SummaryRequest): Promise<readonly string[]> {
  const { stack, runs, isKept, paint } = request;
  const { place } = stack;
  const tables = await publishedTables(place.warehouse);
  const report = await reportKey(stack, runs);
  const label = (name: string): string => paint.dim(name.padEnd(10));
  const lines = ['', ...publishedLines(tables, paint), ''];
  if (report !== null) lines.push(`${label('report')} ${shownPath(join(folderOf(place.warehouse), report))}`);
  lines.push(
    `${label('ui')} ${uiHome(place)}${isKept ? '' : paint.dim('  (ends with the demo; --keep leaves it up)')}`,
  );
  lines.push('', 'Try next:');
  for (const [line, what] of nextCommands(request)) lines.push(`  ${line}`, paint.dim(`      ${what}`));
  return lines;
}

async function publishedTables(warehouse: string): Promise<readonly TableSummary[]> {
  return await withWarehouse(warehouse, async (opened) => {
    const { listTables } = load.warehouse();
    return await listTables(opened);
  });
}

function publishedLines(tables: readonly TableSummary[], paint: Paint): readonly string[] {
  if (tables.length === 0) return ['Nothing was published.'];
  const now = Date.now();
  const columns = [
    { heading: 'published', align: 'left', canShrink: false },
    { heading: 'rows', align: 'right', canShrink: false },
    { heading: 'version', align: 'right', canShrink: false },
    { heading: 'freshness', align: 'left', canShrink: false },
  ] as const;
  const rows = tables.map((table) => {
    const isStale = freshnessOf(table.fresh_until, now) === 'stale';
    return [
      { text: table.table },
      { text: table.row_count.toLocaleString('en-US') },
      { text: String(table.version) },
      { text: freshnessText(table.fresh_until, now), paint: isStale ? paint.yellow : paint.green },
    ];
  });
  const release = Math.max(...tables.map((table) => table.release));
  return [
    ...tableLines(columns, rows, { paint }),
    paint.dim(`${countText(tables.length, 'table')}, release ${release}`),
  ];
}

/** The page that a task of the last run has written, as its output says. */
async function reportKey({ client }: Stack, runs: readonly WatchedRun[]): Promise<string | null> {
  const last = runs.at(-1);
  if (last === undefined || last.dagId === 'retail_daily') return null;
  const { run } = await client.run(last.dagId, last.runId);
  for (const { output } of Object.values(run.tasks)) {
    if (isJsonObject(output) && typeof output.path === 'string' && output.path.startsWith('reports/'))
      return output.path;
  }
  return null;
}

/** They work as they are printed, in the folder in which the demo was started. */
function nextCommands({ stack, runs, isKept }: SummaryRequest): readonly (readonly [string, string])[] {
  const { home, warehouse } = stack.place;
  // While it stays up, commands with the usual home find it by themselves.
  const isFound = isKept && home === join(process.cwd(), '.tidemill', 'demo');
  const at = isFound ? [] : ['--home', shownPath(home)];
  const where =
    isFound || warehouse === join(home, 'warehouse') ? at : [...at, '--warehouse', shownPath(folderOf(warehouse))];
  const sql = 'SELECT month, revenue, returns_amount FROM marts.revenue_monthly ORDER BY month';
  const query = [commandLine('query', sql, ...where), 'ask the star schema and the marts'] as const;
  if (!isKept) {
    return [
      query,
      [commandLine('freshness', ...where), 'how fresh every table is, and what waits to be loaded'],
      [commandLine('standalone', ...where), 'bring it up again: the UI with these runs, and the schedules'],
    ];
  }
  const last = runs.filter((run) => run.dagId === 'retail_daily').at(-1);
  const interval = last?.interval === null || last === undefined ? null : intervalOfDays(last.interval);
  const again = interval === null ? [] : ['--interval', interval];
  return [
    query,
    [commandLine('tasks', 'states-for-dag-run', 'retail_daily', 'latest', ...at), 'the task table of the last run'],
    [commandLine('dags', 'trigger', 'retail_daily', ...again, '--wait', ...at), 'run a day again: nothing changes'],
  ];
}
