import { createHash } from 'node:crypto';
import type { ObjectStore } from '../types';
import { compactedFolder, noRunsKey, runsFolder } from './run-record';

/** Younger records may still be put again by a worker that was slow; they are left alone. */
const settledAfterMs = 10 * 60_000;
/** Fewer files than this are read as fast as one. */
const worthwhile = 500;
/** Bounds the memory of one compaction, and the size of a file. */
const mostPerFile = 2_000;

/**
 * Puts the records of finished runs, when there are many, into one file of many lines, and gives their
 * number. The meta views read both kinds and count a record once, so a crash in between, or two
 * compactions at a time, change nothing that can be seen.
 */
export async function compactRunRecords(store: ObjectStore, nowMs: number = Date.now()): Promise<number> {
  const keys = (await settledKeys(store, nowMs)).slice(0, mostPerFile);
  if (keys.length < worthwhile) return 0;
  const lines: string[] = [];
  for (const key of keys) lines.push((await store.get(key)).toString('utf8').trim());
  const text = `${lines.join('\n')}\n`;
  const name = createHash('sha256').update(text).digest('hex').slice(0, 24);
  await store.putIfAbsent(`${compactedFolder}${name}.json`, text);
  for (const key of keys) await store.delete(key);
  return keys.length;
}

async function settledKeys(store: ObjectStore, nowMs: number): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key, modifiedAt } of store.list(runsFolder)) {
    const isLoose = key !== noRunsKey && !key.startsWith(compactedFolder);
    if (isLoose && nowMs - Date.parse(modifiedAt) >= settledAfterMs) keys.push(key);
  }
  return keys;
}
