import fc from 'fast-check';

/** The seed of every property test: fixed, so that a failure is the same everywhere; FC_SEED gives another. */
const seed = Number(process.env.FC_SEED ?? 20_261_120);

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
  fc.assert(property, { seed, numRuns: runs });
}
