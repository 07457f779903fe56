// Packs Tidemill and installs the package into an empty folder, as a stranger would get it:
//   node tools/install-package.mjs FOLDER
// The folder gets a lock file made from ours, so that "npm ci" takes the very packages that we are tested with, from
// its cache where they are, and asks no registry what is newest.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runChild } from './run-child.mjs';
import { root } from './set-up.mjs';

const folder = resolve(process.argv[2] ?? '.');
mkdirSync(folder, { recursive: true });
await npm(root, 'pack', '--silent', '--pack-destination', folder);

const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const file = `file:${own.name}-${own.version}.tgz`;
const dependencies = { [own.name]: file };
const { lockfileVersion, packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const { devDependencies: _, ...shipped } = packages[''];
const needed = Object.entries(packages).filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional);
write('package.json', { private: true, dependencies });
write('package-lock.json', {
  lockfileVersion,
  requires: true,
  packages: {
    '': { dependencies },
    [`node_modules/${own.name}`]: { ...shipped, resolved: file },
    ...Object.fromEntries(needed),
  },
});
await npm(folder, 'ci', '--prefer-offline', '--no-audit', '--no-fund');

function write(name, content) {
  writeFileSync(join(folder, name), `${JSON.stringify(content, null, 2)}\n`);
}

async function npm(cwd, ...args) {
  const { code, printed } = await runChild('npm', args, { cwd, output: 'pipe', env: process.env });
  if (code === 0) return;
  process.stderr.write(`npm ${args.join(' ')} ended with exit code ${code}:\n${printed}\n`);
  process.exit(1);
}
