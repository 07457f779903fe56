import { isJsonObject } from '../../engine/json';
import { objectCorrupt, parseJson } from '../store/format';
import type { AttemptManifest, Column, ColumnStats, DataFile, DayRange, Fingerprint } from '../types';

/** A column's statistics in a stored manifest. */
interface StoredStats {
  readonly min: string | null;
  readonly max: string | null;
  readonly null_count: number;
  readonly has_nan?: true;
}

export interface StoredFile {
  readonly key: string;
  readonly day: string | null;
  readonly row_count: number;
  readonly byte_count: number;
  readonly fingerprint: Fingerprint;
  readonly stats: { readonly [column: string]: StoredStats };
}

interface StoredAttempt {
  readonly format: 1;
  readonly kind: AttemptManifest['kind'];
  readonly table: string;
  readonly attempt: string;
  readonly columns: readonly Column[];
  readonly days: DayRange | null;
  readonly reads_release: number | null;
  readonly sources: readonly string[];
  readonly row_count: number;
  readonly fingerprint: Fingerprint | null;
  readonly files: readonly StoredFile[];
}

export function encodeFile({ key, day, rowCount, byteCount, fingerprint, stats }: DataFile): StoredFile {
  const entries = Object.entries(stats).map(([column, facts]) => [column, encodeStats(facts)] as const);
  return {
    key,
    day,
    row_count: rowCount,
    byte_count: byteCount,
    fingerprint,
    stats: Object.fromEntries(entries),
  };
}

export function decodeFile(stored: StoredFile): DataFile {
  const entries = Object.entries(stored.stats).map(([column, facts]) => [column, decodeStats(facts)] as const);
  return {
    key: stored.key,
    day: stored.day,
    rowCount: stored.row_count,
    byteCount: stored.byte_count,
    fingerprint: stored.fingerprint,
    stats: Object.fromEntries(entries),
  };
}

/** The bytes of an attempt's manifest; equal manifests give equal bytes. */
export function encodeAttempt(manifest: AttemptManifest): string {
  const stored: StoredAttempt = {
    format: 1,
    kind: manifest.kind,
    table: manifest.table,
    attempt: manifest.attempt,
    columns: manifest.columns.map(({ name, type }) => ({ name, type })),
    days: manifest.days,
    reads_release: manifest.readsRelease,
    sources: manifest.sources,
    row_count: manifest.rowCount,
    fingerprint: manifest.fingerprint,
    files: manifest.files.map(encodeFile),
  };
  return `${JSON.stringify(stored)}\n`;
}

export function decodeAttempt(key: string, bytes: Buffer): AttemptManifest {
  const stored = parseFormat1<StoredAttempt>(key, bytes);
  return {
    format: 1,
    kind: stored.kind,
    table: stored.table,
    attempt: stored.attempt,
    columns: stored.columns,
    days: stored.days,
    readsRelease: stored.reads_release,
    sources: stored.sources,
    rowCount: stored.row_count,
    fingerprint: stored.fingerprint,
    files: stored.files.map(decodeFile),
  };
}

/**
 * Parses an immutable object of ours. Its format number is checked and its fields are trusted:
 * objects are written once, whole, by the encoders beside this.
 */
export function parseFormat1<Stored>(key: string, bytes: Buffer): Stored {
  const value = parseJson(key, bytes);
  if (isJsonObject(value) && value.format === 1) return value as Stored;
  const format = isJsonObject(value) ? JSON.stringify(value.format) : 'none';
  throw objectCorrupt(key, `its format is ${format}, and this version of Tidemill reads format 1`);
}

function encodeStats({ min, max, nullCount, hasNan }: ColumnStats): StoredStats {
  return hasNan ? { min, max, null_count: nullCount, has_nan: true } : { min, max, null_count: nullCount };
}

function decodeStats({ min, max, null_count, has_nan }: StoredStats): ColumnStats {
  return { min, max, nullCount: null_count, hasNan: has_nan === true };
}
