import { RequestError } from '../engine/errors';
import type { KeptVersion } from '../warehouse';
import { shownPath } from './connect';

/** The version that a person means by its name or its first digits; throws `unknown_version`. */
export function findKeptVersion(dagId: string, kept: readonly KeptVersion[], name: string): KeptVersion {
  const found = kept.filter(({ version }) => version.startsWith(name));
  const [one] = found;
  if (one !== undefined && found.length === 1) return one;
  const known = kept.map(({ version }) => version);
  const why = found.length === 0 ? 'is not kept' : `may be any of ${found.length}`;
  throw new RequestError({
    code: 'unknown_version',
    message: `Version "${name}" of ${dagId} ${why}. Kept, newest first: ${known.slice(0, 10).join(', ')}. List them: tidemill dags versions ${dagId}`,
    details: { dag: dagId, version: name, known },
  });
}

export function noVersions(dagId: string, warehouse: string): RequestError {
  return new RequestError({
    code: 'unknown_version',
    message: `The warehouse ${shownPath(warehouse)} keeps no version of a DAG "${dagId}". Check the id (tidemill dags list), or deploy it: tidemill deploy`,
    details: { dag: dagId, known: [] },
  });
}
