import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { replay as replayByClient } from '../../../client';
import { checkParams, runRecord } from '../../../engine';
import {
  installationFolder,
  keepVersions,
  type LoadedDag,
  loadProject,
  type Project,
  type ReplayRequest,
  replayRun,
  runInProcess,
} from '../../../runner';
import { openWarehouse, putRunRecord, type RunRecord, type Warehouse } from '../../../warehouse';

let folder = '';
let warehouse: Warehouse;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemill-replay-'));
  warehouse = await openWarehouse({ uri: join(folder, 'warehouse') });
});

afterEach(async () => {
  await warehouse.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A DAG that lands the numbers of a file, doubles them, and adds up all days. */
const shop = (file: string): string => `
  import { existsSync, readFileSync } from 'node:fs';
  import { defineDag } from 'tidemill';
  const file = ${JSON.stringify(file)};
  const there = async () => existsSync(file);
  const land = async (context) => {
    const { attemptName: attempt, warehouse, identity } = context;
    const numbers = readFileSync(file, 'utf8').trim();
    const written = await warehouse.session((session) => session.write({
      table: 'landing.numbers', folder: 'landed/numbers', attempt, orderBy: ['n'],
      select: 'select unnest([' + numbers + '])::bigint as n',
    }));
    const rowCount = written.files.reduce((sum, file) => sum + file.rowCount, 0);
    return await warehouse.putManifest({
      format: 1, kind: 'landed', table: 'landing.numbers', attempt, days: null, readsRelease: null, sources: [],
      fingerprint: null, rowCount, ...written,
    }, identity);
  };
  export const numbers = defineDag({ id: 'numbers', defaults: { retries: 0 } }, ({ task, sensor, sql, publish }) => {
    const raw_numbers = task('land', land, {}).after(sensor('there', there, {}));
    publish('release', sql('shop.numbers', { from: { raw_numbers } }), { wholes: ['shop.totals'] });
  });
`;

function model(name: string, kind: string, grain: string, reads: string, select: string): void {
  const header = [`model:   ${name}`, `grain:   one row per (${grain})`, `kind:    ${kind}`, `reads:   ${reads}`];
  const lines = [...header, 'checks:', 'owner:   sales', '', 'Numbers.'].map((line) => `-- ${line}`.trim());
  writeFileSync(join(folder, 'sql', `${name.replace('.', '/')}.sql`), `${lines.join('\n')}\n\n${select}\n`);
}

async function load(factor = 2): Promise<Project> {
  for (const path of ['dags', 'sql/shop']) mkdirSync(join(folder, path), { recursive: true });
  writeFileSync(join(folder, 'dags/numbers.ts'), shop(join(folder, 'numbers.txt')));
  const day = "strftime($start::date, '%Y%m%d')::integer as date_key";
  model('shop.numbers', 'slice', 'date_key, n', 'raw_numbers', `select ${day}, n * ${factor} as n from raw_numbers`);
  const total = 'select date_key, sum(n)::bigint as total from shop.numbers group by all';
  model('shop.totals', 'whole', 'date_key', 'shop.numbers', total);
  return await loadProject([join(folder, 'dags')]);
}

let runCount = 0;

/** Runs the DAG for one day and puts it on record, as a worker does. */
async function run(project: Project, numbers: string, day = 1, dagId = 'numbers'): Promise<string> {
  writeFileSync(join(folder, 'numbers.txt'), numbers);
  runCount += 1;
  const runId = `manual__${runCount}`;
  const dag = project.dags.find((one) => one.dagId === dagId) as LoadedDag;
  const [start, end] = [`2010-12-0${day}T00:00:00Z`, `2010-12-0${day + 1}T00:00:00Z`];
  const services = { registry: project.registry, warehouse, logFolder: join(folder, 'logs'), worker: 'test' };
  const params = checkParams(dagId, dag.spec.params, {});
  const request = { dag, runId, interval: { start, end }, params, triggeredBy: 'ada', services, skipDelays: true };
  const { run: ended, plan, execution } = await runInProcess(request);
  if (ended.state !== 'success') throw new Error(`the run failed: ${JSON.stringify(ended.attempts, null, 2)}`);
  const record = runRecord({ plan, run: ended, versions: dag.versions, execution, at: ended.endedAt ?? '' });
  await putRunRecord(warehouse.store, record as unknown as RunRecord);
  await keepVersions(warehouse.store, project);
  return runId;
}

function replay(project: Project, request: Partial<ReplayRequest>) {
  const defaults = { dagId: 'numbers', run: 'latest', code: 'original', inputs: 'original' } as const;
  return replayRun({ ...defaults, project, warehouse, logFolder: join(folder, 'logs'), ...request });
}

describe('a replay with its own code and its own inputs', () => {
  test('is identical, after the file, the code and the release have all moved on, and publishes nothing', async () => {
    const runId = await run(await load(), '1, 2, 3');
    const edited = await load(5);
    await run(edited, '7, 8', 2);
    rmSync(join(folder, 'numbers.txt'));
    const newest = (await warehouse.release()).release;

    const result = await replay(edited, { run: runId });

    expect(result).toMatchObject({ isIdentical: true, state: 'success', originalState: 'success', comparedWith: 1 });
    expect(result.version).toBe(result.originalVersion);
    expect(result.tables).toMatchObject([
      { table: 'shop.numbers', verdict: 'identical', rowsBefore: 3, rowsAfter: 3 },
      { table: 'shop.totals', verdict: 'identical', rowsBefore: 1, rowsAfter: 1 },
    ]);
    expect((await warehouse.release()).release).toBe(newest);
  });

  test('is typed, for programs', async () => {
    const runId = await run(await load(), '1, 2');
    const [dags, logs] = [[join(folder, 'dags')], join(folder, 'logs')];

    const result = await replayByClient({ dagId: 'numbers', dags, logs, warehouse: join(folder, 'warehouse') });

    expect(result).toMatchObject({ runId, isIdentical: true });
  });

  test('finds the run by its date', async () => {
    const project = await load();
    const first = await run(project, '1, 2', 1);
    await run(project, '3, 4', 2);

    expect(await replay(project, { run: '2010-12-01' })).toMatchObject({ runId: first, isIdentical: true });
    await expect(replay(project, { run: '1999-01-01' })).rejects.toMatchObject({ code: 'unknown_run' });
  });

  test('is refused when nobody has that code, and says which version it was', async () => {
    await run(await load(), '1');
    for await (const { key } of warehouse.store.list('versions/dags/')) await warehouse.store.delete(key);

    await expect(replay(await load(5), {})).rejects.toMatchObject({
      code: 'version_not_kept',
      message: expect.stringMatching(/version [0-9a-f]{16} .*--code latest/),
    });
  });
});

test('a replay with the latest code names the tables that the change of the code changes', async () => {
  await run(await load(), '1, 2, 3');

  const result = await replay(await load(5), { code: 'latest' });

  expect(result.isIdentical).toBe(false);
  expect(result.version).not.toBe(result.originalVersion);
  expect(result.tables.map(({ table, verdict }) => [table, verdict])).toEqual([
    ['shop.numbers', 'different'],
    ['shop.totals', 'different'],
  ]);
});

test('a replay with the latest inputs says what running it again would change', async () => {
  const project = await load();
  await run(project, '1, 2, 3');
  expect(await replay(project, { inputs: 'latest' })).toMatchObject({ isIdentical: true });

  writeFileSync(join(folder, 'numbers.txt'), '1, 2, 3, 4');
  const result = await replay(project, { inputs: 'latest' });

  expect(result).toMatchObject({ isIdentical: false, state: 'success' });
  expect(result.tables[0]).toMatchObject({ verdict: 'different', rowsBefore: 3, rowsAfter: 4 });
});

test('a replay that fails where the run did not is not identical, and says why', async () => {
  const project = await load();
  await run(project, '1');
  writeFileSync(join(folder, 'numbers.txt'), 'no numbers');

  const result = await replay(project, { inputs: 'latest' });

  expect(result).toMatchObject({ isIdentical: false, state: 'failed', originalState: 'success' });
  expect(result.failures).toMatchObject([{ taskId: 'land', code: 'sql_failed' }]);
  expect(result.tables.map(({ verdict }) => verdict)).toEqual(['missing', 'missing']);
});

test('a run of the shop replays to the very same star schema, keys included', async () => {
  const { generateInvoices } = await import('../../../activities/extract/generate/generate-invoices');
  const path = join(warehouse.landing, 'online_retail', 'invoices.csv.gz');
  mkdirSync(join(path, '..'), { recursive: true });
  await generateInvoices({ path, rows: 2_000, seed: 1, endDate: '2010-12-03', days: 3 });
  const project = await loadProject([join(installationFolder, 'dags')]);
  await run(project, '', 1, 'retail_daily');
  const second = await run(project, '', 2, 'retail_daily');
  await run(project, '', 1, 'retail_daily');

  const result = await replay(project, { dagId: 'retail_daily', run: second });

  expect(result.failures).toEqual([]);
  expect(result.tables.filter(({ verdict }) => verdict !== 'identical')).toEqual([]);
  expect(result.isIdentical).toBe(true);
  expect(result.tables.map(({ table }) => table)).toContain('core.fact_sales');
}, 120_000);
