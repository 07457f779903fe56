import { expect, test } from '@jest/globals';
import { expectFlat } from '../support/endurance/expectations';
import { soak, soakText } from '../support/endurance/soak';

const runs = Number(process.env.SOAK_RUNS ?? 10_000);
const withinMs = 45 * 60_000;

test(
  'thousands of short runs leave the memory of the worker and the state of the control as they were',
  async () => {
    const figures = await soak(runs, withinMs);
    process.stderr.write(soakText(figures));

    expectFlat(figures);
    expect(figures.runs).toBeGreaterThanOrEqual(runs);
    // The cache of workflows is full after a tenth of the runs; from then on nothing may grow.
    const [early, late] = [figures.samples.slice(3, 6), figures.samples.slice(-3)];
    const mean = (samples: typeof early): number =>
      samples.reduce((sum, one) => sum + one.workerMb, 0) / samples.length;
    if (Number.isFinite(mean(early))) expect(mean(late)).toBeLessThan(1.25 * mean(early));
  },
  withinMs + 120_000,
);
