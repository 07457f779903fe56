import { relative } from 'node:path';
import { didYouMean, isEngineError } from '../engine';
import { cleanUp } from '../server';
import { backfill } from './backfill';
import { chain } from './chain';
import { fanOut } from './fan-out';
import { type Bench, type BenchOptions, runBench, writeReport } from './harness';
import { history } from './history';
import { mapping } from './mapping';
import { pictures } from './pictures';
import { recovery } from './recovery';
import { reportText } from './report-text';
import { retail } from './retail';
import { workerStart } from './worker-start';

const benches: readonly Bench[] = [chain, fanOut, mapping, backfill, retail, history, recovery, workerStart, pictures];

const usage = `Usage: npm run bench [-- NAME…] [--quick]

${benches.map(({ name, title }) => `  ${name.padEnd(10)} ${title}`).join('\n')}

Without a name all of them run. --quick takes few samples: it shows that a bench works, not how fast we are.
Every sample is written to bench/results/<name>.json. A missed target is printed and is no failure: only a
quiet machine can judge.
`;

async function main(args: readonly string[]): Promise<number> {
  const flags = args.filter((arg) => arg.startsWith('-'));
  if (flags.includes('--help') || flags.includes('-h')) {
    process.stdout.write(usage);
    return 0;
  }
  const problem = problemWith(args, flags);
  if (problem !== null) {
    process.stderr.write(`${problem}\n\n${usage}`);
    return 2;
  }
  const names = args.filter((arg) => !arg.startsWith('-'));
  const chosen = names.length === 0 ? benches : benches.filter(({ name }) => names.includes(name));
  let failed = 0;
  for (const bench of chosen) if (!(await perform(bench, flags.includes('--quick')))) failed += 1;
  return failed === 0 ? 0 : 1;
}

function problemWith(args: readonly string[], flags: readonly string[]): string | null {
  const flag = flags.find((one) => one !== '--quick');
  if (flag !== undefined) return `There is no option ${flag}.`;
  const known = benches.map(({ name }) => name);
  const unknown = args.find((arg) => !arg.startsWith('-') && !known.includes(arg));
  return unknown === undefined ? null : `There is no bench "${unknown}".${didYouMean(unknown, known)}`;
}

/** True unless the bench broke. One that cannot run here is skipped with its reason. */
async function perform(bench: Bench, quick: boolean): Promise<boolean> {
  const reason = bench.skip?.() ?? null;
  if (reason !== null) {
    process.stdout.write(`${bench.name}: skipped: ${reason}\n\n`);
    return true;
  }
  const progress: BenchOptions['progress'] = (line) => process.stderr.write(`${bench.name}: ${line}\n`);
  try {
    const report = await runBench(bench, { quick, progress });
    const file = writeReport(report);
    process.stdout.write(`${reportText(report)}\n  all samples: ${relative(process.cwd(), file)}\n\n`);
    return true;
  } catch (error) {
    const text = error instanceof Error ? (isEngineError(error) ? error.message : error.stack) : String(error);
    process.stderr.write(`${bench.name}: FAILED: ${text}\n\n`);
    return false;
  } finally {
    await cleanUp();
  }
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
