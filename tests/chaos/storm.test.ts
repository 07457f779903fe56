import { expect, test } from '@jest/globals';
import { expectCalmAfter } from '../support/endurance/expectations';
import { storm, stormText } from '../support/endurance/storm';
import { sharedServer } from '../support/server';

const { executable } = sharedServer();
const minutes = 60_000;
/** The promise is about ten minutes and a hundred runs; more of both find more. */
const { CHAOS_MINUTES = '10', CHAOS_SEED = String(Date.now() % 1_000_000) } = process.env;
const durationMs = Number(CHAOS_MINUTES) * minutes;
const leastRuns = 10 * Number(CHAOS_MINUTES);

(executable === null ? test.skip : test)(
  'through minutes of random deaths every run ends as its DAG says, and nothing is published twice',
  async () => {
    const figures = await storm({
      executable: executable ?? '',
      seed: Number(CHAOS_SEED),
      durationMs,
      leastRuns,
      pauseMs: { least: 1_000, most: 5_000 },
      settleMs: 5 * minutes,
    });
    process.stderr.write(stormText(figures));

    expectCalmAfter(figures);
    expect(figures.runs).toBeGreaterThanOrEqual(leastRuns);
    expect(figures.serverDeaths).toBeGreaterThan(0);
  },
  2 * durationMs + 12 * minutes,
);
