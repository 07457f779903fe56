import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { explainTask, planOf, type RunView } from '../../engine';
import { type House, withHouse } from '../support/house';
import { until } from '../support/until';
import { type Outcome, startCli } from './cli-processes';

const dags = [join(__dirname, 'pooled-dags')];
const timeoutMs = 240_000;
const stepTimeoutMs = 90_000;

/** The command against a house's server. */
function cli({ address, namespace, home }: House, ...args: readonly string[]): Promise<Outcome> {
  return startCli([...args, '--address', address, '--namespace', namespace], { cwd: home, env: {} }).ended;
}

/** The most slots that were held at one time, and how often somebody began. */
function journalOf(file: string): { readonly most: number; readonly begun: number } {
  const changes = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => Number(line.split(' ').at(-1)));
  let [held, most] = [0, 0];
  for (const change of changes) {
    held += change;
    most = Math.max(most, held);
  }
  return { most, begun: changes.filter((change) => change > 0).length };
}

async function finished(house: House, dagId: string, runIds: readonly string[]): Promise<void> {
  for (const runId of runIds) expect(await house.client.result(dagId, runId)).toMatchObject({ state: 'success' });
}

test(
  'tasks of all runs share the slots of a pool, and caps hold over all runs',
  async () => {
    await withHouse({ dags }, async (house) => {
      await house.startWorker();
      await expect(house.deploy()).rejects.toMatchObject({ code: 'unknown_pool' });
      await house.client.setPool({ name: 'narow', slots: 1, description: '' });
      await expect(house.deploy()).rejects.toMatchObject({
        code: 'unknown_pool',
        message: expect.stringContaining('Did you mean "narow"?'),
      });
      await house.client.setPool({ name: 'narrow', slots: 1, description: '' });
      await expect(house.deploy()).rejects.toMatchObject({ code: 'pool_too_small' });
      expect(await cli(house, 'pools', 'set', 'narrow', '2', '--description', 'few at once')).toMatchObject({
        code: 0,
      });
      expect(await cli(house, 'pools', 'delete', 'narow')).toMatchObject({ code: 0 });
      const listed = await cli(house, 'pools', 'list', '-o', 'json');
      expect(JSON.parse(listed.stdout)).toEqual([
        { pool: 'narrow', slots: 2, used: 0, waiting: 0, description: 'few at once' },
      ]);
      expect(await cli(house, 'pools', 'get', 'narro')).toMatchObject({ code: 2 });
      await house.deploy();

      const journal = join(house.home, 'pooled.txt');
      const trigger = async (dagId: string, file: string): Promise<string> =>
        (await house.client.trigger({ dagId, params: { journal: file } }))[0] ?? '';
      const pooled = [await trigger('pooled', journal), await trigger('pooled', journal)];
      const cappedJournal = join(house.home, 'capped.txt');
      const capped = [];
      for (let count = 0; count < 4; count += 1) capped.push(await trigger('capped', cappedJournal));
      await finished(house, 'pooled', pooled);
      await finished(house, 'capped', capped);

      expect(journalOf(journal)).toEqual({ most: 2, begun: 14 });
      expect(journalOf(cappedJournal)).toEqual({ most: 1, begun: 4 });
      await until(async () => Object.keys((await house.client.pools()).leases).length === 0, stepTimeoutMs);
    });
  },
  timeoutMs,
);

test(
  'a task that waits for slots says its place, and gets them when their holder is stopped or was terminated by hand',
  async () => {
    await withHouse({ dags }, async (house) => {
      await house.startWorker();
      await house.client.setPool({ name: 'narrow', slots: 2, description: '' });
      await house.deploy();
      const gate = join(house.home, 'gate');
      const hold = async (): Promise<string> =>
        (await house.client.trigger({ dagId: 'holding', params: { gate } }))[0] ?? '';
      const view = (runId: string): Promise<RunView> => house.client.run('holding', runId);
      const isRunning = async (runId: string): Promise<boolean> =>
        (await view(runId)).run.tasks.hold?.state === 'running';

      const first = await hold();
      await until(() => isRunning(first), stepTimeoutMs);
      const [second, third] = [await hold(), await hold()];
      await until(async () => Object.keys((await house.client.pools()).queue).length === 2, stepTimeoutMs);
      const why = async (runId: string): Promise<string | undefined> => {
        const { spec, run } = await view(runId);
        return explainTask(planOf(spec), run, 'hold')?.message;
      };
      const places = async (): Promise<string> => [await why(second), await why(third)].sort().join('; ');
      const expected = [1, 2].map((place) => `pool narrow: place ${place} of 2, 2 of 2 slots in use`).join('; ');
      await until(async () => (await places()) === expected, stepTimeoutMs);
      expect(await cli(house, 'pools', 'delete', 'narrow')).toMatchObject({ code: 2 });

      await house.client.stop('holding', first);
      await until(async () => (await isRunning(second)) || (await isRunning(third)), stepTimeoutMs);
      const [holder, last] = (await isRunning(second)) ? [second, third] : [third, second];
      await house.client.temporal.workflow.getHandle(`dag_run/holding/${holder}`).terminate('by hand');
      await until(() => isRunning(last), stepTimeoutMs);
      writeFileSync(gate, '');
      await finished(house, 'holding', [last]);
    });
  },
  timeoutMs,
);
