import { expect, test } from '@jest/globals';
import { expectCalmAfter, expectFlat } from '../support/endurance/expectations';
import { soak, soakText } from '../support/endurance/soak';
import { storm, stormText } from '../support/endurance/storm';
import { sharedServer } from '../support/server';

/** The short forms of tests/chaos; their bounds are for a machine that is busy with other tests. */
const boundMs = 300_000;
const { executable } = sharedServer();

test(
  'two hundred short runs all succeed, and the state of their control does not grow',
  async () => {
    const figures = await soak(200, boundMs);
    process.stderr.write(soakText(figures));

    expectFlat(figures);
    expect(figures.runs).toBeGreaterThanOrEqual(200);
  },
  boundMs + 60_000,
);

(executable === null ? test.skip : test)(
  'through some deaths of workers and of the server every run ends as its DAG says, and nothing is published twice',
  async () => {
    const figures = await storm({
      executable: executable ?? '',
      // First a worker and the server at once, then the server.
      seed: 26,
      durationMs: 8_000,
      leastRuns: 12,
      pauseMs: { least: 500, most: 2_000 },
      settleMs: boundMs,
    });
    process.stderr.write(stormText(figures));

    expectCalmAfter(figures);
    expect(figures.workerDeaths).toBeGreaterThan(0);
    expect(figures.serverDeaths).toBeGreaterThan(0);
  },
  2 * boundMs,
);
