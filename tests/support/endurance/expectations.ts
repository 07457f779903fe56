import { expect } from '@jest/globals';
import type { SoakFigures } from './soak';
import type { StormFigures } from './storm';

/** Every run ended as its DAG says, none was lost, and each day was published once. */
export function expectCalmAfter(figures: StormFigures): void {
  expect(Object.keys(figures.endings).sort()).toEqual([
    'storm_fail failed',
    'storm_publish success',
    'storm_retry success',
  ]);
  expect(figures.unrecorded).toEqual([]);
  expect(figures.refused).toEqual([]);
  expect(figures.wrongDays).toEqual([]);
  // A publish that was done twice would have put a second release, for the same day has the same rows.
  expect(figures.releases).toBe(figures.days);
}

/** Every run succeeded, and what the control hands on does not grow with the runs that it has seen. */
export function expectFlat({ runs, succeeded, samples, longHistories }: SoakFigures): void {
  expect(succeeded).toBe(runs);
  expect(longHistories).toBe(0);
  expect(Math.max(...samples.map(({ controlEvents }) => controlEvents))).toBeLessThan(10_000);
  const [middle, last] = [samples[Math.floor(samples.length / 2)], samples.at(-1)];
  expect(last?.controlBytes).toBeLessThanOrEqual(1.1 * (middle?.controlBytes ?? 0));
}
