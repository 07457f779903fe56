import { TaskError } from '../../engine';
import type { AttemptManifest, ReleaseReader } from '../../warehouse';
import type { TaskContext } from '../context';
import { isDayIn } from '../sql/day-range';

/**
 * Throws `slice_superseded` when another publish has meanwhile loaded a day of this run from landed
 * rows that this run never read: putting its own rows in their place would lose the newer ones. Happens
 * to an attempt that was believed dead and comes late, and to two runs of one day over a growing folder.
 */
export async function refuseSuperseded(
  context: TaskContext,
  manifests: readonly AttemptManifest[],
  base: ReleaseReader,
): Promise<void> {
  for (const manifest of manifests) {
    const { kind, table, days, sources, readsRelease } = manifest;
    const isCurrent = readsRelease === null || readsRelease >= base.release;
    if (kind !== 'slice' || days === null || isCurrent || base.tables[table] === undefined) continue;
    const before = await sourcesByDay(await context.warehouse.release(readsRelease), table);
    for (const [day, present] of await sourcesByDay(base, table)) {
      if (!isDayIn(days, day)) continue;
      const isChanged = present.join() !== before.get(day)?.join();
      if (isChanged && present.some((source) => !sources.includes(source))) throw superseded(table, day, base.release);
    }
  }
}

async function sourcesByDay(reader: ReleaseReader, table: string): Promise<ReadonlyMap<string, readonly string[]>> {
  if (reader.tables[table] === undefined) return new Map();
  return new Map((await reader.days(table)).map(({ day, sources }) => [day, sources]));
}

function superseded(table: string, day: string, release: number): TaskError {
  return new TaskError({
    code: 'slice_superseded',
    message: `Day ${day} of ${table} was published by release ${release} or shortly before, from landed rows that this run did not read. Nothing was changed; run the day again to load all of them.`,
    details: { table, day, release },
  });
}
