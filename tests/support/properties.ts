import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';

/** The seed of every property test: fixed, so that a failure is the same everywhere; FC_SEED gives another. */
const seed = Number(process.env.FC_SEED ?? 20_261_120);

/** FC_RUNS=20 draws twenty times as many cases: for a night, or after a change to the engine. */
const factor = Number(process.env.FC_RUNS ?? 1);

let isPrinted = false;

/**
 * Holds a property against `runs` random cases. The seed is printed once a test file, and a failure
 * says with which seed and path it comes again.
 */
export function holds<Values extends [unknown, ...unknown[]]>(
  property: fc.IPropertyWithHooks<Values>,
  { runs }: { readonly runs: number },
): void {
  if (!isPrinted) process.stderr.write(`property tests: FC_SEED=${seed}\n`);
  isPrinted = true;
  fc.assert(property, { seed, numRuns: runs * factor });
}

/** Fails a property unless a statement is true; many times faster than an expectation, and asked that often. */
export function ensure(isTrue: boolean, statement: string): void {
  if (!isTrue) throw new Error(`not true: ${statement}`);
}

/** Fails a property unless two values are equal in every member. */
export function ensureSame(actual: unknown, expected: unknown, what: string): void {
  if (isDeepStrictEqual(actual, expected)) return;
  throw new Error(`${what}: ${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`);
}
