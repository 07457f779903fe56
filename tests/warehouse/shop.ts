import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  openWarehouse,
  type PublishOrigin,
  type PublishOutcome,
  type ReleaseReader,
  type TableChange,
  type Warehouse,
  type WarehouseOptions,
} from '../../warehouse';

/** A folder that is gone when the body succeeded, and kept to be looked at when it did not. */
export async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-warehouse-'));
  await body(folder);
  await rm(folder, { recursive: true, force: true });
}

export async function withWarehouse(
  body: (warehouse: Warehouse, folder: string) => Promise<void>,
  options: Partial<WarehouseOptions> = {},
): Promise<void> {
  await withFolder((folder) => using({ uri: folder, ...options }, (warehouse) => body(warehouse, folder)));
}

/** A second opening of a folder is as separate as a second process: nothing is shared but the files. */
export async function using<Result>(
  options: WarehouseOptions,
  body: (warehouse: Warehouse) => Promise<Result>,
): Promise<Result> {
  const warehouse = await openWarehouse(options);
  try {
    return await body(warehouse);
  } finally {
    await warehouse.close();
  }
}

export const salesColumns = [
  'invoice_no',
  'line_no',
  'date_key',
  'invoice_month',
  'invoiced_at',
  'country',
  'amount',
] as const;

/** The sales of days in December 2010: `lines` of them a day, all values made from the day and the line. */
export function salesSelect(days: readonly number[], lines = 20): string {
  return `SELECT (100000 * day + line // 4)::VARCHAR AS invoice_no, (line % 4)::INTEGER AS line_no,
    (20101200 + day)::INTEGER AS date_key, DATE '2010-12-01' AS invoice_month,
    TIMESTAMPTZ '2010-12-01 08:00:00+00' + to_days((day - 1)::INTEGER) + to_seconds(line) AS invoiced_at,
    CASE WHEN line % 5 = 0 THEN NULL ELSE 'Country ' || (line + day) % 3 END AS country,
    (line * 1.25 + day)::DECIMAL(18,4) AS amount
  FROM unnest([${days.join(',')}]::INTEGER[]) AS d(day), range(${lines}) AS l(line)`;
}

export function dayText(day: number): string {
  return `2010-12-${String(day).padStart(2, '0')}`;
}

export function anOrigin(attempt: string): PublishOrigin {
  return {
    dagId: 'shop_daily',
    runId: `manual__${attempt}`,
    taskId: 'release',
    attempt,
    interval: { start: '2010-12-01T00:00:00Z', end: '2010-12-02T00:00:00Z' },
  };
}

/** Writes the sales of some days as files of `core.fact_sales`, replacing exactly those days. */
export async function salesChange(
  warehouse: Warehouse,
  attempt: string,
  days: readonly number[],
  lines?: number,
): Promise<TableChange> {
  const select = salesSelect(days, lines);
  const { columns, files } = await warehouse.session((session) =>
    session.write({
      table: 'core.fact_sales',
      select,
      orderBy: ['invoice_no', 'line_no'],
      splitByDay: 'date_key',
      attempt,
    }),
  );
  const replaces = days.map((day) => ({ start: dayText(day), end: dayText(day + 1) }));
  return { kind: 'slice', table: 'core.fact_sales', columns, files, replaces, sources: ['file-1'] };
}

/** Builds `core.dim_country` from the base's sales with the given change in place: a whole of a publish. */
export async function countriesChange(
  warehouse: Warehouse,
  attempt: string,
  base: ReleaseReader,
  sales: TableChange,
): Promise<TableChange> {
  const replaced = sales.kind === 'slice' ? sales.replaces : [];
  const kept = (await base.files('core.fact_sales')).filter(
    ({ day }) => day === null || !replaced.some(({ start, end }) => day >= start && day < end),
  );
  const { columns, files } = await warehouse.session(async (session) => {
    await session.bind({ name: 'core.fact_sales', columns: sales.columns, files: [...kept, ...sales.files] });
    return session.write({
      table: 'core.dim_country',
      select:
        'SELECT country, count(*) AS line_count, sum(amount)::DECIMAL(38,4) AS amount FROM core.fact_sales GROUP BY ALL',
      orderBy: ['country'],
      attempt,
    });
  });
  return { kind: 'whole', table: 'core.dim_country', columns, files, readsRelease: null };
}

/** One publish of some days of sales with the dimension over all of them, as a daily run does it. */
export async function publishDays(
  warehouse: Warehouse,
  attempt: string,
  days: readonly number[],
  lines?: number,
): Promise<PublishOutcome> {
  const sales = await salesChange(warehouse, attempt, days, lines);
  return warehouse.publish(anOrigin(attempt), async (base) => ({
    changes: [sales, await countriesChange(warehouse, attempt, base, sales)],
    dataUntil: `${dayText(Math.max(...days) + 1)}T00:00:00.000Z`,
    freshWithinMs: 26 * 3_600_000,
  }));
}

/** The error that a promise fails with; fails when it does not. */
export async function failure(promise: Promise<unknown>): Promise<Error & { code?: string; details?: unknown }> {
  return promise.then(
    () => {
      throw new Error('nothing was thrown');
    },
    (error: Error) => error,
  );
}
