import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createBuiltins } from '../../../activities/builtins';
import type { TaskContext } from '../../../activities/context';
import { extractInvoices } from '../../../activities/extract/extract-invoices';
import type { PublishResult } from '../../../activities/publish/publish-release';
import { type DatasetRef, type Json, plusDays } from '../../../engine';
import { loadSqlCatalog, parserOf, type SqlCatalog } from '../../../sql/catalog';
import { openWarehouse, type Warehouse } from '../../../warehouse';

export const sqlFolder = resolve(__dirname, '../../../sql');
export const dailySlices = ['core.customer_days', 'core.product_days', 'core.fact_sales', 'core.fact_returns'];
export const dimensions = ['core.dim_customer', 'core.dim_product', 'core.dim_country', 'core.dim_date'];
export const marts = [
  'marts.customer_rfm',
  'marts.cohort_retention',
  'marts.product_performance',
  'marts.country_performance',
  'marts.return_matches',
  'marts.revenue_daily',
  'marts.revenue_monthly',
  'marts.reference_monthly',
];

/** A shop of its own in a temporary folder: a warehouse, its landing folder and the retail SQL. */
export interface Shop {
  readonly warehouse: Warehouse;
  readonly catalog: SqlCatalog;
  readonly landing: string;
  readonly folder: string;
}

let runCount = 0;

/** Runs a body with a shop that is gone afterwards; kept when the body failed. */
export async function withShop<Result>(body: (shop: Shop) => Promise<Result>): Promise<Result> {
  const shop = await openShop();
  const result = await body(shop);
  await closeShop(shop);
  return result;
}

export async function openShop(): Promise<Shop> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-shop-'));
  const landing = join(folder, 'landing');
  mkdirSync(landing);
  const warehouse = await openWarehouse({ uri: join(folder, 'warehouse'), landing });
  const catalog = await warehouse.session((session) => loadSqlCatalog([sqlFolder], parserOf(session)));
  return { warehouse, catalog, landing, folder };
}

export async function closeShop(shop: Shop): Promise<void> {
  await shop.warehouse.close();
  rmSync(shop.folder, { recursive: true });
}

/** Copies a file into the landing folder under a name. */
export function deliver(shop: Shop, path: string, name: string): void {
  mkdirSync(dirname(join(shop.landing, name)), { recursive: true });
  copyFileSync(path, join(shop.landing, name));
}

export interface RunOptions {
  /** First day, and the day after the last one. */
  readonly start: string;
  readonly end: string;
  readonly source: string;
  readonly params?: { readonly [name: string]: Json };
  /** Called when every slice is written and nothing is published yet. */
  readonly beforePublish?: () => Promise<unknown>;
}

/** A context as a driver would make it, for one task of one run. */
export function contextOf(
  shop: Shop,
  run: {
    readonly id: string;
    readonly start: string;
    readonly end: string;
    readonly params?: Json;
    readonly timezone?: string;
  },
  taskId: string,
): TaskContext {
  const identity = { dagId: 'retail', runId: run.id, execution: 'e1', taskId, tryNumber: 1, attempt: 1 };
  const silent = (): void => undefined;
  return {
    identity,
    completion: null,
    attemptName: createHash('sha256').update(`${run.id}/${taskId}`).digest('hex').slice(0, 20),
    interval: { start: `${run.start}T00:00:00Z`, end: `${run.end}T00:00:00Z` },
    timezone: run.timezone ?? 'UTC',
    params: run.params ?? {},
    warehouse: shop.warehouse,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    signal: new AbortController().signal,
    heartbeat: silent,
    checkpoint: async () => undefined,
    connection: async () => Promise.reject(new Error('no connections here')),
    variable: async () => Promise.reject(new Error('no variables here')),
    lastCheckpoint: async () => null,
  };
}

/** Performs what the DAG `retail_daily` does for one interval, by the same handlers, without an engine. */
export async function runDaily(shop: Shop, options: RunOptions): Promise<PublishResult> {
  runCount += 1;
  const run = { ...options, id: `manual__${runCount}` };
  const builtins = createBuiltins({ models: shop.catalog });
  const on = (taskId: string): TaskContext => contextOf(shop, run, taskId);
  const sql = (model: string, inputs: { readonly [name: string]: DatasetRef }): Promise<DatasetRef> =>
    builtins.sql(on(model), { model, inputs });

  const raw = await extractInvoices(on('extract'), { source: options.source });
  const invoices = await sql('staging.stg_invoices', { raw });
  const scores = await sql('quality.scores', { 'staging.stg_invoices': invoices });
  await builtins.check(on('quality.invoices'), {
    check: 'quality.invoices',
    on: { 'quality.scores': scores },
    options: { minimum_score: 95 },
  });
  const rejected = await sql('quality.rejected_rows', { raw, 'staging.stg_invoices': invoices });
  const slices: DatasetRef[] = [];
  for (const model of dailySlices) slices.push(await sql(model, { 'staging.stg_invoices': invoices }));
  await options.beforePublish?.();
  return await builtins.publish(on('release'), {
    datasets: [invoices, scores, rejected, ...slices],
    wholes: dimensions,
    fresh_within_ms: 26 * 3_600_000,
  });
}

/** Performs what the DAG `retail_marts` does. */
export async function runMarts(shop: Shop): Promise<PublishResult> {
  runCount += 1;
  const run = { id: `marts__${runCount}`, start: '2020-01-01', end: '2020-01-02' };
  const builtins = createBuiltins({ models: shop.catalog });
  const datasets: DatasetRef[] = [];
  for (const model of marts) datasets.push(await builtins.sql(contextOf(shop, run, model), { model, inputs: {} }));
  return await builtins.publish(contextOf(shop, run, 'release'), { datasets, wholes: [], fresh_within_ms: null });
}

/** Fingerprints of every published table: what must not depend on the order of runs. */
export async function fingerprints(shop: Shop): Promise<{ readonly [table: string]: string }> {
  const release = await shop.warehouse.release();
  return Object.fromEntries(
    Object.values(release.tables).map((table) => [table.table, JSON.stringify(table.fingerprint)]),
  );
}

/** Reads published tables of the newest release by their names. */
export async function readPublished(
  shop: Shop,
  sql: string,
): Promise<readonly { readonly [column: string]: unknown }[]> {
  const release = await shop.warehouse.release();
  return await shop.warehouse.session(async (session) => {
    for (const table of Object.values(release.tables)) {
      if (!sql.includes(table.table)) continue;
      await session.bind({ name: table.table, columns: table.columns, files: await release.files(table.table) });
    }
    return await session.rows(sql);
  });
}

/** The days from `start` up to, not including, `end`. */
export function daysBetween(start: string, end: string): readonly string[] {
  const days: string[] = [];
  for (let day = start; day < end; day = plusDays(day, 1)) days.push(day);
  return days;
}
