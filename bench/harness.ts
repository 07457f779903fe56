import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { EngineBug } from '../engine';
import { installationFolder } from '../runner';

/** A bound that the median of a figure, or its ratio to the baseline's, has to keep. */
export interface Target {
  readonly of: 'ours' | 'ratio';
  readonly atMost?: number;
  readonly atLeast?: number;
  /** Shown behind the bound, for instance on what machine it holds. */
  readonly note?: string;
}

/** One measured thing: a sample per repetition, ours and, where there is one, the baseline's of the same session. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly ours: readonly number[];
  readonly baseline?: readonly number[];
  readonly targets?: readonly Target[];
}

export interface Measured {
  readonly figures: readonly Figure[];
  /** Sentences printed below the table. */
  readonly notes?: readonly string[];
  /** Everything else worth keeping, for the JSON file. */
  readonly details?: unknown;
}

export interface BenchOptions {
  /** Few samples: shows that the bench works, not how fast we are. */
  readonly quick: boolean;
  /** Says on standard error what goes on. */
  readonly progress: (line: string) => void;
}

/** One bench: what is compared to what, and how. */
export interface Bench {
  readonly name: string;
  readonly title: string;
  /** What the ratios are taken against, and how ours is started and timed. */
  readonly method: string;
  /** Why it cannot run here; null when it can. */
  readonly skip?: () => string | null;
  readonly measure: (options: BenchOptions) => Promise<Measured>;
}

export interface BenchReport extends Measured {
  readonly bench: Bench;
  readonly quick: boolean;
  readonly load: { readonly before: readonly number[]; readonly after: readonly number[] };
}

/** Runs one bench between two looks at the machine's load. */
export async function runBench(bench: Bench, options: BenchOptions): Promise<BenchReport> {
  const before = loadavg();
  const measured = await bench.measure(options);
  return { ...measured, bench, quick: options.quick, load: { before, after: loadavg() } };
}

const aMinuteMs = 60_000;

/**
 * Repeats a measurement: five times, three times when one takes longer than a minute, and with
 * `quick` once or, when that took no longer than ten seconds, twice.
 */
export async function repeat<Sample>(
  { quick, progress }: BenchOptions,
  body: (round: number) => Promise<Sample>,
): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  let count = quick ? 2 : 5;
  while (samples.length < count) {
    const startedAt = performance.now();
    samples.push(await body(samples.length + 1));
    const tookMs = performance.now() - startedAt;
    if (quick && tookMs > 10_000) count = 1;
    if (!quick && tookMs > aMinuteMs) count = 3;
    progress(`round ${samples.length} of ${count}: ${(tookMs / 1_000).toFixed(1)} s`);
  }
  return samples;
}

/** The middle sample; of an even number the mean of the two in the middle. */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  if (low === undefined || high === undefined) throw new EngineBug('A bench has measured nothing');
  return (low + high) / 2;
}

/** Median of ours through median of the baseline; null without one. */
export function ratioOf({ ours, baseline }: Figure): number | null {
  return baseline === undefined ? null : median(ours) / median(baseline);
}

export function isMet(figure: Figure, target: Target): boolean {
  const value = target.of === 'ours' ? median(figure.ours) : (ratioOf(figure) ?? Number.NaN);
  return value <= (target.atMost ?? Number.POSITIVE_INFINITY) && value >= (target.atLeast ?? Number.NEGATIVE_INFINITY);
}

/** Cores, memory and versions: what a figure means nothing without. */
export function machineFacts() {
  const processors = cpus();
  return {
    cores: processors.length,
    processor: processors[0]?.model ?? 'unknown',
    memory_bytes: totalmem(),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    packages: Object.fromEntries(
      ['@temporalio/worker', '@duckdb/node-api'].map((name) => [name, packageVersion(name)]),
    ),
  };
}

function packageVersion(name: string): string {
  const facts = require(join(installationFolder, 'node_modules', name, 'package.json')) as { readonly version: string };
  return facts.version;
}

/** Writes `bench/results/<name>.json` with every sample, and gives its path. */
export function writeReport(report: BenchReport): string {
  const folder = join(installationFolder, 'bench', 'results');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${report.bench.name}.json`);
  writeFileSync(file, `${JSON.stringify(reportJson(report), null, 2)}\n`);
  return file;
}

function reportJson({ bench, quick, load, figures, notes = [], details = null }: BenchReport): unknown {
  return {
    name: bench.name,
    title: bench.title,
    method: bench.method,
    measured_at: new Date().toISOString(),
    quick,
    machine: machineFacts(),
    load_average: load,
    figures: figures.map((figure) => ({
      name: figure.name,
      unit: figure.unit,
      ours: { median: median(figure.ours), samples: figure.ours },
      baseline: figure.baseline === undefined ? null : { median: median(figure.baseline), samples: figure.baseline },
      ratio: ratioOf(figure),
      targets: (figure.targets ?? []).map((target) => ({
        of: target.of,
        at_most: target.atMost ?? null,
        at_least: target.atLeast ?? null,
        note: target.note ?? null,
        met: isMet(figure, target),
      })),
    })),
    notes,
    details,
  };
}
