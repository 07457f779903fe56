import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { controlWorkflowId, runWorkflowId } from '../../engine';
import { sharedServer } from '../support/server';
import { until } from '../support/until';
import { cliEnvironment, type Outcome, type Running, startCli } from './cli-processes';

const { address, namespace } = sharedServer();
const queue = `secrets-${process.pid}-${Date.now()}`;
const dagId = `leaky_${process.pid}`;

/** One from each source, and each with characters that are spelt otherwise in JSON and in URLs. */
const fromEnvironment = 'env"s3cret/pass';
const fromFile = 'file s3cret+pass';
const fromProgram = 'program-s3cret%pass';
const secrets = [fromEnvironment, fromFile, fromProgram];
const spellings = secrets.flatMap((secret) => [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret),
  Buffer.from(secret).toString('base64'),
  // However often what is around it was escaped.
  secret.slice(-'s3cret-pass'.length),
]);

const dagFile = `
import { defineDag, SkipTask, type TaskContext } from 'tidemill';

async function all(context: TaskContext): Promise<readonly string[]> {
  const [a, b] = [await context.connection('shop-db'), await context.connection('file_db')];
  return [String(a.password), String(b.password), await context.variable('program')];
}
async function tell(context: TaskContext): Promise<unknown> {
  const known = await all(context);
  context.log.info({ known, url: known.map(encodeURIComponent) }, 'known: ' + known.join());
  context.heartbeat({ known });
  const header = Buffer.from(known[0] ?? '').toString('base64');
  return { known, header, city: await context.variable('city'), [known[1] ?? '']: 1 };
}
async function fail(context: TaskContext): Promise<never> {
  const known = await all(context);
  throw Object.assign(new Error('cannot log in with ' + known.join(' or ')), { known });
}
async function skip(context: TaskContext): Promise<never> {
  throw new SkipTask('not with ' + (await all(context)).join());
}
async function say(context: TaskContext, input: unknown): Promise<unknown> {
  context.log.warn({ input }, 'handed on');
  return input;
}

export const leaky = defineDag({ id: '${dagId}', defaults: { retries: 1, retryDelay: '100 milliseconds' } }, ({ task }) => {
  const told = task('tell', tell, {});
  task('say', say, told);
  task('apart', tell, {}, { isolation: 'process' });
  task('fail_apart', fail, {}, { isolation: 'thread' });
  task('fail', fail, {});
  task('skip', skip, {});
});
`;

let folder: string;
let worker: Running;

function cli(...args: readonly string[]): Promise<Outcome> {
  return startCli(args, { cwd: folder, env: environment() }).ended;
}

function environment(): NodeJS.ProcessEnv {
  return {
    ...cliEnvironment({ address, namespace, queue, folder }),
    TIDEMILL_CONN_SHOP_DB: `postgres://ada:${encodeURIComponent(fromEnvironment)}@db/shop`,
    TIDEMILL_VAR_CITY: 'Berlin',
    TIDEMILL_SECRETS_FILE: join(folder, 'secrets.yaml'),
    TIDEMILL_SECRETS_COMMAND: `sh ${join(folder, 'program.sh')}`,
  };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemill-secrets-'));
  mkdirSync(join(folder, 'dags'));
  writeFileSync(join(folder, 'dags', 'leaky.ts'), dagFile);
  writeFileSync(
    join(folder, 'secrets.yaml'),
    `connections:\n  file_db: { type: http, host: a, password: "${fromFile}" }\n`,
  );
  writeFileSync(
    join(folder, 'program.sh'),
    `[ "$1 $2" = "variable program" ] && printf '%s' '${fromProgram}' || true\n`,
  );
  worker = startCli(['worker', '--ready-file', join(folder, 'ready')], { cwd: folder, env: environment() });
  await until(() => existsSync(join(folder, 'ready')), 60_000);
  expect(await cli('deploy')).toMatchObject({ code: 0 });
}, 120_000);

afterAll(async () => {
  worker.child.kill('SIGTERM');
  await worker.ended;
  rmSync(folder, { recursive: true, force: true });
});

/** Every text in a folder, unpacked where it is packed. */
function textsIn(path: string): readonly (readonly [string, string])[] {
  if (statSync(path).isDirectory()) return readdirSync(path).flatMap((name) => textsIn(join(path, name)));
  const bytes = readFileSync(path);
  return [[path, (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('latin1')]];
}

function leaks(text: string): readonly string[] {
  return spellings.filter((spelling) => text.includes(spelling));
}

async function historyOf(client: Client, workflowId: string): Promise<string> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  // Payloads are bytes, which JSON spells in base64.
  return JSON.stringify(events, (key, value: unknown) =>
    key === 'data' && typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : value,
  ).replaceAll('\\"', '"');
}

