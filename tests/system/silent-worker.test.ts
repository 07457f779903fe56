import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { TidemillClient } from '../../client';
import { sharedServer } from '../support/server';
import { until } from '../support/until';
import { type Outcome, type Running, startCli } from './cli-processes';

const { address, namespace } = sharedServer();
const root = resolve(__dirname, '../..');
const startMs = 90_000;
const testTimeoutMs = 300_000;

let folder: string;
let queue: string;
let dagId: string;
let workers: Running[];
let count = 0;

beforeEach(() => {
  count += 1;
  folder = mkdtempSync(join(tmpdir(), 'tidemill-silent-'));
  queue = `silent-${process.pid}-${Date.now()}-${count}`;
  dagId = `silent_${process.pid}_${Date.now()}_${count}`;
  workers = [];
  writeDag('shop', dagId);
});
afterEach(async () => {
  for (const { child } of workers) child.kill('SIGKILL');
  await Promise.all(workers.map(({ ended }) => ended));
  rmSync(folder, { recursive: true, force: true });
});

function writeDag(file: string, id: string): void {
  mkdirSync(join(folder, 'dags'), { recursive: true });
  const text = `import { defineDag, type TaskContext } from 'tidemill';
async function wait(context: TaskContext): Promise<null> {
  await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
  return null;
}
export const dag = defineDag({ id: '${id}', defaults: { retries: 0 } }, ({ task }) => task('wait', wait, {}));
`;
  writeFileSync(join(folder, 'dags', `${file}.ts`), text);
}

function environment(): NodeJS.ProcessEnv {
  return {
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    TIDEMILL_TASK_QUEUE: queue,
    TIDEMILL_HOME: join(folder, 'home'),
    TIDEMILL_WAREHOUSE: join(folder, 'warehouse'),
    USER: 'ada',
  };
}

function cli(...args: readonly string[]): Promise<Outcome> {
  return startCli(args, { cwd: folder, env: environment() }).ended;
}

async function startWorker(): Promise<Running> {
  const ready = join(folder, `ready-${workers.length}`);
  const worker = startCli(['worker', '--ready-file', ready], { cwd: folder, env: environment() });
  workers.push(worker);
  await until(() => existsSync(ready) || worker.child.exitCode !== null, startMs);
  return worker;
}

async function killAtOnce(worker: Running): Promise<void> {
  worker.child.kill('SIGKILL');
  await worker.ended;
}

async function withClient<Result>(body: (client: TidemillClient) => Promise<Result>): Promise<Result> {
  const client = await TidemillClient.connect({ address, namespace, taskQueue: queue });
  try {
    return await body(client);
  } finally {
    await client.close();
  }
}

test(
  'right after the kill of the only worker every command says that no worker answers, and what was asked for is not done later',
  async () => {
    const worker = await startWorker();
    expect(await cli('deploy', '--start-unpaused')).toMatchObject({ code: 0 });
    const [runId = ''] = await withClient((client) => client.trigger({ dagId }));
    await killAtOnce(worker);
    const asked = await Promise.all([
      cli('explain', dagId),
      cli('dags', 'pause', dagId),
      cli('dags', 'trigger', dagId),
      cli('dags', 'stop', dagId, runId),
    ]);
    await startWorker();
    const { paused, queued, active } = await withClient(async (client) => {
      const answers = (): Promise<boolean> =>
        client.control(dagId).then(
          () => true,
          () => false,
        );
      await until(answers, startMs);
      return await client.control(dagId);
    });

    for (const { code, stderr } of asked) {
      expect(stderr).toMatch(new RegExp(`No worker .*queue ${queue}[\\s\\S]*code: no_worker`));
      expect(code).toBe(3);
    }
    expect({ paused, queued, active: active.map((run) => run.runId) }).toEqual({
      paused: null,
      queued: [],
      active: [runId],
    });
    const stopped = await cli('dags', 'stop', dagId, runId);
    expect(stopped).toMatchObject({ code: 0 });
  },
  testTimeoutMs,
);

test(
  'a deploy that no worker took leaves no control behind',
  async () => {
    const worker = await startWorker();
    expect(await cli('deploy')).toMatchObject({ code: 0 });
    const newId = `${dagId}_new`;
    writeDag('new', newId);
    await killAtOnce(worker);
    const { code, stderr } = await cli('deploy');
    await startWorker();

    expect(stderr).toContain('code: no_worker');
    expect(code).toBe(3);
    await withClient((client) => until(async () => !(await client.dagIds()).includes(newId), startMs));
  },
  testTimeoutMs,
);

test(
  'a client that is closed while a request is being repeated ends in peace',
  async () => {
    const [host = '', port = ''] = address.split(':');
    const script = `
      require('tsx/cjs/api').register();
      const net = require('node:net');
      const { TidemillClient } = require('./client.ts');
      const sockets = new Set();
      const line = net.createServer((near) => {
        const far = net.connect(${port}, '${host}');
        for (const end of [near, far]) { sockets.add(end); end.on('error', () => {}); }
        near.pipe(far).pipe(near);
      });
      line.listen(0, '127.0.0.1', async () => {
        const client = await TidemillClient.connect({ address: '127.0.0.1:' + line.address().port, namespace: '${namespace}' });
        line.close();
        for (const socket of sockets) socket.destroy();
        const asked = client.listRuns({ limit: 1 }).then(() => 'an answer', () => 'no answer');
        await new Promise((resolve) => setTimeout(resolve, 300));
        await client.close();
        process.stdout.write(await asked);
      });`;
    const child = spawn(process.execPath, ['-e', script], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
      });
    }
    const code = await new Promise((done) => child.on('close', done));

    expect(printed).toBe('no answer');
    expect(code).toBe(0);
  },
  testTimeoutMs,
);
