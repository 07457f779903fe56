import { createHash } from 'node:crypto';
import { canonicalJson } from '../../engine';
import type { DataFile, Fingerprint } from '../../warehouse';

/** The fingerprint of all files together; null when there are none. */
export function sumFingerprints(files: readonly DataFile[]): Fingerprint | null {
  const first = files[0];
  if (first === undefined) return null;
  const parts = files.map((file) => file.fingerprint);
  const total = (pick: (part: Fingerprint) => string): string =>
    parts.reduce((sum, part) => sum + BigInt(pick(part)), 0n).toString();
  return {
    ...first.fingerprint,
    count: parts.reduce((sum, part) => sum + part.count, 0),
    sum: total((part) => part.sum),
    mixed: total((part) => part.mixed),
  };
}

/** A fingerprint as the warehouse prints it: equal texts, equal rows. */
export function fingerprintText(fingerprint: Fingerprint): string {
  const facts = fingerprint.count === 0 ? { ...fingerprint, probe: '' } : fingerprint;
  return createHash('sha256').update(canonicalJson(facts)).digest('hex').slice(0, 16);
}
