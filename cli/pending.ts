import type { PendingDay } from '../activities';
import { durationText } from '../engine/interpreter';
import type { TableSummary, Warehouse } from '../warehouse';
import { load } from './load';
import { countText, type ListColumn } from './output';

/** The table that says which landed rows have been loaded. */
const loadedTable = 'staging.stg_invoices';
const shownDays = 5;

export type Freshness = 'fresh' | 'stale' | 'unknown';

/** Whether a table is fresh at an instant; unknown when its DAG promises nothing. */
export function freshnessOf(freshUntil: string | null, nowMs: number): Freshness {
  if (freshUntil === null) return 'unknown';
  return Date.parse(freshUntil) > nowMs ? 'fresh' : 'stale';
}

/** `fresh for 3h 20m`, `stale for 2d 4h`. */
export function freshnessText(freshUntil: string | null, nowMs: number): string {
  if (freshUntil === null) return '';
  const leftMs = Date.parse(freshUntil) - nowMs;
  return leftMs > 0 ? `fresh for ${durationText(leftMs)}` : `stale for ${durationText(-leftMs)}`;
}

/** The landed rows that no published day was built from. */
export async function loadPending(warehouse: Warehouse): Promise<readonly PendingDay[]> {
  const { pendingDays } = load.activities();
  return await pendingDays(warehouse);
}

/** The pending days of one table: they are known for the table that landed rows are loaded into. */
export function pendingOf(table: string, pending: readonly PendingDay[]): readonly PendingDay[] {
  return table === loadedTable ? pending : [];
}

/** One line per day with rows that are not loaded yet; many days are summed up. */
export function pendingText(pending: readonly PendingDay[]): readonly string[] {
  const lines = pending
    .slice(0, shownDays)
    .map(({ day, rowCount, isPublished }) =>
      isPublished
        ? `day ${day} has ${countText(rowCount, 'row')} not yet loaded: they came after it was published; run the day again`
        : `day ${day} has ${countText(rowCount, 'row')} not yet loaded`,
    );
  const rest = pending.slice(shownDays);
  if (rest.length === 0) return lines;
  const rows = rest.reduce((sum, day) => sum + day.rowCount, 0);
  return [
    ...lines,
    `and ${countText(rest.length, 'more day')} up to ${rest.at(-1)?.day} with ${countText(rows, 'row')}`,
  ];
}

/** The published tables of a warehouse, with the landed rows that none of them holds yet. */
export async function readPublished(
  warehouse: Warehouse,
): Promise<{ readonly rows: readonly TableSummary[]; readonly pending: readonly PendingDay[] }> {
  return { rows: await load.warehouse().listTables(warehouse), pending: await loadPending(warehouse) };
}

/** The column that says of each table whether it is fresh, at an instant. */
export function freshnessColumn(nowMs: number): ListColumn<TableSummary> {
  return {
    name: 'freshness',
    value: (row) => freshnessOf(row.fresh_until, nowMs),
    text: (row) => freshnessText(row.fresh_until, nowMs),
    paint: (row, paint) => (freshnessOf(row.fresh_until, nowMs) === 'stale' ? paint.yellow : paint.green),
  };
}
