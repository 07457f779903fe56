import type { PendingDay } from '../activities';
import type { Warehouse } from '../warehouse';
import { load } from './load';
import { countText, durationText } from './output';

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
