import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

const setUp = pathToFileURL(resolve(__dirname, '../../../tools/set-up.mjs')).href;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemill-set-up-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, value: object): void {
  const file = join(folder, path);
  mkdirSync(resolve(file, '..'), { recursive: true });
  writeFileSync(file, JSON.stringify(value));
}

/** Asks in a process of its own: the tools are ES modules, which Jest does not load. */
function staleReason(): string | null {
  const script = `import(${JSON.stringify(setUp)}).then(({ staleReason }) => console.log(JSON.stringify(staleReason(${JSON.stringify(folder)}))))`;
  return JSON.parse(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }));
}

const wanted = {
  '': { dependencies: { sail: '1.0.0' } },
  'node_modules/sail': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/sail-windows': { version: '1.0.0', optional: true },
};

function install(packages: object): void {
  write('package-lock.json', { packages: wanted });
  write('node_modules/.package-lock.json', { packages });
  write('node_modules/sail/package.json', { version: '1.0.0' });
}

test('a clone without packages is to be set up', () => {
  write('package-lock.json', { packages: wanted });

  expect(staleReason()).toBe('node_modules is missing');
});

test('packages as the lock file wants them are left alone, those for other systems missing', () => {
  install({ 'node_modules/sail': { version: '1.0.0', integrity: 'sha512-a' } });

  expect(staleReason()).toBeNull();
});

test.each([
  ['an older version', { version: '0.9.0', integrity: 'sha512-a' }],
  ['other content under the same version', { version: '1.0.0', integrity: 'sha512-b' }],
])('%s is a reason to install', (_, sail) => {
  install({ 'node_modules/sail': sail });

  expect(staleReason()).toMatch(/^node_modules\/sail is /);
});

test('a package that the lock file has and the disk has not is a reason to install', () => {
  install({});
  expect(staleReason()).toBe('node_modules/sail is missing');

  install({ 'node_modules/sail': { version: '1.0.0', integrity: 'sha512-a' } });
  rmSync(join(folder, 'node_modules/sail'), { recursive: true });
  expect(staleReason()).toBe('node_modules/sail is missing');
});
