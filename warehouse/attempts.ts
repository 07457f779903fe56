import type { DatasetRef } from '../engine/dataset';
import { EngineBug } from '../engine/errors';
import { fingerprintText } from './duckdb/fingerprint';
import { decodeAttempt, encodeAttempt } from './releases/codec';
import { pathSegment } from './store/keys';
import type { AttemptManifest, ObjectStore, Warehouse } from './types';

type ManifestIdentity = Parameters<Warehouse['putManifest']>[1];

/**
 * Writes an attempt's manifest for one table and gives the reference to it. Repeating it with the
 * same content is fine; other content under the same attempt is a bug of the caller.
 */
export async function putManifest(
  store: ObjectStore,
  manifest: AttemptManifest,
  identity: ManifestIdentity,
): Promise<DatasetRef> {
  return refTo(await putOnce(store, stemOf(identity), manifest), manifest);
}

/** What an attempt wrote first, and the reference that it gave; null when it wrote nothing. */
export async function findManifest(
  store: ObjectStore,
  identity: ManifestIdentity,
): Promise<{ readonly manifest: AttemptManifest; readonly ref: DatasetRef } | null> {
  const key = `${stemOf(identity)}.json`;
  const bytes = await store.find(key);
  if (bytes === null) return null;
  const manifest = decodeAttempt(key, bytes);
  return { manifest, ref: refTo(key, manifest) };
}

function stemOf({ dagId, runId, taskId, mapIndex, tryNumber, attempt }: ManifestIdentity): string {
  const task = mapIndex === undefined ? pathSegment(taskId) : `${pathSegment(taskId)}/${mapIndex}`;
  return `attempts/${pathSegment(dagId)}/${pathSegment(runId)}/${task}/${tryNumber}.${attempt}`;
}

function refTo(key: string, manifest: AttemptManifest): DatasetRef {
  return {
    kind: 'dataset',
    table: manifest.table,
    manifest: key,
    rowCount: manifest.rowCount,
    fileCount: manifest.files.length,
    fingerprint: manifest.fingerprint === null ? null : fingerprintText(manifest.fingerprint),
  };
}

/** Reads the manifest that a reference names. */
export async function readManifest(store: ObjectStore, ref: DatasetRef): Promise<AttemptManifest> {
  return decodeAttempt(ref.manifest, await store.get(ref.manifest));
}

/** An attempt that writes several tables names the further ones after their table. */
async function putOnce(store: ObjectStore, stem: string, manifest: AttemptManifest): Promise<string> {
  const bytes = encodeAttempt(manifest);
  for (const key of [`${stem}.json`, `${stem}.${manifest.table}.json`]) {
    if (await store.putIfAbsent(key, bytes)) return key;
    const present = await store.get(key);
    if (present.equals(Buffer.from(bytes))) return key;
    if (decodeAttempt(key, present).table === manifest.table) {
      throw new EngineBug(`Attempt ${manifest.attempt} wrote two different manifests of ${manifest.table}`, { key });
    }
  }
  throw new EngineBug(`The manifest of ${manifest.table} found no free name`, { stem });
}
