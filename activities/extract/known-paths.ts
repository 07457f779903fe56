import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ObjectStore } from '../../warehouse';
import { landedFolder } from './landed';
import type { SourceFile } from './resolve-source';

/** What a path held when it was last looked at. */
export interface KnownPath {
  readonly file: string;
  readonly sha256: string;
  readonly size: string;
  readonly modified: string;
  readonly changed: string;
  readonly inode: string;
  /** When the look was taken, in nanoseconds. */
  readonly seen: string;
}

export const pathsFolder = `${landedFolder}/paths/`;

/** A file changed so shortly before it was looked at may have changed again within the same tick of its clock. */
const settledAfterNs = 2_000_000_000n;
const remembered = new Map<string, KnownPath>();

/** The facts by which a changed file is told from an unchanged one, taken before its content is read. */
export async function lookAt(source: SourceFile, sha256 = ''): Promise<KnownPath> {
  const stats: BigIntStats = await stat(source.path, { bigint: true });
  return {
    file: source.name,
    sha256,
    size: String(stats.size),
    modified: String(stats.mtimeNs),
    changed: String(stats.ctimeNs),
    inode: String(stats.ino),
    seen: String(BigInt(Date.now()) * 1_000_000n),
  };
}

/** True when two looks saw the same file in the same state. */
export function isSameFile(a: KnownPath, b: KnownPath): boolean {
  return a.size === b.size && a.modified === b.modified && a.changed === b.changed && a.inode === b.inode;
}

/**
 * The content hash that a path had and still has, without reading the file; `settled` is false when
 * the file was so young at that look that only reading it again can tell.
 */
export async function knownContent(
  store: ObjectStore,
  now: KnownPath,
): Promise<{ readonly sha256: string; readonly settled: boolean } | null> {
  const before = remembered.get(memoryKey(store, now.file)) ?? (await findPath(store, now.file));
  if (before === null || !isSameFile(before, now)) return null;
  remembered.set(memoryKey(store, now.file), before);
  const lastTouched = BigInt(before.modified) > BigInt(before.changed) ? before.modified : before.changed;
  return { sha256: before.sha256, settled: BigInt(before.seen) - BigInt(lastTouched) > settledAfterNs };
}

/** Remembers what a path holds. Only a hint: a lost or stale one costs one more reading of the file. */
export async function rememberPath(store: ObjectStore, path: KnownPath): Promise<void> {
  remembered.set(memoryKey(store, path.file), path);
  await store.put(pathKey(path.file), JSON.stringify(path));
}

async function findPath(store: ObjectStore, file: string): Promise<KnownPath | null> {
  const bytes = await store.find(pathKey(file));
  return bytes === null ? null : (JSON.parse(bytes.toString('utf8')) as KnownPath);
}

function pathKey(file: string): string {
  return `${pathsFolder}${createHash('sha256').update(file).digest('hex').slice(0, 32)}.json`;
}

function memoryKey(store: ObjectStore, file: string): string {
  return `${store.uri}|${file}`;
}
