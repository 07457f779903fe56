import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { identify, isSame, type ProcessIdentity } from '../../server/process-tree.cjs';
import { sharedServer } from '../support/server';
import { until } from '../support/until';

const root = resolve(__dirname, '../..');
const { executable } = sharedServer();
/** The promise: nothing outlives the command by more than this. */
const goneWithinMs = 5000;
const testLinux = process.platform === 'linux' && executable !== null ? test : test.skip;

let folder: string;
let started: ProcessIdentity[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemill-death-'));
  started = [];
  // "; true" keeps the shell between npm and the command: a lone command would be exec'd in its place.
  const command = [join(root, 'tools/run-typescript.cjs'), join(root, 'tests/support/processes/command.ts')];
  const script = `node ${command.join(' ')} ${folder} ${executable}; true`;
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'death', scripts: { command: script } }));
});
afterEach(() => {
  for (const one of started) if (isSame(one)) process.kill(one.pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface Started {
  readonly npm: ChildProcess;
  readonly pids: { readonly [name in 'npm' | 'shell' | 'command' | 'server' | 'child' | 'guard']: number };
  readonly printed: () => string;
}

async function startThroughNpm(): Promise<Started> {
  const npm = spawn('npm', ['run', '--silent', 'command'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  npm.stdout?.setEncoding('utf8').on('data', (text) => {
    printed += text;
  });
  await until(() => printed.includes('\n'), 30_000);
  const line = JSON.parse(printed.split('\n')[0] ?? '');
  const shell = Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(line.command)], { encoding: 'utf8' }));
  const pids = { npm: npm.pid ?? 0, shell, ...line };
  started = ['npm', 'shell', 'command', 'server', 'child', 'guard'].map((name) => {
    const identity = identify(pids[name]);
    if (identity === null) throw new Error(`${name} (process ${pids[name]}) is gone too early`);
    return identity;
  });
  expect(new Set(started.map(({ pid }) => pid)).size).toBe(6);
  return { npm, pids, printed: () => printed };
}

/** Npm itself may stay: it was not killed, and it reports the end of the command in its own time. */
async function expectAllGone(): Promise<void> {
  await until(() => started.filter(({ pid }) => pid !== started[0]?.pid).every((one) => !isSame(one)), goneWithinMs);
}

describe('nothing that a command has started outlives it by five seconds', () => {
  testLinux.each([['command'], ['shell'], ['npm']] as const)('after kill -9 of the %s', async (name) => {
    const { pids } = await startThroughNpm();

    process.kill(pids[name], 'SIGKILL');

    await expectAllGone();
  });

  testLinux('after kill -9 of the command and of the guard of a child', async () => {
    const { pids } = await startThroughNpm();

    // The guard first: the command notices and ends the child that it stood over.
    process.kill(pids.guard, 'SIGKILL');
    await until(() => started.filter(({ pid }) => pid === pids.child).every((one) => !isSame(one)));
    process.kill(pids.command, 'SIGKILL');

    await expectAllGone();
  });

  testLinux.each([['SIGINT'], ['SIGTERM'], ['SIGHUP']] as const)(
    'after %s, and it closes its parts',
    async (signal) => {
      const { pids, printed } = await startThroughNpm();

      process.kill(pids.command, signal);

      await expectAllGone();
      const said = printed().trim().split('\n').slice(1);
      expect(said).toEqual(['"last part closed"', '"first part closed"']);
    },
  );
});
