/**
 * `node tools/run-typescript.cjs tests/browser/screenshot.ts [CHROMIUM]`: takes the picture of a run in Temporal's UI
 * that the README shows: a day of the retail pipeline in which the disk refuses one table once, and the next try succeeds.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import { generateInvoices } from '../../activities/extract/generate/generate-invoices';
import { findTemporalServer, startTemporalServer, tidemillHome } from '../../server';
import { type House, ownDags, withHouse } from '../support/house';
import { until } from '../support/until';
import { withPage, workflowPage } from './browser';

const root = resolve(__dirname, '../..');
const picture = join(root, 'docs/images/temporal-ui-run.png');
const maxBytes = 300_000;
const width = 1400;
/** The UI's own bars, in pixels. */
const leftBar = 64;
const topBar = 64;
const dagId = 'retail_daily';

async function main([
  executable = process.env.TIDEMILL_CHROMIUM ?? '/usr/bin/chromium',
]: readonly string[]): Promise<void> {
  const found = await findTemporalServer({ home: tidemillHome(process.env, root) });
  if (found.kind === 'running') throw new Error('Unset TEMPORAL_ADDRESS: the picture is taken of a server of its own.');
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-picture-'));
  const server = await startTemporalServer({ executable: found.path, folder, database: 'memory', ui: true });
  await withHouse({ dags: [quickRetries(folder)], server }, async (house) => {
    const runId = await runWithOneRetry(house);
    const workflowId = `dag_run/${dagId}/${runId}`;
    const execution = await house.client.temporal.workflow.getHandle(workflowId).describe();
    const ui = { uiUrl: server.uiUrl ?? '', namespace: server.namespace };
    const parts = await withPage({ executable, width, height: 1600 }, async (page) => {
      await page.goto(workflowPage(ui, { workflowId, runId: execution.runId }, 'user-metadata'));
      const table = await shootTaskTable(page);
      await page.goto(workflowPage(ui, { workflowId, runId: execution.runId }, 'history'));
      return [table, await shootTimeline(page)];
    });
    mkdirSync(join(root, 'docs/images'), { recursive: true });
    await withPage({ executable, width: width - leftBar, height: 100 }, (page) => writeBelowEachOther(page, parts));
  });
  await server.stop();
  rmSync(folder, { recursive: true });
  const { size } = statSync(picture);
  process.stdout.write(
    `${relative(root, picture)}: ${size} bytes${size > maxBytes ? `, more than ${maxBytes}` : ''}\n`,
  );
}

/** The DAG as it is but for its delay between tries: half a minute of waiting would be all that the picture shows. */
function quickRetries(folder: string): string {
  const dags = join(folder, 'dags');
  mkdirSync(dags);
  const source = readFileSync(join(ownDags, 'retail-daily.ts'), 'utf8');
  const moved = source.replaceAll("'../activities/", `'${relative(dags, join(root, 'activities'))}/`);
  writeFileSync(join(dags, 'retail-daily.ts'), moved.replace("retryDelay: '30 seconds'", "retryDelay: '1 second'"));
  return dags;
}

async function runWithOneRetry({ client, landing, warehouse, startWorker, deploy }: House): Promise<string> {
  const path = join(landing, 'online_retail', 'invoices.csv.gz');
  await generateInvoices({ path, rows: 36_000, seed: 20_101_201, endDate: '2026-11-19', days: 21 });
  await startWorker();
  await deploy();
  const table = join(warehouse, 'tables/core/fact_returns');
  mkdirSync(dirname(table), { recursive: true });
  writeFileSync(table, 'a file where a folder should be');
  const [runId = ''] = await client.trigger({ dagId, interval: '2026-11-17/2026-11-18' });
  await until(async () => {
    const view = await client.run(dagId, runId).catch(() => null);
    return view?.run.tasks['core.fact_returns']?.state === 'up_for_retry';
  }, 30_000);
  rmSync(table);
  await client.result(dagId, runId);
  return runId;
}

/** The run's head and its task table, without the bars of the UI around them. */
async function shootTaskTable(page: Page): Promise<Buffer> {
  const frame = page.frameLocator('iframe').last();
  await frame.locator('table').waitFor();
  await page.waitForTimeout(2_000);
  const table = await frame.locator('table').boundingBox();
  const bottom = (table?.y ?? 0) + (table?.height ?? 0) + 24;
  return await page.screenshot({ clip: { x: leftBar, y: topBar, width: width - leftBar, height: bottom - topBar } });
}

/** The timeline, from its heading on. */
async function shootTimeline(page: Page): Promise<Buffer> {
  const heading = page.getByText('Event History').first();
  // All rows, and not as many as a panel of the usual height has room for.
  await page.getByTestId('expandAll').click();
  await page.locator('svg').getByText('wait_for_file').first().waitFor();
  await page.waitForTimeout(2_000);
  const top = ((await heading.boundingBox())?.y ?? 0) - 4;
  const last = await page.locator('svg').getByText('wait_for_file').first().boundingBox();
  const bottom = (last?.y ?? 0) + 40;
  return await page.screenshot({
    clip: { x: leftBar, y: top, width: width - leftBar, height: bottom - top },
  });
}

async function writeBelowEachOther(page: Page, parts: readonly Buffer[]): Promise<void> {
  const images = parts.map((part) => `<img src="data:image/png;base64,${part.toString('base64')}">`);
  await page.setContent(`<style>body { margin: 0 } img { display: block }</style>${images.join('')}`);
  await page.screenshot({ path: picture, fullPage: true });
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
