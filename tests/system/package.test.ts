import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadProject } from '../../runner';
import { sharedServer } from '../support/server';
import { until } from '../support/until';
import { type Outcome, startCli } from './cli-processes';

const { executable } = sharedServer();
const suite = executable === null ? describe.skip : describe;
const root = resolve(__dirname, '../..');
/** Packing takes seconds; unpacking 400 MB depends on the machine's disk. */
const installMs = 400_000;
const stepMs = 120_000;

let folder = '';
let project = '';

function environment(): NodeJS.ProcessEnv {
  return {
    PATH: [dirname(executable ?? ''), process.env.PATH].join(delimiter),
    ...Object.fromEntries(
      Object.keys(process.env).flatMap((name) => (/^(TEMPORAL|TIDEMILL)_/.test(name) ? [[name, undefined]] : [])),
    ),
  };
}

/** The command as npm has installed it. */
function tidemill(cwd: string, ...args: readonly string[]) {
  return startCli(args, { cwd, env: environment(), command: join(folder, 'node_modules/.bin/tidemill') });
}

async function node(cwd: string, ...args: readonly string[]): Promise<Outcome> {
  const child = spawn(process.execPath, args, { cwd, env: { ...process.env, ...environment() } });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => {
    stdout += String(text);
  });
  child.stderr.on('data', (text) => {
    stderr += String(text);
  });
  const code = await new Promise<number | null>((done) => child.on('close', done));
  return { code, stdout, stderr };
}

suite('the package, installed into an empty folder', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tidemill-package-'));
    project = join(folder, 'my-project');
    expect(await node(root, join(root, 'tools/install-package.mjs'), folder)).toMatchObject({ code: 0 });
    expect(await tidemill(folder, 'init', 'my-project').ended).toMatchObject({ code: 0, stderr: '' });
  }, installMs);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('makes a project that names the package it was made with, and no folder that holds something', async () => {
    const facts = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
    const again = await tidemill(folder, 'init', 'my-project').ended;

    expect(facts).toMatchObject({ name: 'my-project', dependencies: { tidemill: 'file:../tidemill-0.1.0.tgz' } });
    expect(readdirSync(project).sort()).toEqual(
      ['.gitignore', 'README.md', 'dags', 'package.json', 'sql', 'tests', 'tsconfig.json'].sort(),
    );
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('folder_not_empty') });
  });

  test('gives its DAGs the very versions that they have in the checkout', async () => {
    const place = ['--dags', join(folder, 'node_modules/tidemill/dags'), '--address', '127.0.0.1:1'];
    const details = await tidemill(folder, 'dags', 'details', 'retail_daily', ...place, '-o', 'json').ended;
    const here = (await loadProject([join(root, 'dags')])).dags.find(({ dagId }) => dagId === 'retail_daily');
    const facts = [JSON.parse(details.stdout)].flat()[0];

    expect({ spec: facts.spec_version, code: facts.code_version }).toEqual(here?.versions);
  });

  test(
    "passes the project's own test",
    async () => {
      const { scripts } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
      expect(scripts.test).toBe('node --require tidemill/register --test tests/*.test.ts');

      const outcome = await node(project, '--require', 'tidemill/register', '--test', 'tests/orders-daily.test.ts');

      expect(outcome).toMatchObject({ code: 0, stdout: expect.stringMatching(/pass 1/) });
    },
    stepMs,
  );

  test(
    'stands alone: server, worker from the shipped bundle, DAGs in TypeScript, a run and its table',
    async () => {
      const standalone = tidemill(project, 'standalone', '--dags', 'dags');
      let ended: Outcome | null = null;
      void standalone.ended.then((outcome) => {
        ended = outcome;
      });
      try {
        await until(() => ended !== null || standalone.stdout().includes('Running until Ctrl-C'), stepMs);
        expect(ended).toBeNull();
        const run = ['dags', 'trigger', 'orders_daily', '--interval', '2026-01-05/2026-01-06', '--wait'];
        expect(await tidemill(project, ...run).ended).toMatchObject({ code: 0 });
        const count = await tidemill(project, 'query', '-o', 'csv', 'select count(*) as n from shop.orders').ended;
        expect(count.stdout.trim().split('\n')).toEqual(['n', '100']);
        const replayed = await tidemill(project, 'replay', 'orders_daily', '2026-01-05').ended;
        expect(replayed).toMatchObject({
          code: 0,
          stdout: expect.stringMatching(/shop\.orders +identical +100 +100[\s\S]*^identical: /m),
        });
        // A worker that had to bundle would have kept its bundle there.
        expect(existsSync(join(project, '.tidemill/cache/workflow-bundles'))).toBe(false);
      } finally {
        standalone.child.kill('SIGINT');
        await standalone.ended;
      }
    },
    2 * stepMs,
  );
});
