// Makes a fresh clone ready to run: installs the packages of package-lock.json when they are not there.
// Only Node's own modules here: this runs before there are any others.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const oldestNode = 20;
const signOfLifeMs = 10_000;

/** Ends the process with one line when Node is too old; installs packages when needed. */
export async function setUp() {
  requireNode();
  const reason = staleReason(root);
  if (reason === null) return;
  process.stderr.write(`Installing packages (npm ci): ${reason}.\n`);
  const startedAt = Date.now();
  const code = await npmCi();
  if (code !== 0) {
    process.stderr.write(
      `npm ci failed with exit code ${code}; what npm printed above says why. Most often the registry cannot be ` +
        `reached: check "npm config get registry" and "npm ping", then run the command again.\n`,
    );
    process.exit(1);
  }
  const left = staleReason(root);
  if (left !== null) {
    process.stderr.write(`npm ci ended well, and yet ${left}. Delete node_modules and run the command again.\n`);
    process.exit(1);
  }
  process.stderr.write(`Packages installed in ${seconds(startedAt)} s.\n`);
}

/** Why the installed packages are not those of the lock file, or null when they are. */
export function staleReason(folder) {
  const modules = join(folder, 'node_modules');
  if (!existsSync(modules)) return 'node_modules is missing';
  const installed = packagesOf(join(modules, '.package-lock.json'));
  if (installed === null) return 'node_modules was not installed by npm, or not completely';
  const wanted = packagesOf(join(folder, 'package-lock.json')) ?? {};
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || entry.link === true) continue;
    const found = installed[path];
    if (found === undefined) {
      // Optional packages for another system are in the lock file and rightly not on this disk.
      if (entry.optional !== true && entry.devOptional !== true) return `${path} is missing`;
    } else if (found.version !== entry.version || differ(found.integrity, entry.integrity)) {
      return `${path} is ${found.version} and package-lock.json wants ${entry.version}`;
    }
  }
  return missingFolder(folder, wanted['']);
}

function missingFolder(folder, rootEntry) {
  const names = Object.keys({ ...rootEntry?.dependencies, ...rootEntry?.devDependencies });
  const missing = names.find((name) => !existsSync(join(folder, 'node_modules', name, 'package.json')));
  return missing === undefined ? null : `node_modules/${missing} is missing`;
}

function differ(a, b) {
  return a !== undefined && b !== undefined && a !== b;
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
  } catch {
    return null;
  }
}

function requireNode() {
  if (Number(process.versions.node.split('.')[0]) >= oldestNode) return;
  process.stderr.write(`Tidemill needs Node ${oldestNode} or newer; this is Node ${process.versions.node}.\n`);
  process.exit(1);
}

function npmCi() {
  // Development packages always: tests and the demo need them, and NODE_ENV=production would leave them out.
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  const viaNpm = process.env.npm_execpath?.endsWith('.js') === true && process.env.npm_execpath.includes('npm-cli');
  const [command, rest] = viaNpm ? [process.execPath, [process.env.npm_execpath, ...args]] : ['npm', args];
  const startedAt = Date.now();
  return new Promise((resolve) => {
    const child = spawn(command, rest, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    const life = setInterval(() => process.stderr.write(`  npm ci: ${seconds(startedAt)} s\n`), signOfLifeMs);
    const done = (code) => {
      clearInterval(life);
      resolve(code);
    };
    child.on('error', (error) => {
      process.stderr.write(`npm could not be started: ${error.message}\n`);
      done(1);
    });
    child.on('exit', (code, signal) => done(code ?? `signal ${signal}`));
  });
}

function seconds(sinceMs) {
  return Math.round((Date.now() - sinceMs) / 1000);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await setUp();
