import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { test } from '@jest/globals';
import { cacheFolder, tidemillHome } from '../../server/home';

/** Things beside the repository that a test may need and a machine may lack. */
export type Requirement = 'chromium' | 'python' | 'data';

type Answer = { readonly path: string } | { readonly reason: string };

const root = resolve(__dirname, '../..');
const pythonModules = ['deltalake', 'polars', 'pyarrow', 'duckdb', 'pytz'];
const chromiumNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const finders: { readonly [name in Requirement]: () => Answer } = {
  chromium: findChromium,
  python: findPython,
  data: findData,
};
const answers = new Map<Requirement, Answer>();

/**
 * The path of a required thing: Chromium's program, a Python with the packages of the readers, the folder of shared
 * data sets. Null when it is missing, with the reason printed once; an error when TIDEMILL_REQUIRE names it
 * (`TIDEMILL_REQUIRE=chromium,python,data`).
 */
export function requires(name: Requirement): string | null {
  const known = answers.get(name);
  const answer = known ?? finders[name]();
  answers.set(name, answer);
  if ('path' in answer) return answer.path;
  if (isDemanded(name)) throw new Error(`TIDEMILL_REQUIRE names ${name}, and it is missing: ${answer.reason}`);
  if (known === undefined) process.stderr.write(`Tests that need ${name} are skipped: ${answer.reason}\n`);
  return null;
}

/**
 * A test that needs such a thing and gets its path. Skipped with a printed reason where it is missing, and failed
 * where TIDEMILL_REQUIRE names it.
 */
export function testWith(
  name: Requirement,
  title: string,
  body: (path: string) => void | Promise<void>,
  timeoutMs?: number,
): void {
  const missing = isDemanded(name) ? false : requires(name) === null;
  const run = () => body(requires(name) ?? '');
  (missing ? test.skip : test)(title, run, timeoutMs);
}

function isDemanded(name: Requirement): boolean {
  return (process.env.TIDEMILL_REQUIRE ?? '').split(',').some((part) => part.trim() === name);
}

function findChromium(): Answer {
  const given = process.env.TIDEMILL_CHROMIUM;
  if (given !== undefined)
    return isExecutable(given) ? { path: given } : { reason: `TIDEMILL_CHROMIUM=${given} is no program` };
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = folders.flatMap((folder) => chromiumNames.map((name) => join(folder, name))).find(isExecutable);
  return found === undefined ? { reason: `none of ${chromiumNames.join(', ')} is on the PATH` } : { path: found };
}

function findPython(): Answer {
  const cached = join(cacheFolder(tidemillHome(process.env, root)), 'python/bin/python');
  const path = process.env.TIDEMILL_PYTHON ?? cached;
  if (!isExecutable(path)) return { reason: `no Python at ${path} (set TIDEMILL_PYTHON, or run .ci/run once)` };
  try {
    execFileSync(path, ['-c', `import ${pythonModules.join(', ')}`], { stdio: 'pipe', timeout: 60_000 });
    return { path };
  } catch (error) {
    const said = String((error as { stderr?: Buffer }).stderr ?? error)
      .trim()
      .split('\n')
      .at(-1);
    return { reason: `${path} lacks one of ${pythonModules.join(', ')}: ${said}` };
  }
}

function findData(): Answer {
  const shared = process.env.TIDEMILL_SHARED ?? resolve(root, '../shared');
  const path = join(shared, 'data');
  if (existsSync(path)) return { path };
  return { reason: `no folder ${path} (set TIDEMILL_SHARED to the folder that holds "data")` };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
