import type { Column, DataFile, ObjectStore } from '../../warehouse';
import type { ScanCounts } from './scan/record-scanner';

/**
 * What is known of one file content for ever: the immutable index at `landed/v1/<sha256>/index.json`.
 * Whoever puts it first decides the name under which equal content is known.
 */
export interface LandedFile {
  readonly format: 1;
  /** The file's name, relative to the landing root. */
  readonly file: string;
  readonly sha256: string;
  readonly counts: ScanCounts;
  readonly columns: readonly Column[];
  /** One part per calendar day with records, in order of days. */
  readonly parts: readonly DataFile[];
}

/** The parts are bound to the rules by which the scanner splits records; other rules, other folder. */
export const landedFolder = 'landed/v1';
/** The name of landed records in manifests; nobody publishes them. */
export const landedTable = 'landing.invoices';

/** Indexes are immutable, so a process keeps the ones that it read; the bound only limits memory. */
const known = new Map<string, LandedFile>();
const maxKnown = 400;

/** The index of a content hash; null when that content has not landed. */
export async function findLanded(store: ObjectStore, sha256: string): Promise<LandedFile | null> {
  const cached = known.get(`${store.uri}|${sha256}`);
  if (cached !== undefined) return cached;
  const bytes = await store.find(indexKey(sha256));
  return bytes === null ? null : remember(store, JSON.parse(bytes.toString('utf8')) as LandedFile);
}

/** Makes a content landed. When another run was faster its index is the one that counts, and is returned. */
export async function putLanded(store: ObjectStore, landed: LandedFile): Promise<LandedFile> {
  if (await store.putIfAbsent(indexKey(landed.sha256), JSON.stringify(landed))) return remember(store, landed);
  return JSON.parse((await store.get(indexKey(landed.sha256))).toString('utf8')) as LandedFile;
}

function indexKey(sha256: string): string {
  return `${landedFolder}/${sha256}/index.json`;
}

function remember(store: ObjectStore, landed: LandedFile): LandedFile {
  if (known.size >= maxKnown) known.clear();
  known.set(`${store.uri}|${landed.sha256}`, landed);
  return landed;
}
