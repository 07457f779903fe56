import { RequestError } from '../../engine/errors';
import { RecentlyUsed } from '../concurrency';
import type { ObjectStore, PublishOrigin } from '../types';
import {
  decodeRelease,
  encodeRelease,
  noRelease,
  type ReleaseRecord,
  releaseKey,
  releaseOfKey,
  releasePrefix,
} from './record';

/** Releases held in memory: the newest, and those that running publishes and pinned runs read. */
const cachedReleases = 16;

/** The sequence of releases: what a conditional put of the next number appends to. */
export interface ReleaseLog {
  /** The newest release; `noRelease` before the first. */
  newest(): Promise<ReleaseRecord>;
  /** Throws `unknown_release` naming the newest one. */
  get(release: number): Promise<ReleaseRecord>;
  /**
   * The commit point. True: this release is now the newest, by this call or by an earlier one of the
   * same attempt whose answer was lost. False: another publish took the number.
   */
  commit(record: ReleaseRecord): Promise<boolean>;
}

export function createReleaseLog(store: ObjectStore): ReleaseLog {
  const cache = new RecentlyUsed<ReleaseRecord>(cachedReleases);
  let newestKnown = 0;

  const find = async (release: number): Promise<ReleaseRecord | null> => {
    const key = releaseKey(release);
    const cached = cache.get(key);
    if (cached !== undefined) return cached;
    const bytes = await store.find(key);
    if (bytes === null) return null;
    const record = decodeRelease(key, bytes);
    cache.set(key, record);
    return record;
  };
  const newestNumber = async (): Promise<number> => {
    // The first look lists; later ones only ask for the next number, which is nearly always absent.
    if (newestKnown === 0) {
      for await (const { key } of store.list(releasePrefix)) newestKnown = releaseOfKey(key) ?? newestKnown;
    }
    while ((await find(newestKnown + 1)) !== null) newestKnown += 1;
    return newestKnown;
  };
  const newest = async (): Promise<ReleaseRecord> => {
    const number = await newestNumber();
    return number === 0 ? noRelease : ((await find(number)) ?? noRelease);
  };

  return {
    newest,
    get: async (release) => {
      const record = release === 0 ? noRelease : release > 0 ? await find(release) : null;
      if (record === null) throw unknownRelease(release, (await newest()).release);
      return record;
    },
    commit: async (record) => {
      const key = releaseKey(record.release);
      if (await store.putIfAbsent(key, encodeRelease(record))) {
        cache.set(key, record);
        return true;
      }
      const present = await find(record.release);
      return present !== null && isSameOrigin(present.origin, record.origin);
    },
  };
}

/** True for commits of one attempt of one task. */
export function isSameOrigin(a: PublishOrigin, b: PublishOrigin): boolean {
  return a.dagId === b.dagId && a.runId === b.runId && a.taskId === b.taskId && a.attempt === b.attempt;
}

function unknownRelease(release: number, newest: number): RequestError {
  return new RequestError({
    code: 'unknown_release',
    message:
      newest === 0
        ? `There is no release ${release}: nothing was published yet.`
        : `There is no release ${release}. The newest one is ${newest}.`,
    details: { release, newest },
  });
}
