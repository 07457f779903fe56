import { type ChildProcess, spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { until } from '../../support/until';

const root = resolve(__dirname, '../../..');

/** Runs a few lines with `onShutdown` and `cleanUp` in a process of their own and waits until they say "up". */
async function start(
  lines: string,
): Promise<{ child: ChildProcess; printed: () => string; code: Promise<number | null> }> {
  const script = `
    require('tsx/cjs/api').register();
    const { onShutdown, cleanUp, endWellOnTerminate } = require('./server/index.ts');
    const say = (text) => process.stdout.write(text + '\\n');
    const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    ${lines}
    setInterval(() => {}, 1000);
    say('up');`;
  const child = spawn(process.execPath, ['-e', script], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => {
      printed += text;
    });
  }
  const code = new Promise<number | null>((done) => child.once('close', (status) => done(status)));
  await until(() => printed.includes('up\n'), 20_000);
  return { child, printed: () => printed.replace('up\n', ''), code };
}

test('a signal closes the parts one after the other, newest first, and then ends the process', async () => {
  const { child, printed, code } = await start(`
    onShutdown('a', () => say('a'));
    onShutdown('b', async () => { await later(50); say('b'); });`);

  child.kill('SIGTERM');

  expect(await code).toBe(143);
  expect(printed()).toBe('b\na\n');
});

test('a process that is meant to be ended by SIGTERM ends with 0, and after Ctrl-C as ever', async () => {
  const lines = `endWellOnTerminate(); onShutdown('a', () => say('a'));`;
  const [service, interrupted] = await Promise.all([start(lines), start(lines)]);

  service.child.kill('SIGTERM');
  interrupted.child.kill('SIGINT');

  expect(await service.code).toBe(0);
  expect(service.printed()).toBe('a\n');
  expect(await interrupted.code).toBe(130);
});

test('a part that cannot be closed is named and does not keep the others open', async () => {
  const { child, printed, code } = await start(`
    onShutdown('a', () => say('a'));
    onShutdown('the broken part', () => { throw new Error('no'); });`);

  child.kill('SIGINT');

  expect(await code).toBe(130);
  expect(printed()).toBe('Stopping the broken part failed: no\na\n');
});

test('signals that arrive together are one wish, and a later Ctrl-C ends the process at once', async () => {
  const { child, printed, code } = await start(
    `onShutdown('slow', async () => { say('closing'); await later(60000); });`,
  );

  child.kill('SIGINT');
  child.kill('SIGINT');
  await until(() => printed() === 'closing\n');
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(child.exitCode).toBeNull();
  child.kill('SIGINT');

  expect(await code).toBe(130);
});

test('a command that ends by itself closes its parts, save those that were closed before', async () => {
  const { printed, code } = await start(`
    onShutdown('a', () => say('a'));
    onShutdown('b', () => say('b'))();
    void cleanUp().then(() => process.exit(5));`);

  expect(await code).toBe(5);
  expect(printed()).toBe('a\n');
});
