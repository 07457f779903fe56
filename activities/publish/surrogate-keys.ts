import { EngineBug, plusDays } from '../../engine';
import type { ModelKey, SqlModel } from '../../sql/catalog';
import type { AttemptManifest, DataFile, DayRange } from '../../warehouse';
import { isDayIn } from '../sql/day-range';
import { dayColumn } from '../sql/run-model';
import type { Build, WrittenTable } from './build';
import { ensureReadable } from './readable';

/**
 * Surrogate keys of facts: each row carries the key of the dimension version that is valid on its day.
 * A dimension has the columns valid_from and valid_to (exclusive); rows without a business key carry 0,
 * the unknown member.
 */

/** Rows of a draft with their keys, one file per day. */
export async function fillKeys(build: Build, model: SqlModel, draft: AttemptManifest): Promise<WrittenTable> {
  const { session, attempt } = build;
  const source = `${model.name.replace('.', '_')}_draft`;
  await session.bind({ name: source, columns: draft.columns, files: draft.files });
  for (const key of model.keys) await prepareVersions(build, key);
  const written = await session.write({
    table: model.name,
    select: keyedSelect(model.keys, source),
    orderBy: model.grain,
    splitByDay: dayColumn,
    attempt,
  });
  await session.bind({ name: `${source}_filled`, ...written });
  await refuseUnknown(build, model, `${source}_filled`);
  return written;
}

/**
 * Days of the base release, outside `replaced`, that hold a row whose dimension version is another one
 * in the new release; rewritten with the new keys. Looks only at days and business keys whose versions moved.
 */
export async function rekeyMovedDays(
  build: Build,
  model: SqlModel,
  replaced: readonly DayRange[],
): Promise<WrittenTable & { readonly days: readonly DayRange[] }> {
  const { session, base, attempt } = build;
  const columns = base.tables[model.name]?.columns ?? [];
  const none = { columns, files: [], days: [] };
  const moved = await movedRanges(build, model);
  if (moved === null) return none;
  const candidates = (await base.files(model.name, moved.span)).filter(
    ({ day }) => isDayIn(moved.span, day) && !replaced.some((range) => isDayIn(range, day)),
  );
  const days = await daysConcerned(build, model, moved.keys, candidates);
  if (days.length === 0) return none;
  const source = `${model.name.replace('.', '_')}_moved`;
  const files = candidates.filter(({ day }) => days.includes(day ?? ''));
  await session.bind({ name: source, columns, files });
  for (const key of model.keys) await prepareVersions(build, key);
  const written = await session.write({
    table: model.name,
    select: keyedSelect(model.keys, source),
    orderBy: model.grain,
    splitByDay: dayColumn,
    attempt: `${attempt}-moved`,
  });
  build.context.log.info({ table: model.name, days }, 'keys of other days moved with their dimension');
  return { ...written, days: days.map((day) => ({ start: day, end: plusDays(day, 1) })) };
}

/** `<dimension>_versions(business_key, surrogate_key, from_day, to_day)` of the new release, days as yyyymmdd. */
async function prepareVersions(build: Build, key: ModelKey): Promise<void> {
  const name = versionsOf(key);
  if (build.ready.has(name)) return;
  await ensureReadable(build, key.dimension, key.dimension);
  await build.session.run(`create table ${name} as ${versionsSelect(key, key.dimension)}`);
  build.ready.set(name, { columns: [], files: [] });
}

function versionsSelect(key: ModelKey, relation: string): string {
  return `
    select ${key.businessKey} as business_key, ${key.column} as surrogate_key,
      strftime(valid_from, '%Y%m%d')::integer as from_day, strftime(valid_to, '%Y%m%d')::integer as to_day
    from ${relation}
    where ${key.businessKey} is not null`;
}

function versionsOf(key: ModelKey): string {
  return `${key.dimension.replace('.', '_')}_versions`;
}

