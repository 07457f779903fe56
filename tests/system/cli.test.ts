import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sharedServer } from '../support/server';
import { until } from '../support/until';
import { cliEnvironment, type Outcome, type Running, startCli } from './cli-processes';

const { address, namespace } = sharedServer();
const queue = `cli-${process.pid}-${Date.now()}`;
const dag = (name: string): string => `${name}_${process.pid}`;

const dagFile = `
import { cron, defineDag, label, noSchedule, OutsideUnavailable, type TaskContext, z } from 'tidemill';

async function count(context: TaskContext): Promise<{ row_count: number }> {
  context.log.info({ one: 1 }, 'counting');
  if (context.identity.tryNumber === 1) throw new OutsideUnavailable({ code: 'not_yet', message: 'Not yet.' });
  return { row_count: 1234 };
}
async function fail(): Promise<number> {
  throw new Error('a plate broke');
}
async function wait(context: TaskContext): Promise<number> {
  await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
  return 1;
}

export const good = defineDag(
  { id: '${dag('good')}', description: 'Ends well.', schedule: cron('0 0 * * *'), startDate: '2010-12-01',
    docs: 'Counts the day. Call the shop when it fails.',
    params: z.object({ size: z.number().default(1).describe('How many.') }), defaults: { retries: 1, retryDelay: '100 milliseconds' } },
  ({ task }) => { task('count', count, {}); },
);
export const bad = defineDag(
  { id: '${dag('bad')}', description: 'Does not.', schedule: noSchedule, defaults: { retries: 0 } },
  ({ task }) => { const failed = task('fail', fail, {}); task('after_it', fail, {}, { docs: '# After' }).after(label('when whole', failed)); },
);
export const endless = defineDag(
  { id: '${dag('endless')}', description: 'Waits.', schedule: noSchedule, maxActiveRuns: 1, defaults: { retries: 0 } },
  ({ task }) => { task('wait', wait, {}); },
);
export const sensing = defineDag(
  { id: '${dag('sensing')}' },
  ({ sensor }) => { sensor('look', async () => 'Nothing on shelf "a". Did you mean "b"?', {}, { pokeInterval: '1 hour' }); },
);
export const sliced = defineDag({ id: '${dag('sliced')}' }, ({ sql }) => { sql('shop.visits'); });
`;

let folder: string;
let worker: Running;

function cli(...args: readonly string[]): Promise<Outcome> {
  return startCli(args, { cwd: folder, env: environment() }).ended;
}

function environment(): NodeJS.ProcessEnv {
  return cliEnvironment({ address, namespace, queue, folder });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemill-cli-'));
  mkdirSync(join(folder, 'dags'));
  writeFileSync(join(folder, 'dags', 'shop.ts'), dagFile);
  cpSync(join(__dirname, 'sql'), join(folder, 'sql'), { recursive: true });
  worker = startCli(['worker', '--ready-file', join(folder, 'ready')], { cwd: folder, env: environment() });
  await until(() => existsSync(join(folder, 'ready')), 60_000);
  const deployed = await cli('deploy');
  expect(deployed).toMatchObject({ code: 0, stderr: '' });
}, 120_000);

afterAll(async () => {
  worker.child.kill('SIGTERM');
  await worker.ended;
  rmSync(folder, { recursive: true, force: true });
});

test('a worker says what it serves', () => {
  expect(worker.stdout()).toContain(`polls queue ${queue}`);
  expect(worker.stdout()).toContain(`serves ${dag('good')}: 1 task, version`);
});

describe('deploy', () => {
  test('leaves new DAGs paused, and has nothing to change the second time', async () => {
    const again = await cli('deploy', '-o', 'json', '--plan');
    const list = await cli('dags', 'list', '-o', 'json');

    expect(JSON.parse(again.stdout)).toContainEqual(
      expect.objectContaining({ dag_id: dag('good'), change: 'unchanged', schedule: 'keep' }),
    );
    expect(JSON.parse(list.stdout)).toContainEqual(expect.objectContaining({ dag_id: dag('good'), state: 'paused' }));
  });

  test('of an unknown DAG names the nearest one and ends with 2', async () => {
    const { code, stderr } = await cli('deploy', dag('goud'));

    expect(code).toBe(2);
    expect(stderr).toContain(`Did you mean "${dag('good')}"?`);
  });
});

