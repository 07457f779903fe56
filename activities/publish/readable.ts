import type { DayRange } from '../../warehouse';
import { isDayIn } from '../sql/day-range';
import { missingInput } from '../sql/relations';
import type { Build } from './build';

/**
 * Makes a table readable as it will be in the new release: the base's files, with the days of this run
 * replaced. Tables that several wholes read are kept in memory, for opening hundreds of files costs
 * more than reading them.
 */
export async function ensureReadable(build: Build, reader: string, name: string): Promise<void> {
  const { session, ready, base, manifests, wholes, catalog } = build;
  if (ready.has(name)) return;
  const own = manifests.find(({ table }) => table === name);
  const published = base.tables[name];
  const columns = own?.columns ?? published?.columns;
  if (columns === undefined) throw missingInput(reader, name, base);
  const kept = own?.kind === 'whole' ? [] : await base.files(name);
  const files = [
    ...kept.filter(({ day }) => !rangesOf(own?.days ?? null).some((range) => isDayIn(range, day))),
    ...(own?.files ?? []),
  ];
  const isShared = wholes.filter((whole) => catalog.get(whole).reads.includes(name)).length > 1;
  if (isShared) {
    const source = `${name.replace('.', '_')}_files`;
    await session.bind({ name: source, columns, files });
    await session.run(`create schema if not exists ${name.split('.')[0]}`);
    await session.run(`create table ${name} as select * from ${source}`);
  } else await session.bind({ name, columns, files });
  ready.set(name, { columns, files });
}

export function rangesOf(days: DayRange | null): readonly DayRange[] {
  return days === null ? [] : [days];
}
