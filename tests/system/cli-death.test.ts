import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { loadProject } from '../../runner';
import { ownDags, withWarehouse } from '../support/house';
import { fingerprintsOf, rowsOf, undisturbed } from '../support/published';
import { sharedServer } from '../support/server';
import { until } from '../support/until';
import { type Running, startCli } from './cli-processes';

const { executable } = sharedServer();
const suite = executable === null || process.platform !== 'linux' ? describe.skip : describe;
/** The promise: nothing outlives the command by more than this. */
const goneWithinMs = 5_000;
const startMs = 90_000;
const testTimeoutMs = 300_000;

let folder: string;
let started: Running[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemill-cli-death-'));
  started = [];
});
afterEach(async () => {
  for (const { child } of started) child.kill('SIGKILL');
  await until(() => processesHere().length === 0, goneWithinMs);
  rmSync(folder, { recursive: true, force: true });
});

function start(...args: readonly string[]): Running {
  const env: NodeJS.ProcessEnv = {
    PATH: [dirname(executable ?? ''), process.env.PATH].join(delimiter),
    TEMPORAL_ADDRESS: undefined,
    TEMPORAL_NAMESPACE: undefined,
    TIDEMILL_HOME: undefined,
    TIDEMILL_WAREHOUSE: undefined,
    TIDEMILL_TASK_QUEUE: undefined,
    TIDEMILL_LANDING: undefined,
  };
  const running = startCli(args, { cwd: folder, env });
  started.push(running);
  return running;
}

/** Every process whose command line names the folder of this test: server, worker, guards. */
function processesHere(): readonly string[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => line.includes(folder) && !line.includes('ps -eo'));
}

async function untilPrinted(running: Running, text: string): Promise<void> {
  await until(() => running.stdout().includes(text) || running.child.exitCode !== null, startMs);
  expect(running.stdout()).toContain(text);
}

/** What a running installation tells the commands in other terminals. */
interface ServerFile {
  readonly address: string;
}

suite('a standalone installation', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)(
    'closes its parts after %s and ends with %d',
    async (signal, code) => {
      const standalone = start('standalone', '--dags', ownDags);
      await untilPrinted(standalone, 'Running until Ctrl-C.');
      expect(processesHere()).not.toEqual([]);

      standalone.child.kill(signal);

      expect(await standalone.ended).toMatchObject({ code, stderr: expect.stringContaining('Stopping.') });
      expect(processesHere()).toEqual([]);
      expect(existsSync(join(folder, '.tidemill', 'server.json'))).toBe(false);
    },
    testTimeoutMs,
  );

  test(
    'is gone within five seconds of a kill -9, and starts again on the same state',
    async () => {
      const first = start('standalone', '--dags', ownDags);
      await untilPrinted(first, 'Running until Ctrl-C.');
      const { address } = JSON.parse(readFileSync(join(folder, '.tidemill', 'server.json'), 'utf8')) as ServerFile;

      first.child.kill('SIGKILL');

      await until(() => processesHere().length === 0, goneWithinMs);
      const unreachable = await start('dags', 'list-runs', '--address', address).ended;
      expect(unreachable).toMatchObject({ code: 3, stderr: expect.stringContaining('temporal_unreachable') });
      const second = start('standalone', '--dags', ownDags);
      await untilPrinted(second, 'Running until Ctrl-C.');
      const list = await start('dags', 'list', '-o', 'json').ended;
      expect(JSON.parse(list.stdout)).toContainEqual(expect.objectContaining({ dag_id: 'retail_daily' }));
    },
    testTimeoutMs,
  );
});

suite('a demo that is killed in the middle of its runs', () => {
  const days = { start: '2026-11-05T00:00:00Z', end: '2026-11-11T00:00:00Z' };
  const demo = (): Running => start('demo', '--days', '6', '--end-date', '2026-11-10');

  test(
    'leaves no process, no half release, and publishes what it would have when it is started again',
    async () => {
      const warehouse = join(folder, '.tidemill', 'demo', 'warehouse');
      const killed = demo();
      await untilPrinted(killed, ': success');
      killed.child.kill('SIGKILL');
      await until(() => processesHere().length === 0, goneWithinMs);
      const between = await withWarehouse(warehouse, (opened) =>
        rowsOf(opened, 'select count(*) = count(distinct (file, line)) as is_once from staging.stg_invoices'),
      );
      const again = await demo().ended;

      expect(between).toEqual([{ is_once: true }]);
      expect(again).toMatchObject({ code: 0, stderr: '' });
      const project = await loadProject([ownDags]);
      const runs = [
        { dagId: 'retail_daily', interval: days, params: { source: 'online_retail', sourceTimezone: 'UTC' } },
        { dagId: 'retail_marts', interval: days },
      ];
      const expected = await undisturbed(project, runs, async (landing) => {
        cpSync(join(warehouse, 'landing'), landing, { recursive: true });
      });
      await withWarehouse(warehouse, async (opened) => {
        expect(await fingerprintsOf(opened)).toEqual(expected);
        // A task that was cut off is on record as lost; it used up no try.
        const attempts = `select max(try_number)::integer as tries,
          count(*) filter (state not in ('success', 'lost'))::integer as failed from meta.task_attempts`;
        expect(await rowsOf(opened, attempts)).toEqual([{ tries: 1, failed: 0 }]);
      });
    },
    testTimeoutMs,
  );
});
