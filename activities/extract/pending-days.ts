import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataFile, ReleaseReader, Warehouse } from '../../warehouse';
import { type KnownPath, pathsFolder } from './known-paths';
import { findLanded, type LandedFile } from './landed';

/** Landed records of a day that the newest release was not built from. */
export interface PendingDay {
  readonly day: string;
  readonly rowCount: number;
  /** False: no run has published the day yet. True: the records came after it was published; run the day again. */
  readonly isPublished: boolean;
  /** Files that hold them, by name. */
  readonly files: readonly string[];
}

/**
 * Which landed records are not loaded yet, by day. A record counts as loaded when the published day was
 * built from a file with the same records of that day, so a file that grows by a day leaves the older
 * days alone. Knows what runs have landed; a file that no run has looked at is not known.
 */
export async function pendingDays(
  warehouse: Warehouse,
  table = 'staging.stg_invoices',
): Promise<readonly PendingDay[]> {
  const release = await warehouse.release();
  const published = await loadedParts(warehouse, release, table);
  const pending = new Map<string, { rowCount: number; files: string[] }>();
  for (const landed of await currentFiles(warehouse)) {
    for (const part of landed.parts) {
      const day = String(part.day);
      if (published.get(day)?.has(identityOf(part)) === true) continue;
      const entry = pending.get(day) ?? { rowCount: 0, files: [] };
      pending.set(day, { rowCount: entry.rowCount + part.rowCount, files: [...entry.files, landed.file] });
    }
  }
  return [...pending]
    .map(([day, { rowCount, files }]) => ({ day, rowCount, isPublished: published.has(day), files: files.sort() }))
    .sort((a, b) => (a.day < b.day ? -1 : 1));
}

/** Per published day, the parts that it was built from. */
async function loadedParts(
  warehouse: Warehouse,
  release: ReleaseReader,
  table: string,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  if (release.tables[table] === undefined) return new Map();
  const days = await release.days(table);
  const loaded = new Map<string, ReadonlySet<string>>();
  for (const { day, sources } of days) {
    const files = await Promise.all(sources.map((sha256) => findLanded(warehouse.store, sha256)));
    const parts = files.flatMap((file) => file?.parts.filter((part) => part.day === day) ?? []);
    loaded.set(day, new Set(parts.map(identityOf)));
  }
  return loaded;
}

/** What the landing folder holds now, as far as runs have seen it; each content once. */
async function currentFiles(warehouse: Warehouse): Promise<readonly LandedFile[]> {
  const files = new Map<string, LandedFile>();
  for await (const { key } of warehouse.store.list(pathsFolder)) {
    const bytes = await warehouse.store.find(key);
    if (bytes === null) continue;
    const path = JSON.parse(bytes.toString('utf8')) as KnownPath;
    if (files.has(path.sha256) || !(await isThere(join(warehouse.landing, path.file)))) continue;
    const landed = await findLanded(warehouse.store, path.sha256);
    if (landed !== null) files.set(path.sha256, landed);
  }
  return [...files.values()];
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

/** Equal for parts with equal records on equal lines. */
function identityOf({ rowCount, fingerprint }: DataFile): string {
  return `${rowCount} ${fingerprint.sum} ${fingerprint.mixed}`;
}
