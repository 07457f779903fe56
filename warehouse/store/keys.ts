import { TaskError } from '../../engine/errors';

/** Folder of half-written files, beside the objects so that they share a file system; never listed. */
export const tempFolderName = '.temp';

/**
 * Refuses a key that could leave the warehouse or collide with its temporary files.
 * A key is relative, `/`-separated, without empty, `.` or `..` segments.
 */
export function checkKey(key: string): string {
  const segments = key.split('/');
  const wrong = segments.find((segment) => segment === '' || segment === '.' || segment === '..');
  if (wrong !== undefined || /[\\\0]/.test(key) || segments[0] === tempFolderName) {
    throw new TaskError({
      code: 'bad_key',
      message: `"${key}" is no key of the warehouse: use relative names separated by "/", with no empty, "." or ".." part.`,
      details: { key },
    });
  }
  return key;
}

/** The folder part of a key; empty for a key at the root. */
export function folderOf(key: string): string {
  return key.slice(0, Math.max(0, key.lastIndexOf('/')));
}

/** The last part of a key. */
export function nameOf(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

/** A run id, which holds `:`, as one path segment that every file system takes. */
export function pathSegment(id: string): string {
  return id.replaceAll(':', '-');
}
