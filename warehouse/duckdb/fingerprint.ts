import { createHash } from 'node:crypto';
import { canonicalJson } from '../../engine/json';
import type { Column, DataFile, Fingerprint } from '../types';
import { columnsHash } from './column-types';

const algorithm = 'duckdb-hash-sum/1';

/** The aggregates of a fingerprint over rows named `alias`, as a select list: row_count, hash_sum, mixed_sum. */
export function fingerprintSql(alias: string): string {
  const hash = `hash(${alias})`;
  return `count(*)::BIGINT AS row_count, coalesce(sum(${hash}), 0)::HUGEINT AS hash_sum, coalesce(sum(hash(${hash}, 1)), 0)::HUGEINT AS mixed_sum`;
}

export interface FingerprintParts {
  readonly probe: string;
  readonly columns: string;
  readonly count: number;
  readonly sum: string;
  readonly mixed: string;
}

export function fingerprintOf(parts: FingerprintParts): Fingerprint {
  return { algorithm, ...parts };
}

/**
 * The fingerprint of a table from those of its parts: sums add up, so unchanged files are not read
 * again. Parts hashed by different DuckDB versions make a probe that names them all, which compares
 * as "unknown", never as "different".
 */
export function sumFingerprints(
  columns: readonly Column[],
  parts: readonly Fingerprint[],
  probeWhenEmpty: string,
): Fingerprint {
  const probes = [...new Set(parts.filter((part) => part.count > 0).map((part) => part.probe))].sort();
  const total = (pick: (part: Fingerprint) => string) =>
    parts.reduce((sum, part) => sum + BigInt(pick(part)), 0n).toString();
  return fingerprintOf({
    probe: probes.length === 0 ? probeWhenEmpty : probes.join('+'),
    columns: columnsHash(columns),
    count: parts.reduce((sum, part) => sum + part.count, 0),
    sum: total((part) => part.sum),
    mixed: total((part) => part.mixed),
  });
}

/** Sum over files; see {@link sumFingerprints}. */
export function filesFingerprint(columns: readonly Column[], files: readonly DataFile[], probe: string): Fingerprint {
  return sumFingerprints(
    columns,
    files.map((file) => file.fingerprint),
    probe,
  );
}

export type Comparison = 'equal' | 'different' | 'unknown';

/** Compares two fingerprints; `unknown` when different hash functions made them. */
export function compareFingerprints(a: Fingerprint, b: Fingerprint): Comparison {
  if (a.columns !== b.columns || a.count !== b.count) return 'different';
  if (a.algorithm !== b.algorithm || (a.probe !== b.probe && a.count > 0)) return 'unknown';
  return a.sum === b.sum && a.mixed === b.mixed ? 'equal' : 'different';
}

/** A fingerprint as 16 characters for people and for comparing by eye: equal texts, equal rows. */
export function fingerprintText(fingerprint: Fingerprint): string {
  // An empty table has no hashed row, so its text does not depend on the DuckDB version.
  const facts = fingerprint.count === 0 ? { ...fingerprint, probe: '' } : fingerprint;
  return createHash('sha256').update(canonicalJson(facts)).digest('hex').slice(0, 16);
}
