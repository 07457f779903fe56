import { existsSync } from 'node:fs';
import { TaskError } from '../../engine/errors';
import type { ObjectStore } from '../types';

export interface FileNames {
  /** Tells this write from every other one of the process. */
  readonly unique: string;
  /** A key and local path under which no file exists yet: `<prefix>-<attempt>[-n].parquet`. */
  next(store: ObjectStore, prefix: string): Promise<{ readonly key: string; readonly path: string }>;
}

let writes = 0;

/**
 * Names for the files of one write. An attempt that writes a table again (a publish that lost its
 * race) gets a number behind its name: an existing file may be in a release, so it is never replaced.
 */
export function fileNames(folder: string, attempt: string): FileNames {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(attempt)) {
    throw new TaskError({
      code: 'bad_attempt_name',
      message: `"${attempt}" cannot name files. Use letters, digits, ".", "_" and "-" only.`,
      details: { attempt },
    });
  }
  writes += 1;
  return {
    unique: `write ${writes}`,
    next: async (store, prefix) => {
      for (let number = 1; ; number += 1) {
        const key = `${folder}/${prefix}-${attempt}${number === 1 ? '' : `-${number}`}.parquet`;
        const path = await store.stageFile(key);
        if (!existsSync(path)) return { key, path };
      }
    },
  };
}
