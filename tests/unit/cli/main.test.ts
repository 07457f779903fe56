import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { main } from '../../../cli/main';

let folder: string;
let out: string;
let err: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemill-main-'));
  out = '';
  err = '';
  const keep = (take: (text: string) => void) => (text: unknown, done?: unknown) => {
    take(String(text));
    if (typeof done === 'function') done();
    return true;
  };
  jest.spyOn(process.stdout, 'write').mockImplementation(keep((text) => (out += text)) as typeof process.stdout.write);
  jest.spyOn(process.stderr, 'write').mockImplementation(keep((text) => (err += text)) as typeof process.stderr.write);
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

describe('the help', () => {
  test('lists every command and what the exit codes mean', async () => {
    expect(await main(['--help'])).toBe(0);

    for (const name of ['demo', 'standalone', 'worker', 'deploy', 'dags', 'tasks', 'query', 'tables', 'freshness']) {
      expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
    expect(out).toContain('130  stopped by Ctrl-C');
  });

  test.each([
    ['dags', 'list'],
    ['dags', 'trigger'],
    ['dags', 'test'],
    ['tasks', 'logs'],
    ['query'],
    ['demo'],
    ['deploy'],
    ['explain'],
    ['ui'],
  ])('of %s %s has examples', async (...names) => {
    expect(await main([...names, '--help'])).toBe(0);
    expect(out).toContain('Examples:');
  });
});

describe('a wrong command line', () => {
  test.each([
    [['querry'], 'Did you mean query?'],
    [['dags', 'triger', 'x'], 'Did you mean trigger?'],
    [['tables', '--wharehouse', 'x'], 'Did you mean --warehouse?'],
    [['tables', '-o', 'xml'], 'Allowed choices are table, json, yaml, plain'],
    [['dags', 'stop', 'x'], "missing required argument 'run'"],
  ])('%j ends with 2 and the nearest name', async (argv, hint) => {
    expect(await main(argv)).toBe(2);
    expect(err).toContain('error: ');
    expect(err).toContain(hint);
  });
});

describe('a wrong request', () => {
  test('prints a message and a code, and no stack', async () => {
    expect(await main(['tables', '--warehouse', join(folder, 'none'), '--home', folder])).toBe(2);
    expect(err).toMatch(/^error: There is no warehouse at .*\ncode: warehouse_missing\n$/);
  });

  test('prints its stack with --debug', async () => {
    await main(['tables', '--warehouse', join(folder, 'none'), '--home', folder, '--debug']);
    expect(err).toContain('at tables');
  });

  test('for a DAG that no file defines names the nearest one', async () => {
    const file =
      "import { defineDag, noSchedule } from 'tidemill';\nexport const d = defineDag({ id: 'my_dag', description: '', schedule: noSchedule }, ({ task }) => { task('a', async () => 1, {}); });\n";
    writeFileSync(join(folder, 'my-dag.ts'), file);

    expect(await main(['dags', 'show', 'my_dog', '--dags', folder])).toBe(2);
    expect(err).toContain('Did you mean "my_dag"?');
  });

  test('for a broken DAG file names file, line and message', async () => {
    writeFileSync(join(folder, 'broken.ts'), "import { x } from 'tidemill';\n\nconst y: = 3;\n");

    expect(await main(['deploy', '--plan', '--dags', folder])).toBe(2);
    expect(err).toMatch(/broken\.ts +3 +dag_file_broken +cannot be compiled/);
  });

  test('for an error thrown by a DAG file names the line of the file, not that of what it was compiled to', async () => {
    const file =
      "import { defineDag } from 'tidemill';\n\ninterface Unused {\n  readonly a: number;\n}\n\nconst list: readonly Unused[] = [];\nthrow new Error(String([list, defineDag]));\n";
    writeFileSync(join(folder, 'thrower.ts'), file);

    await main(['deploy', '--plan', '--dags', folder]);
    expect(err).toMatch(/thrower\.ts +8 +dag_file_broken/);
  });
});

test('a DAG file is shown as a graph', async () => {
  const file =
    "import { defineDag, noSchedule } from 'tidemill';\nexport const d = defineDag({ id: 'my_dag', description: 'Mine.', schedule: noSchedule }, ({ task }) => { const a = task('a', async () => 1, {}); task('b', async () => 1, {}).after(a); });\n";
  writeFileSync(join(folder, 'my-dag.ts'), file);

  expect(await main(['dags', 'show', 'my_dag', '--dags', folder])).toBe(0);
  expect(out).toMatch(/^my_dag {2}2 tasks {2}by trigger only\nMine\.\n/);
  expect(out).toMatch(/2 {2}b +task +← a/);
});
