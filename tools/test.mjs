// npm test, npm run test:fast, npm run test:chaos: sets up what is missing, checks, runs the tests, and ends with the
// plain line "Tests: N passed, N failed" that counts all of them. Arguments are passed on to Jest (a path, -t "a name").
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { runChild } from './run-child.mjs';
import { root, setUp } from './set-up.mjs';
import { runSteps } from './steps.mjs';

/** More failing files than this are no accident. */
const maxFilesToLookAt = 3;
const projectsWithoutServer = ['unit', 'sql', 'activities', 'architecture'];
const [which = 'all', ...jestArguments] = process.argv.slice(2);
const all = which === 'all';
const chaos = which === 'chaos';
/** Part of the tests cannot reach the coverage that all of them have. */
const coverage = jestArguments.length === 0 ? ['--coverage'] : [];

await setUp();
const total = { passed: 0, failed: 0, skipped: 0 };
// The architecture tests are among Jest's own projects below.
if (chaos) await runJest('soak and chaos', [...select('chaos'), '--runInBand']);
else {
  total.failed += await runSteps(['format and lint', 'SQL layout', 'types']);
  await runJest('tests without a server', [...projectsWithoutServer.flatMap(select), ...coverage]);
}
if (all) await runJest('tests with a server', [...select('server')], { secondLook: true });

if (total.skipped > 0) process.stdout.write(`Skipped: ${total.skipped}; the reasons are printed above.\n`);
process.stdout.write(`Tests: ${total.passed} passed, ${total.failed} failed\n`);
process.exit(total.failed === 0 ? 0 : 1);

function select(project) {
  return ['--selectProjects', project];
}

async function runJest(name, args, { secondLook = false } = {}) {
  const first = await resultsOf(args);
  if (first.results === null) {
    process.stdout.write(
      `Jest ended with exit code ${first.code} and without results: ${name} count as one failure.\n`,
    );
    total.failed += 1;
    return;
  }
  let files = first.results.testResults;
  if (secondLook) files = await lookAgain(args, files);
  const counted = countOf(files);
  for (const key of Object.keys(total)) total[key] += counted[key];
  if (first.code !== 0 && countOf(first.results.testResults).failed === 0) {
    process.stdout.write(`Jest ended with exit code ${first.code} although no test failed; see above. One failure.\n`);
    total.failed += 1;
  }
}

async function resultsOf(args) {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-jest-'));
  const file = join(folder, 'results.json');
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const report = ['--json', '--outputFile', file, '--passWithNoTests'];
  const { code } = await runChild(process.execPath, [jest, ...args, ...report, ...jestArguments], { cwd: root });
  if (code >= 128) stopNow(code);
  const results = readResults(file);
  rmSync(folder, { recursive: true, force: true });
  return { code, results };
}

/**
 * Tests that kill processes of a busy machine can fail for want of a core. Few failing files get one more run, alone,
 * and what passed only then is named: it is a test, or a product, that has to be made steadier.
 */
async function lookAgain(args, files) {
  const failed = files.filter((file) => countOf([file]).failed > 0);
  if (failed.length === 0 || failed.length > maxFilesToLookAt) return files;
  process.stdout.write(`Run again, alone: ${failed.map(({ name }) => relative(root, name)).join(', ')}\n`);
  const { results } = await resultsOf([...args, '--runInBand', '--runTestsByPath', ...failed.map(({ name }) => name)]);
  if (results === null) return files;
  const again = new Map(results.testResults.map((file) => [file.name, file]));
  for (const { name } of failed) {
    const after = again.get(name);
    if (after === undefined || countOf([after]).failed > 0) continue;
    process.stdout.write(`UNSTEADY: ${relative(root, name)} failed beside other tests and passed alone.\n`);
  }
  return files.map((file) => again.get(file.name) ?? file);
}

/** A file that could not be loaded has no test and counts as one failure. */
function countOf(files) {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { status, assertionResults } of files) {
    if (status === 'failed' && assertionResults.every((test) => test.status !== 'failed')) counts.failed += 1;
    for (const test of assertionResults) {
      if (test.status === 'passed' || test.status === 'failed') counts[test.status] += 1;
      else counts.skipped += 1;
    }
  }
  return counts;
}

function readResults(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/** A signal is somebody's wish to stop: no further tests, and the counts so far with the one that was cut off. */
function stopNow(code) {
  process.stdout.write(`Tests: ${total.passed} passed, ${total.failed + 1} failed\n`);
  process.exit(code);
}
