import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from '../json';
import type { Versions } from '../wire';

/** The one name of a DAG's version: 16 hex digits over its spec and over the bundle of its handlers. */
export function dagVersion({ spec, code }: Versions): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson({ spec, code })))).slice(0, 16);
}