function keyedSelect(keys: readonly ModelKey[], source: string): string {
  const replaced = keys.map((key, index) => `coalesce(v${index}.surrogate_key, 0)::bigint as ${key.column}`);
  const joins = keys.map(
    (key, index) => `
    left join ${versionsOf(key)} as v${index}
      on v${index}.business_key = facts.${key.businessKey}
      and facts.${dayColumn} >= v${index}.from_day and facts.${dayColumn} < v${index}.to_day`,
  );
  return `select facts.* replace (${replaced.join(', ')}) from ${source} as facts${joins.join('')}`;
}

/** Dimensions are made of the rows of the facts, so every business key of a fact has its version. */
async function refuseUnknown(build: Build, model: SqlModel, relation: string): Promise<void> {
  const unknown = model.keys.map((key) => `(${key.businessKey} is not null and ${key.column} = 0)`).join(' or ');
  const rows = await build.session.rows(`select * from ${relation} where ${unknown} limit 5`);
  if (rows.length > 0)
    throw new EngineBug(`Rows of ${model.name} have no dimension version on their day`, { sample: rows });
}

interface Moved {
  readonly span: DayRange;
  /** The keys whose dimensions were rebuilt. */
  readonly keys: readonly ModelKey[];
}

/** Fills `<fact>_moved_<n>(business_key, from_day, to_day)` per key, and gives the days that they span; null when nothing moved. */
async function movedRanges(build: Build, model: SqlModel): Promise<Moved | null> {
  const { session, base, wholes } = build;
  const moves: ModelKey[] = [];
  let span: DayRange | null = null;
  for (const key of model.keys) {
    const table = base.tables[key.dimension];
    if (table === undefined || !wholes.includes(key.dimension)) continue;
    const moved = movedOf(model, key);
    await prepareVersions(build, key);
    const old = `${versionsOf(key)}_old`;
    await session.bind({ name: old, columns: table.columns, files: await base.files(key.dimension) });
    moves.push(key);
    await session.run(`
      create table ${moved} as
      select newer.business_key, greatest(older.from_day, newer.from_day) as from_day, least(older.to_day, newer.to_day) as to_day
      from (${versionsSelect(key, old)}) as older
      inner join ${versionsOf(key)} as newer on newer.business_key = older.business_key
      where older.surrogate_key <> newer.surrogate_key
        and older.from_day < newer.to_day and newer.from_day < older.to_day`);
    const [row] = await session.rows(`select min(from_day) as start, max(to_day) as "end" from ${moved}`);
    if (row?.start !== null && row?.start !== undefined)
      span = union(span, { start: isoDay(row.start), end: isoDay(row.end) });
  }
  return span === null ? null : { span, keys: moves };
}

async function daysConcerned(
  build: Build,
  model: SqlModel,
  keys: readonly ModelKey[],
  files: readonly DataFile[],
): Promise<readonly string[]> {
  if (files.length === 0) return [];
  const name = `${model.name.replace('.', '_')}_candidates`;
  await build.session.bind({ name, columns: build.base.tables[model.name]?.columns ?? [], files });
  const selects = keys.map(
    (key) => `
      select facts.${dayColumn} as day from ${name} as facts
      inner join ${movedOf(model, key)} as moved
        on moved.business_key = facts.${key.businessKey}
        and facts.${dayColumn} >= moved.from_day and facts.${dayColumn} < moved.to_day`,
  );
  const rows = await build.session.rows(`select distinct day from (${selects.join(' union all ')}) order by day`);
  return rows.map(({ day }) => isoDay(day));
}

function movedOf(model: SqlModel, key: ModelKey): string {
  return `${model.name.replace('.', '_')}_${key.column}_moved`;
}

function union(a: DayRange | null, b: DayRange): DayRange {
  const [start = b.start] = [a?.start ?? b.start, b.start].sort();
  const [, end = b.end] = [a?.end ?? b.end, b.end].sort();
  return { start, end };
}

function isoDay(dayKey: unknown): string {
  const digits = String(dayKey);
  return `${digits.slice(0, 4)}-${digits.slice(4, 6)}-${digits.slice(6)}`;
}
