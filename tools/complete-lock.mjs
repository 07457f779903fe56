// Completes package-lock.json after an "npm install" against a registry that lacks packages for other systems:
//   node tools/complete-lock.mjs [--check] [FILE]
// npm leaves such packages out of the lock file without a word, and "npm ci" then refuses it everywhere ("Missing:
// @biomejs/cli-darwin-arm64 from lock file"). The entries made here carry no integrity hash, because nobody here has
// seen those packages; an "npm install" against a registry that has them puts it in.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './set-up.mjs';

const exactVersion = /^\d+\.\d+\.\d+(-[\w.]+)?$/;
const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];
const processors = ['arm64', 'arm', 'ia32', 'loong64', 'ppc64', 'riscv64', 's390x', 'x64'];

const args = process.argv.slice(2);
const file = args.find((arg) => !arg.startsWith('--')) ?? join(root, 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8'));
const missing = missingEntries(lock.packages);

if (args.includes('--check')) {
  for (const { path } of missing) process.stdout.write(`${path} is not in ${file}; run node tools/complete-lock.mjs\n`);
  process.exit(missing.length === 0 ? 0 : 1);
}
for (const { path, entry } of missing) lock.packages[path] = entry;
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')));
if (missing.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${missing.length} entries added to ${file}\n`);

function missingEntries(packages) {
  const found = new Map();
  for (const [parent, { optionalDependencies = {}, dev }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (isInstalledFor(packages, parent, name)) continue;
      if (!exactVersion.test(version)) throw new Error(`${parent} wants ${name} ${version}: no version to write down.`);
      const path = `node_modules/${name}`;
      if (packages[path] === undefined) found.set(path, entryOf(name, version, dev === true));
    }
  }
  return [...found].map(([path, entry]) => ({ path, entry }));
}

/** As Node looks for a package: beside the one that asks, then in every folder above. */
function isInstalledFor(packages, parent, name) {
  for (let at = parent; ; at = at.slice(0, Math.max(0, at.lastIndexOf('node_modules/'))).replace(/\/$/, '')) {
    if (packages[`${at === '' ? '' : `${at}/`}node_modules/${name}`] !== undefined) return true;
    if (at === '') return false;
  }
}

/** What such a package is for stands in its name: `@swc/core-linux-arm-gnueabihf`. */
function entryOf(name, version, dev) {
  const words = name.split('/').at(-1)?.split('-') ?? [];
  const cpu = processors.filter((one) => words.includes(one));
  const os = systems.filter((one) => words.includes(one));
  if (cpu.length !== 1 || os.length !== 1) throw new Error(`${name}: its name does not say for which system it is.`);
  const libc = os[0] !== 'linux' ? [] : words.some((word) => word.startsWith('musl')) ? ['musl'] : ['glibc'];
  return { version, cpu, ...(dev ? { dev: true } : {}), ...(libc.length > 0 ? { libc } : {}), optional: true, os };
}
