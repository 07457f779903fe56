import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startTemporalServer, type TemporalServer } from '../../server';
import { sharedServer } from '../support/server';

const run = promisify(execFile);
const executable = sharedServer().executable ?? '';
const testOwn = executable === '' ? test.skip : test;

let folder: string;
const servers: TemporalServer[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemill-server-'));
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Partial<Parameters<typeof startTemporalServer>[0]> = {}): Promise<TemporalServer> {
  const server = await startTemporalServer({ executable, folder, ...options });
  servers.push(server);
  return server;
}

function temporal({ address }: TemporalServer, ...args: readonly string[]) {
  return run(executable, [...args, '--address', address, '-o', 'json']).then(({ stdout }) =>
    JSON.parse(stdout || 'null'),
  );
}

async function occupy(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return server;
}

testOwn('a server serves its namespace and its UI, and keeps closed runs for thirty days', async () => {
  const server = await start({ ui: true, namespace: 'tides' });

  const namespace = await temporal(server, 'operator', 'namespace', 'describe', '-n', 'tides');
  expect(namespace.config.workflowExecutionRetentionTtl).toBe('2592000s');
  const page = await fetch(server.uiUrl ?? '');
  expect(page.status).toBe(200);
});

testOwn('a port that is taken is no error: a free one is used', async () => {
  const taken = await occupy(0);
  const { port } = taken.address() as { port: number };

  const server = await start({ port, database: 'memory' });
  taken.close();

  expect(server.address).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(server.address).not.toBe(`127.0.0.1:${port}`);
});

testOwn('what a server knew is there when it is started again, also after kill -9', async () => {
  const first = await start();
  await temporal(first, 'operator', 'namespace', 'create', '-n', 'kept');
  process.kill(first.pid, 'SIGKILL');
  expect(await first.exited).toMatchObject({ signal: 'SIGKILL' });

  const second = await start();

  const namespace = await temporal(second, 'operator', 'namespace', 'describe', '-n', 'kept');
  expect(namespace.namespaceInfo.name).toBe('kept');
});

testOwn('a second server on the same folder is refused, and the first is named', async () => {
  const first = await start();

  await expect(start()).rejects.toMatchObject({
    code: 'temporal_folder_in_use',
    details: { folder, pid: first.pid, address: first.address },
  });
});

testOwn('a folder is free again when its server has stopped', async () => {
  const first = await start();
  await first.stop();

  const second = await start();

  expect(second.pid).not.toBe(first.pid);
});

testOwn('a program that ends by itself is an error with the end of its log', async () => {
  const broken = join(folder, 'broken');
  writeFileSync(broken, '#!/bin/sh\necho "the disk is on fire" >&2\nexit 4\n');
  chmodSync(broken, 0o755);

  const error = await start({ executable: broken }).catch((thrown) => thrown);

  expect(error).toMatchObject({ code: 'temporal_start_failed', details: { executable: broken } });
  expect(error.message).toContain('it ended by itself (exit code 4)');
  expect(error.message).toContain('the disk is on fire');
  expect(readFileSync(join(folder, 'temporal-server.log'), 'utf8')).toContain('the disk is on fire');
});

testOwn('another program that takes the port first makes the server try again', async () => {
  const racing = join(folder, 'racing');
  const script = `#!/bin/sh\nif [ ! -e "${folder}/lost" ] && [ "$1" = server ]; then\n  touch "${folder}/lost"; echo "can't set port: address already in use" >&2; exit 1\nfi\nexec "${executable}" "$@"\n`;
  writeFileSync(racing, script);
  chmodSync(racing, 0o755);

  const server = await start({ executable: racing, database: 'memory' });

  expect(readFileSync(server.logFile, 'utf8')).toContain('address already in use');
});
