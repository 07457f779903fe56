// The steps of "npm run check", shared with "npm test". A step prints one line when all is well, and what its tool
// has said when not.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from './run-child.mjs';
import { root } from './set-up.mjs';

const bin = (name) => join(root, 'node_modules', ...name.split('/'));

export const steps = {
  'format and lint': () => node(bin('@biomejs/biome/bin/biome'), 'check', '--colors=off', '.'),
  'SQL layout': () => node(join(root, 'tools/format-sql.mjs')),
  types: () => node(bin('typescript/bin/tsc'), '-p', root),
  architecture: () =>
    node(bin('jest/bin/jest.js'), '--selectProjects', 'architecture', '--passWithNoTests', '--maxWorkers', '1'),
};

/** Runs the named steps side by side and prints a line for each as it ends. Answers how many failed. */
export async function runSteps(names) {
  const results = await Promise.all(names.map((name) => runStep(name)));
  return results.filter((passed) => !passed).length;
}

async function runStep(name) {
  const startedAt = performance.now();
  const { code, printed } = await steps[name]();
  const took = `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  if (code === 0) {
    process.stdout.write(`check: ${name}: passed (${took})\n`);
    return true;
  }
  process.stdout.write(`check: ${name}: FAILED (${took})\n${indent(printed.trim())}\n`);
  return false;
}

function node(script, ...args) {
  return runChild(process.execPath, [script, ...args], { cwd: root, output: 'pipe', env: process.env });
}

function indent(text) {
  return text.replaceAll(/^/gm, '  ');
}

/** Every file below a folder with that ending; folders of packages and caches left out. */
export function filesBelow(folder, ending) {
  const names = readdirSync(folder).filter((name) => name !== 'node_modules' && !name.startsWith('.'));
  return names.flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return filesBelow(path, ending);
    return path.endsWith(ending) ? [path] : [];
  });
}
