import { createHash } from 'node:crypto';
import type { Json } from '../../engine/json';
import { parseJson } from '../store/format';
import { pathSegment } from '../store/keys';
import type { ObjectStore } from '../types';

/** One version of a DAG, as it stays loadable when its files have changed. Instants are ISO 8601 in UTC. */
export interface KeptVersion {
  readonly format: 1;
  readonly dag_id: string;
  /** Its one name, over both of the following. */
  readonly version: string;
  readonly spec_version: string;
  readonly code_version: string;
  /** When it was put here first. */
  readonly kept_at: string;
  /** Name of the DAG file, without its folder. */
  readonly file: string;
  readonly spec: Json;
  /** Key of the handlers' bundle. */
  readonly bundle: string;
  /** Key of the SQL models that it was loaded with. */
  readonly models: string;
}

/** A version with its contents, which are put under names of their own. */
export interface VersionToKeep extends Omit<KeptVersion, 'format' | 'bundle' | 'models'> {
  readonly bundleText: string;
  readonly modelsText: string;
}

/** Where versions are: a record each, and contents by their hash, shared by the versions that have them in common. */
const versionsFolder = 'versions';
const contentsFolder = 'versions/contents';

/**
 * Keeps a version, once: what is there stays, so that any worker and any deploy may repeat it. The
 * record is put last, and never names contents that are not there.
 */
export async function keepVersion(store: ObjectStore, version: VersionToKeep): Promise<boolean> {
  const key = versionKey(version.dag_id, version.version);
  if ((await store.find(key)) !== null) return false;
  const { bundleText, modelsText, ...facts } = version;
  const [bundle, models] = await Promise.all([
    putContent(store, bundleText, 'cjs'),
    putContent(store, modelsText, 'json'),
  ]);
  const record: KeptVersion = { format: 1, ...facts, bundle, models };
  return await store.putIfAbsent(key, `${JSON.stringify(record)}\n`);
}

/** A version by its name; null when it was never kept. */
export async function findVersion(store: ObjectStore, dagId: string, version: string): Promise<KeptVersion | null> {
  const key = versionKey(dagId, version);
  const bytes = await store.find(key);
  return bytes === null ? null : (parseJson(key, bytes) as KeptVersion);
}

/** All versions of a DAG that were kept, the newest first. */
export async function listVersions(store: ObjectStore, dagId: string): Promise<readonly KeptVersion[]> {
  const versions: KeptVersion[] = [];
  for await (const { key } of store.list(`${versionsFolder}/dags/${pathSegment(dagId)}/`)) {
    versions.push(parseJson(key, await store.get(key)) as KeptVersion);
  }
  return versions.sort((a, b) => (a.kept_at < b.kept_at ? 1 : -1));
}

function versionKey(dagId: string, version: string): string {
  return `${versionsFolder}/dags/${pathSegment(dagId)}/${version}.json`;
}

async function putContent(store: ObjectStore, text: string, extension: string): Promise<string> {
  const key = `${contentsFolder}/${createHash('sha256').update(text).digest('hex')}.${extension}`;
  if ((await store.find(key)) === null) await store.putIfAbsent(key, text);
  return key;
}
