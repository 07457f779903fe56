import { watchAncestors } from '../../server/process-tree.cjs';

const watched = Symbol.for('tidemill.watches_ancestors');

/** Ends the test run when the command that started it was killed; its workers and guarded children end with it. */
export default function globalSetup(): void {
  const marks = globalThis as { [watched]?: boolean };
  if (marks[watched] === true) return;
  marks[watched] = true;
  watchAncestors(() => process.exit(1));
}
