import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Nothing is half-written for that long: what is older belongs to a process that was killed. */
const abandonedAfterMs = 24 * 3_600_000;

/** Removes what killed processes left in a folder of temporary files, as far as it can. */
export async function removeAbandoned(folder: string, names: RegExp): Promise<void> {
  const found = await readdir(folder).catch(() => []);
  for (const name of found.filter((entry) => names.test(entry))) {
    const path = join(folder, name);
    const age = await stat(path).then(
      (facts) => Date.now() - facts.mtimeMs,
      () => 0,
    );
    if (age > abandonedAfterMs) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}
