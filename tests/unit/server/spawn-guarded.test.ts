import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { spawnGuarded } from '../../../server';
import { identify, isSame } from '../../../server/process-tree.cjs';
import { until } from '../../support/until';

const forEver = ['-e', 'setInterval(() => {}, 1000)'];
const deaf = ['-e', `process.on('SIGTERM', () => {}); process.stdout.write('up'); setInterval(() => {}, 1000)`];

function identityOf(pid: number) {
  const identity = identify(pid);
  if (identity === null) throw new Error(`process ${pid} is gone too early`);
  return identity;
}

test('a guarded child that ends by itself reports its exit code', async () => {
  const child = await spawnGuarded(process.execPath, ['-e', 'process.exit(7)']);

  expect(await child.exited).toEqual({ code: 7, signal: null, guardLost: false });
});

test('a guarded child that is stopped ends by SIGTERM, and stopping it again changes nothing', async () => {
  const child = await spawnGuarded(process.execPath, forEver);

  expect(await child.stop()).toEqual({ code: null, signal: 'SIGTERM', guardLost: false });
  expect(await child.stop()).toEqual({ code: null, signal: 'SIGTERM', guardLost: false });
});

test('a guarded child that does not listen to SIGTERM is killed after the grace', async () => {
  const child = await spawnGuarded(process.execPath, deaf, { output: 'pipe' });
  await new Promise((resolve) => child.stdout?.once('data', resolve));

  expect(await child.stop(100)).toMatchObject({ signal: 'SIGKILL', guardLost: false });
});

test('what a guarded child has started goes with it', async () => {
  const script = `const { pid } = require('child_process').spawn(process.execPath, ${JSON.stringify(forEver)}); console.log(pid)`;
  const child = await spawnGuarded(process.execPath, ['-e', `${script}; setInterval(() => {}, 1000)`], {
    output: 'pipe',
  });
  const grandchild = await new Promise<string>((resolve) =>
    child.stdout?.once('data', (data) => resolve(String(data))),
  );
  const identity = identityOf(Number(grandchild));

  await child.stop();

  await until(() => !isSame(identity));
});

test('when the guard is killed its child is killed too, and the parent is told', async () => {
  const child = await spawnGuarded(process.execPath, forEver);
  const identity = identityOf(child.pid);

  process.kill(child.guardPid, 'SIGKILL');

  expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL', guardLost: true });
  await until(() => !isSame(identity));
});

test('a signal for a guarded child reaches it', async () => {
  const script = `process.on('SIGUSR2', () => process.exit(3)); process.stdout.write('up'); setInterval(() => {}, 1000)`;
  const child = await spawnGuarded(process.execPath, ['-e', script], { output: 'pipe' });
  await new Promise((resolve) => child.stdout?.once('data', resolve));

  child.kill('SIGUSR2');

  expect((await child.exited).code).toBe(3);
});

test('the output of a guarded child is appended to a file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-guard-'));
  const file = join(folder, 'log');
  writeFileSync(file, 'before\n');

  const child = await spawnGuarded(process.execPath, ['-e', `console.log('out'); console.error('err')`], {
    output: { file },
    cwd: folder,
  });
  await child.exited;

  expect(readFileSync(file, 'utf8').split('\n').sort()).toEqual(['', 'before', 'err', 'out']);
  rmSync(folder, { recursive: true });
});

test('a program that does not exist is an error that names it', async () => {
  const missing = join(tmpdir(), 'tidemill-no-such-program');
  expect(existsSync(missing)).toBe(false);

  await expect(spawnGuarded(missing, [])).rejects.toMatchObject({
    code: 'process_not_started',
    details: { command: missing },
  });
});
