import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sharedServer } from '../support/server';
import { until } from '../support/until';
import { type Outcome, startCli } from './cli-processes';

const { executable } = sharedServer();
const suite = executable === null ? describe.skip : describe;
const demoMs = 180_000;

let folder: string;
let first: Outcome;

function environment(): NodeJS.ProcessEnv {
  const path = [dirname(executable ?? ''), process.env.PATH].join(delimiter);
  return {
    PATH: path,
    TEMPORAL_ADDRESS: undefined,
    TEMPORAL_NAMESPACE: undefined,
    TIDEMILL_HOME: undefined,
    TIDEMILL_WAREHOUSE: undefined,
    TIDEMILL_TASK_QUEUE: undefined,
    TIDEMILL_LANDING: undefined,
  };
}

function demo(...args: readonly string[]) {
  return startCli(['demo', '--days', '3', '--end-date', '2026-11-10', ...args], { cwd: folder, env: environment() });
}

/** Every process whose command line names the folder of this test. */
function processesHere(): readonly string[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.includes(folder) && !line.includes('ps -eo'));
}

suite('the demo', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tidemill-demo-'));
    first = await demo().ended;
  }, demoMs);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('runs each day and then the marts, and all succeed', () => {
    expect(first.stderr).toBe('');
    expect(first.code).toBe(0);
    for (const day of ['2026-11-08', '2026-11-09', '2026-11-10']) {
      expect(first.stdout).toContain(`retail_daily ${day}: success`);
    }
    expect(first.stdout).toMatch(/4 runs in .*: all succeeded/);
  });

  test('ends by saying what was published, where the report is, and what to try next', () => {
    for (const table of ['core.fact_sales', 'core.dim_customer', 'marts.customer_rfm', 'staging.stg_invoices']) {
      expect(first.stdout).toMatch(new RegExp(`^${table.replace('.', '\\.')} +[\\d,]+ +\\d+ +(fresh|stale) for `, 'm'));
    }
    const report = /^report +(\S+)$/m.exec(first.stdout)?.[1] ?? '';
    expect(readFileSync(join(folder, report), 'utf8')).toContain('<svg');
    expect(first.stdout).toMatch(/^ui +http:\/\/127\.0\.0\.1:\d+\//m);
  });

  test('prints commands that work as they stand', () => {
    const lines = first.stdout.slice(first.stdout.indexOf('Try next:')).split('\n');
    const commands = lines.filter((line) => /^ {2}\S/.test(line)).map((line) => line.trim());

    expect(commands).toHaveLength(3);
    for (const command of commands.filter((line) => !line.includes('standalone'))) {
      const { status, stdout } = spawnSync('sh', ['-c', command], {
        cwd: folder,
        env: { ...process.env, ...environment() } as NodeJS.ProcessEnv,
        encoding: 'utf8',
      });
      expect({ command, status }).toEqual({ command, status: 0 });
      expect(stdout).not.toBe('');
    }
  });

  test('leaves no process and no announcement behind', () => {
    expect(processesHere()).toEqual([]);
    expect(existsSync(join(folder, '.tidemill', 'server.json'))).toBe(false);
  });

  test(
    'runs again on the same warehouse and changes nothing there',
    async () => {
      const again = await demo().ended;

      expect(again.code).toBe(0);
      const release = (text: string) => /tables, release (\d+)/.exec(text)?.[1];
      expect(release(again.stdout)).toBe(release(first.stdout));
    },
    demoMs,
  );

  test(
    'stays up with --keep, is found by other commands, and is gone within five seconds of a kill -9',
    async () => {
      const kept = demo('--keep');
      await until(() => kept.stdout().includes('Up until Ctrl-C.'), demoMs);
      const list = await startCli(['dags', 'list', '-o', 'json'], { cwd: folder, env: environment() }).ended;
      expect(JSON.parse(list.stdout)).toContainEqual(
        expect.objectContaining({ dag_id: 'retail_daily', state: 'paused', last_run: 'success' }),
      );

      kept.child.kill('SIGKILL');
      await until(() => processesHere().length === 0, 5_000);
    },
    demoMs,
  );

  test(
    'ends with 130 after Ctrl-C in its middle, and leaves no process behind',
    async () => {
      const running = demo();
      await until(() => running.stdout().includes('deploy ') || running.child.exitCode !== null, 60_000);
      running.child.kill('SIGINT');

      expect(await running.ended).toMatchObject({ code: 130, stderr: expect.stringMatching(/^\s*Stopping\./) });
      expect(processesHere()).toEqual([]);
    },
    demoMs,
  );

  test(
    'ends with 1 and the reason when the data is no good',
    async () => {
      const { code, stdout, stderr } = await demo(
        '--data',
        join(dirname(__dirname), 'support', 'no-such.csv'),
      ).ended.then(async (missing) => {
        expect(missing.code).toBe(2);
        return await startCli(['demo', '--data', await badFile()], { cwd: folder, env: environment() }).ended;
      });

      expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
      expect(stdout).toContain('source_header');
    },
    demoMs,
  );

  test(
    "with a file of its own takes the place of an earlier demo's data, published days included",
    async () => {
      const { code } = await startCli(['demo', '--data', goodFile()], { cwd: folder, env: environment() }).ended;
      const query = ['query', '-o', 'csv', 'SELECT date_key, count(*)::int FROM staging.stg_invoices GROUP BY 1'];
      const home = ['--home', join(folder, '.tidemill', 'demo')];
      const { stdout } = await startCli([...query, ...home], { cwd: folder, env: environment() }).ended;

      expect(code).toBe(0);
      expect(stdout.trim().split('\n').slice(1)).toEqual(['20101201,1']);
    },
    demoMs,
  );
});

function goodFile(): string {
  const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
  const path = join(folder, 'good.csv');
  writeFileSync(path, `${header}\n1,2,BIRD,4,2010-12-01 08:00:00,1.5,17850,France\n`);
  return path;
}

async function badFile(): Promise<string> {
  const { writeFile } = await import('node:fs/promises');
  const path = join(folder, 'bad.csv');
  await writeFile(path, 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate\n1,2,3,4,2010-12-01 08:00:00\n');
  return path;
}