describe('a run whose tasks tell all that they know', () => {
  let runId: string;
  let triggered: Outcome;

  beforeAll(async () => {
    triggered = await cli('dags', 'trigger', dagId, '--wait');
    runId = triggered.stdout.split('\n')[0] ?? '';
  }, 180_000);

  test('has used what it was given: the tasks ended as they were written', async () => {
    const { stdout } = await cli('tasks', 'states-for-dag-run', dagId, runId, '-o', 'json');
    const states = Object.fromEntries(
      JSON.parse(stdout).map(({ task_id, state }: { task_id: string; state: string }) => [task_id, state]),
    );
    expect(states).toEqual({
      ...{ tell: 'success', say: 'success', apart: 'success' },
      ...{ fail: 'failed', fail_apart: 'failed', skip: 'skipped' },
    });
    expect(triggered.stdout).toContain('cannot log in with *** or *** or ***');
  });

  test('leaves no secret in its history nor in that of its DAG', async () => {
    const connection = await Connection.connect({ address });
    const client = new Client({ connection, namespace });
    const histories = await Promise.all(
      [runWorkflowId(dagId, runId), controlWorkflowId(dagId)].map((id) => historyOf(client, id)),
    );
    await connection.close();

    const known = ['cannot log in with *** or *** or ***', 'not with ***,***,***', '"city":"Berlin"'];
    expect(known.filter((text) => histories[0]?.includes(text) !== true)).toEqual([]);
    expect(histories.flatMap(leaks)).toEqual([]);
  });

  test('leaves none in its logs, its record, or anything else of the warehouse and the home', () => {
    const texts = [...textsIn(join(folder, 'home')), ...textsIn(join(folder, 'warehouse'))];
    expect(texts.some(([, text]) => text.includes('known: ***'))).toBe(true);
    expect(texts.filter(([, text]) => leaks(text).length > 0).map(([path]) => path)).toEqual([]);
  });

  test('leaves none in what the worker and the commands print', async () => {
    const explained = await cli('explain', dagId, runId, '-o', 'json');
    const logs = await cli('tasks', 'logs', dagId, runId);
    const said = [triggered, explained, logs].map(({ stdout, stderr }) => stdout + stderr);
    expect([...said, worker.stdout()].flatMap(leaks)).toEqual([]);
  });
});

describe('connections and variables', () => {
  test('are listed and shown without their secrets', async () => {
    const list = await cli('connections', 'list', '-o', 'json');
    const get = await cli('connections', 'get', 'shop-db', '-o', 'yaml');
    expect(JSON.parse(list.stdout)).toEqual([
      expect.objectContaining({ id: 'file_db', type: 'http', password: '***' }),
      expect.objectContaining({ id: 'shop_db', type: 'postgres', host: 'db', login: 'ada', password: '***' }),
    ]);
    expect(get.stdout).toContain('source: environment');
    expect((await cli('variables', 'list', '-o', 'plain')).stdout).toContain('city\tBerlin\tenvironment');
    expect((await cli('variables', 'get', 'program')).stdout).toBe('***\n');
    expect(leaks(list.stdout + get.stdout)).toEqual([]);
  });

  test('that are not there are named with the nearest one', async () => {
    const { code, stderr } = await cli('connections', 'get', 'shop_bd');
    expect(code).toBe(2);
    expect(stderr).toMatch(/Did you mean "shop_db"\?\ncode: unknown_connection/);
  });

  test('are tried by knocking at their port', async () => {
    const [host, port] = String(address).split(':');
    const env = {
      ...environment(),
      TIDEMILL_CONN_HERE: `grpc://${host}:${port}`,
      TIDEMILL_CONN_GONE: 'http://127.0.0.1:1',
    };
    const here = await startCli(['connections', 'test', 'here'], { cwd: folder, env }).ended;
    const gone = await startCli(['connections', 'test', 'gone'], { cwd: folder, env }).ended;
    expect(here).toMatchObject({ code: 0, stdout: expect.stringContaining('answers (grpc)') });
    expect(gone).toMatchObject({ code: 3, stderr: expect.stringContaining('connection_unreachable') });
  });
});