describe('a run that ends well', () => {
  test('is waited for, with its retry and its rows, and ends with 0', async () => {
    const { code, stdout } = await cli('dags', 'trigger', dag('good'), '--interval', '2010-12-01/2010-12-02', '--wait');

    expect(code).toBe(0);
    expect(stdout).toContain('Not yet.');
    expect(stdout).toMatch(/count: success, .*1,234 rows/);
    expect(stdout).toContain(`${dag('good')} 2010-12-01: success`);
  });

  test('is found by its date: state, task table and logs', async () => {
    const state = await cli('dags', 'state', dag('good'), '2010-12-01');
    const states = await cli('tasks', 'states-for-dag-run', dag('good'), '2010-12-01', '-o', 'json');
    const logs = await cli('tasks', 'logs', dag('good'), '2010-12-01', 'count', '--try', '2');

    expect(state.stdout).toBe('success\n');
    expect(JSON.parse(states.stdout)).toEqual([
      expect.objectContaining({ task_id: 'count', state: 'success', try_number: 2, max_tries: 2, row_count: 1234 }),
    ]);
    expect(logs.stdout).toContain('counting  one=1');
  });

  test('is in the list of runs and in the history of the warehouse', async () => {
    const runs = await cli('dags', 'list-runs', dag('good'), '-o', 'json');
    const history = await cli('query', '-o', 'json', `SELECT state FROM meta.dag_runs WHERE dag_id = '${dag('good')}'`);

    expect(JSON.parse(runs.stdout)[0]).toMatchObject({
      state: 'success',
      retries: 1,
      interval: '2010-12-01T00:00:00Z/2010-12-02T00:00:00Z',
    });
    expect(JSON.parse(history.stdout)).toEqual([{ state: 'success' }]);
  });

  test('each day of an interval can be a run of its own', async () => {
    const { code, stdout } = await cli(
      ...['dags', 'trigger', dag('good'), '--interval', '2010-12-02/2010-12-05', '--each-day', '--wait'],
    );

    expect(code).toBe(0);
    expect(stdout).toMatch(/2010-12-04: success .*\n/);
    expect(stdout).toContain('(3 of 3)');
  });
});

describe('pictures of runs', () => {
  test('a grid of the last ones, a Gantt of one, and a calendar of a year', async () => {
    const grid = await cli('dags', 'grid', dag('good'));
    const gantt = await cli('dags', 'gantt', dag('good'), '2010-12-01');
    const calendar = await cli('dags', 'calendar', dag('good'));

    expect(grid.stdout).toMatch(/^count +■ ■ ■ ■$/m);
    expect(gantt.stdout).toMatch(/^count +[✗█┄]+/m);
    expect(calendar.stdout).toContain('Dec 2010 ■ ■ ■ ■ ·');
    const lines = [grid, gantt, calendar].flatMap(({ stdout }) => stdout.split('\n'));
    expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThanOrEqual(80);
  });
});

describe('one task, tried out', () => {
  test('runs in the process with what a run before it had, and leaves no record', async () => {
    const alone = await cli('tasks', 'test', dag('bad'), 'fail');
    const unknown = await cli('tasks', 'test', dag('bad'), 'fale');
    const records = await cli('query', '-o', 'json', `SELECT 1 FROM meta.dag_runs WHERE dag_id = '${dag('bad')}'`);

    expect(alone).toMatchObject({ code: 1, stderr: expect.stringContaining('(user_code_failed): a plate broke') });
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean "fail"?') });
    expect(JSON.parse(records.stdout)).toEqual([]);
  });
});

describe('a run that fails', () => {
  test('ends the waiting with 1 and the reason', async () => {
    const { code, stdout, stderr } = await cli('dags', 'trigger', dag('bad'), '--wait');

    expect(code).toBe(1);
    expect(stdout).toContain('fail: a plate broke');
    expect(stderr).toContain(`tidemill explain ${dag('bad')} manual__`);
  });

  test('is explained: what failed, and what did not run because of it', async () => {
    const { stdout } = await cli('explain', dag('bad'), 'latest');
    const json = JSON.parse((await cli('explain', dag('bad'), 'latest', 'fail', '-o', 'json')).stdout);

    expect(stdout).toContain('user_code_failed');
    expect(stdout).toMatch(/after_it +upstream_failed +1 upstream failed: fail/);
    expect(json.tasks[0].failure).toMatchObject({ code: 'user_code_failed', message: 'a plate broke' });
  });
});

