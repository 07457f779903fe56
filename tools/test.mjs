// npm test, npm run test:fast: sets up what is missing, checks, runs the tests, and ends with the plain line
// "Tests: N passed, N failed" that counts all of them. Arguments are passed on to Jest (a path, -t "a name").
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChild } from './run-child.mjs';
import { root, setUp } from './set-up.mjs';
import { runSteps } from './steps.mjs';

const projectsWithoutServer = ['unit', 'sql', 'activities', 'architecture'];
const [which = 'all', ...jestArguments] = process.argv.slice(2);
const all = which === 'all';
/** Part of the tests cannot reach the coverage that all of them have. */
const coverage = jestArguments.length === 0 ? ['--coverage'] : [];

await setUp();
const total = { passed: 0, failed: 0, skipped: 0 };
// The architecture tests are among Jest's own projects below.
total.failed += await runSteps(['format and lint', 'SQL layout', 'types']);
await runJest('tests without a server', [...projectsWithoutServer.flatMap(select), ...coverage]);
if (all) await runJest('tests with a server', [...select('server')]);

if (total.skipped > 0) process.stdout.write(`Skipped: ${total.skipped}; the reasons are printed above.\n`);
process.stdout.write(`Tests: ${total.passed} passed, ${total.failed} failed\n`);
process.exit(total.failed === 0 ? 0 : 1);

function select(project) {
  return ['--selectProjects', project];
}

async function runJest(name, args) {
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-jest-'));
  const file = join(folder, 'results.json');
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const report = ['--json', '--outputFile', file, '--passWithNoTests'];
  const { code } = await runChild(process.execPath, [jest, ...args, ...report, ...jestArguments], { cwd: root });
  if (code >= 128) stopNow(code);
  const counts = readCounts(file);
  rmSync(folder, { recursive: true, force: true });

  if (counts === null) {
    process.stdout.write(`Jest ended with exit code ${code} and without results: ${name} count as one failure.\n`);
    total.failed += 1;
    return;
  }
  const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests } = counts;
  const failed = numFailedTests + numRuntimeErrorTestSuites;
  total.passed += numPassedTests;
  total.skipped += numPendingTests + numTodoTests;
  total.failed += failed;
  if (code !== 0 && failed === 0) {
    process.stdout.write(`Jest ended with exit code ${code} although no test failed; see above. One failure.\n`);
    total.failed += 1;
  }
}

function readCounts(file) {
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
