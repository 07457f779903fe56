import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { dagVersion } from '../../engine';
import { loadProject } from '../../runner';
import { withHouse } from '../support/house';
import { until } from '../support/until';
import { startCli } from './cli-processes';

const timeoutMs = 240_000;
const stepTimeoutMs = 90_000;

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemill-versions-'));
  mkdirSync(join(folder, 'dags'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A DAG that waits for a file, and then writes down which version of it runs. */
function writeDag(says: string, more = ''): void {
  const text = `
    import { existsSync, writeFileSync } from 'node:fs';
    import { defineDag } from 'tidemill';
    const folder = ${JSON.stringify(folder)};
    const open = async () => existsSync(folder + '/open');
    const say = async () => { writeFileSync(folder + '/said', ${JSON.stringify(says)}); return null; };
    export const two_versions = defineDag({ id: 'two_versions', defaults: { retries: 0 } }, ({ task, sensor }) => {
      const opened = sensor('open', open, {}, { pokeInterval: '200 milliseconds' });
      task('say', say, {}).after(opened);
      ${more}
    });
  `;
  writeFileSync(join(folder, 'dags/two-versions.ts'), text);
}

test(
  'a run keeps the version that it was started with, through an edit and another worker',
  async () => {
    writeDag('old');
    const dags = join(folder, 'dags');
    await withHouse({ dags: [dags] }, async (house) => {
      const first = await house.startWorker();
      await house.deploy();
      const [runId = ''] = await house.client.trigger({ dagId: 'two_versions' });
      await until(async () => {
        const { run } = await house.client.run('two_versions', runId);
        return run.tasks.open?.state === 'up_for_reschedule';
      }, stepTimeoutMs);
      await first.stop();

      writeDag('new', "task('greet', say, {});");
      await house.startWorker();
      writeFileSync(join(folder, 'open'), '');
      expect(await house.client.result('two_versions', runId)).toMatchObject({ state: 'success' });
      const { run } = await house.client.run('two_versions', runId);
      expect(Object.keys(run.tasks).sort()).toEqual(['open', 'say']);
      expect(readFileSync(join(folder, 'said'), 'utf8')).toBe('old');

      const env = {
        TEMPORAL_ADDRESS: house.address,
        TEMPORAL_NAMESPACE: house.namespace,
        TIDEMILL_WAREHOUSE: house.warehouse,
        TIDEMILL_HOME: house.home,
      };
      const cli = async (...args: string[]) => await startCli(args, { cwd: folder, env }).ended;
      const current = (await loadProject([dags])).dags[0]?.versions ?? { spec: '', code: '' };
      const old = house.project.dags[0]?.versions ?? { spec: '', code: '' };
      const versions = await cli('dags', 'versions', 'two_versions', '-o', 'json');
      const diff = await cli('dags', 'diff', 'two_versions');
      const unknown = await cli('dags', 'diff', 'two_versions', 'ffffff');

      expect(versions).toMatchObject({ code: 0 });
      expect(JSON.parse(versions.stdout)).toMatchObject([
        { version: dagVersion(current), deployed: false, task_count: 3 },
        { version: dagVersion(old), deployed: true, task_count: 2 },
      ]);
      expect(diff.stdout.split('\n')).toEqual([
        `two_versions  ${dagVersion(old)} to ${dagVersion(current)}`,
        '+ greet',
        '~ the code of the handlers, in 1 file: two-versions.ts',
        '',
      ]);
      expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('unknown_version') });
    });
  },
  timeoutMs,
);