describe('what people say of things', () => {
  test('a note at a run is in the list of runs and in what explains the DAG, until it is taken away', async () => {
    const [runId = ''] = (
      await cli('dags', 'trigger', dag('good'), '--interval', '2010-12-20/2010-12-21', '--note', 'the till was open')
    ).stdout.split('\n');
    const noteOf = async (): Promise<unknown> => {
      const runs = JSON.parse((await cli('dags', 'list-runs', dag('good'), '-o', 'json')).stdout);
      return runs.find((run: { run_id: string }) => run.run_id === runId)?.note;
    };
    for (let note: unknown; note !== 'the till was open'; ) note = await noteOf();
    expect((await cli('explain', dag('good'))).stdout).toContain(`${runId}: the till was open (ada)`);

    expect((await cli('dags', 'note', dag('good'), runId, '')).code).toBe(0);
    expect(JSON.parse((await cli('explain', dag('good'), '-o', 'json')).stdout).notes).toEqual([]);
    expect((await cli('dags', 'note', dag('good'), 'manual__none', 'x')).stderr).toContain('unknown_run');
    expect((await cli('dags', 'note', dag('good'), runId, 'x'.repeat(1_001))).stderr).toContain('note_too_long');
  }, 60_000);

  test('docs, words on edges, and parameters are where the DAG and its tasks are shown', async () => {
    expect((await cli('dags', 'show', dag('bad'))).stdout).toContain('← fail (when whole)');
    expect((await cli('dags', 'show', dag('bad'), '--format', 'dot')).stdout).toContain('[label="when whole"]');
    expect((await cli('tasks', 'show', dag('bad'), 'after_it')).stdout).toContain('# After');
    const { stdout } = await cli('dags', 'details', dag('good'));
    expect(stdout).toContain('Counts the day. Call the shop when it fails.');
    expect(stdout).toMatch(/^size +number +1 +How many\.$/m);
    expect((await cli('dags', 'trigger', dag('good'), '--help-params')).stdout).toMatch(/^size +number/m);
  });

  test('a parameter is read by its schema', async () => {
    const [runId = ''] = (
      await cli('dags', 'trigger', dag('good'), '--interval', '2010-12-21/2010-12-22', '--param', 'size=7', '--wait')
    ).stdout.split('\n');
    const { stdout } = await cli('query', '-o', 'csv', `SELECT params FROM meta.dag_runs WHERE run_id = '${runId}'`);
    expect(stdout).toContain('7');
  });
});

describe('runs that wait', () => {
  test('say for what; a stopped run says by whom', async () => {
    const [first = '', second = ''] = [
      (await cli('dags', 'trigger', dag('endless'))).stdout.trim(),
      (await cli('dags', 'trigger', dag('endless'))).stdout.trim(),
    ];
    const { stdout } = await cli('explain', dag('endless'));
    expect(stdout).toMatch(new RegExp(`${second}: 1 of 1 active runs \\(maxActiveRuns\\)`));
    const queued = await cli('explain', dag('endless'), second);
    expect(queued.stdout).toMatch(/queued since .* UTC: 1 of 1 active runs \(maxActiveRuns\)/);

    expect((await cli('dags', 'stop', dag('endless'), second)).stdout).toContain('will not start');
    expect((await cli('dags', 'stop', dag('endless'), first)).stdout).toContain('is being stopped');
    let state = '';
    while (state !== 'failed') state = (await cli('dags', 'state', dag('endless'), first)).stdout.trim();
    expect((await cli('explain', dag('endless'), first)).stdout).toContain('stopped by ada');
  });
});

test('a sensor says what it misses: where the run is waited for, and in what explains it', async () => {
  const waiting = startCli(['dags', 'trigger', dag('sensing'), '--wait'], { cwd: folder, env: environment() });
  await until(() => waiting.stdout().includes('look: waits: Nothing on shelf "a". Did you mean "b"?; poke 2'), 60_000);
  const explained = await cli('explain', dag('sensing'), 'latest', 'look', '-o', 'plain');

  expect(explained.stdout).toMatch(/^look\tup_for_reschedule\t1\t1\tNothing on shelf "a". Did you mean "b"\?; poke 2/m);
  await cli('dags', 'stop', dag('sensing'), waiting.stdout().split('\n')[0] ?? '');
  expect((await waiting.ended).code).toBe(1);
});

test('a trigger without an interval warns when there are slices that would read nothing', async () => {
  const without = await cli('dags', 'trigger', dag('sliced'));
  const day = await cli('dags', 'trigger', dag('sliced'), '--interval', '2010-12-01/2010-12-02');

  expect(without).toMatchObject({ code: 0, stderr: expect.stringContaining('its slices (shop.visits) read nothing') });
  expect(day.stderr).toBe('');
});

describe('pause', () => {
  test('is switched on and off, and does not keep a trigger from running', async () => {
    expect((await cli('dags', 'pause', dag('good'))).stdout).toBe(`${dag('good')} is paused\n`);
    expect((await cli('dags', 'trigger', dag('good'), '--interval', '2010-12-09/2010-12-10', '--wait')).code).toBe(0);
    expect(
      (await cli('dags', 'next-execution', dag('good'), '-n', '2', '-o', 'plain')).stdout.split('\n'),
    ).toHaveLength(4);
  });
});

describe('a request that cannot be met', () => {
  test.each([
    [['dags', 'trigger', 'nope'], 2, 'unknown_dag'],
    [['dags', 'trigger', dag('good'), '--conf', '{"sise":1}'], 2, 'bad_params'],
    [['dags', 'trigger', dag('good'), '--interval', '2010-12-01'], 2, 'bad_interval'],
    [['dags', 'trigger', dag('good'), '--param', 'sise=1'], 2, 'Did you mean "size"?'],
    [['dags', 'trigger', dag('good'), '--param', 'size=big'], 2, '"size" is big, which is no number'],
    [['dags', 'state', dag('good'), '1999-01-01'], 2, 'unknown_run'],
    [['tasks', 'logs', dag('good'), 'manual__none'], 2, 'logs_missing'],
    [['explain', dag('bad'), 'latest', 'fale'], 2, 'unknown_task'],
    [['query', 'SELECT * FROM meta.dag_run'], 2, 'query_failed'],
    [['dags', 'list-runs', '--address', '127.0.0.1:1'], 3, 'temporal_unreachable'],
    [['dags', 'trigger', dag('good'), '--namespace', 'nowhere'], 2, 'unknown_namespace'],
  ])('%j ends with %i and its code', async (args, code, text) => {
    const outcome = await cli(...args);

    expect(outcome.stderr).toContain(text);
    expect(outcome.code).toBe(code);
  });
});

test('a backfill says its plan first, is followed to its end, and is listed', async () => {
  const range = [dag('good'), '--from', '2015-03-01', '--to', '2015-03-04'];
  const plan = await cli('backfill', 'create', ...range, '--dry-run', '-o', 'json');
  const ended = await cli('backfill', 'create', ...range, '--follow');
  const [backfillId = ''] = ended.stdout.split('\n');
  await until(
    async () => (await cli('backfill', 'list', dag('good'), '-o', 'json')).stdout.includes(backfillId),
    60_000,
  );
  const shown = await cli('backfill', 'show', dag('good'), 'latest', '-o', 'json');
  const refused = await cli('backfill', 'pause', dag('good'), 'latest');
  const typed = await cli('backfill', 'show', dag('good'), 'lastest');

  expect(plan).toMatchObject({ code: 0, stderr: expect.stringContaining('3 of 3 dates would be run') });
  expect(JSON.parse(plan.stdout)).toMatchObject(
    ['01', '02', '03'].map((day) => ({ run_id: `backfill__2015-03-${day}T00:00:00Z`, state: 'pending' })),
  );
  expect(ended.code).toBe(0);
  expect(ended.stdout).toContain('ended: 3 success');
  expect(JSON.parse(shown.stdout)).toMatchObject(Array(3).fill({ state: 'success' }));
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('backfill_ended') });
  expect(typed).toMatchObject({ code: 2, stderr: expect.stringContaining('unknown_backfill') });
});

test('dags test runs a DAG in the process, without a server, and puts it on record', async () => {
  const place = { cwd: folder, env: { ...environment(), TEMPORAL_ADDRESS: '127.0.0.1:1' } };
  const good = await startCli(['dags', 'test', dag('good'), '--no-delays'], place).ended;
  const bad = await startCli(['dags', 'test', dag('bad')], place).ended;

  expect(good).toMatchObject({ code: 0 });
  expect(good.stderr).toContain('it works on the warehouse warehouse');
  expect(good.stdout).toMatch(/count: success, .*1,234 rows/);
  expect(bad.code).toBe(1);
  expect(bad.stdout).toContain('fail failed (user_code_failed): a plate broke');
  expect(bad.stdout).toContain('attempt started');
  const { stdout } = await cli(
    'query',
    '-o',
    'csv',
    "SELECT count(*) FROM meta.dag_runs WHERE triggered_by LIKE '%dags test%'",
  );
  expect(stdout.trim().split('\n')[1]).toBe('2');
});

test('without a worker a command says so after three seconds instead of hanging', async () => {
  const lonely = startCli(['explain', dag('bad'), '--task-queue', `${queue}-nobody`], {
    cwd: folder,
    env: environment(),
  });
  expect((await lonely.ended).code).toBe(0);

  worker.child.kill('SIGTERM');
  expect((await worker.ended).code).toBe(0);
  expect(existsSync(join(folder, 'ready'))).toBe(false);
  const startedAt = performance.now();
  const { code, stderr } = await cli('explain', dag('bad'));

  expect(code).toBe(3);
  expect(stderr).toMatch(new RegExp(`No worker .* queue ${queue}[\\s\\S]*code: no_worker`));
  expect(performance.now() - startedAt).toBeLessThan(8_000);
  expect((await cli('dags', 'state', dag('good'))).stdout).toBe('success\n');

  const list = await cli('dags', 'list', '-o', 'json');
  expect(list.stderr).toContain("As the server's list has it: No worker");
  expect(JSON.parse(list.stdout)).toContainEqual(
    expect.objectContaining({ dag_id: dag('good'), state: 'paused', last_run: 'success', tasks: 1 }),
  );
});
