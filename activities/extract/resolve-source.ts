import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { nearestName, TaskError } from '../../engine';

/** One file of a source. */
export interface SourceFile {
  /** Relative to the landing root, `/`-separated: what tables and messages call it. */
  readonly name: string;
  readonly path: string;
}

/**
 * The files that a `source` (a file or a folder, relative to the landing root) stands for, in the order
 * of their names; of a folder all `.csv` and `.csv.gz` files in it and below.
 *
 * Throws `source_outside_landing` for a path that leads, also by a link, out of the landing root, and
 * `source_missing` for one that does not exist or a folder without such files.
 */
export async function resolveSource(landing: string, source: string): Promise<readonly SourceFile[]> {
  const asked = resolve(landing, source);
  if (isOutside(landing, asked)) throw outside(landing, source);
  const root = await realOrNull(landing);
  const path = await realOrNull(asked);
  if (root === null || path === null) throw await missing(landing, source, asked);
  if (isOutside(root, path)) throw outside(landing, source);
  const paths = (await stat(path)).isDirectory() ? await filesBelow(path) : [path];
  if (paths.length === 0) {
    throw new TaskError({
      code: 'source_missing',
      message: `Folder "${source}" holds no .csv or .csv.gz file (landing root: ${landing}).`,
      details: { source, landing },
    });
  }
  const files = await Promise.all(paths.map((file) => sourceFile(landing, root, file)));
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Null once a `source` is there: a file, or a folder with at least one `.csv` or `.csv.gz` file; else what is missing. */
export async function missingSource(landing: string, source: string): Promise<string | null> {
  try {
    await resolveSource(landing, source);
    return null;
  } catch (error) {
    if (error instanceof TaskError && error.code === 'source_missing') return error.message;
    throw error;
  }
}

async function sourceFile(landing: string, root: string, path: string): Promise<SourceFile> {
  const real = await realpath(path);
  const name = relative(root, path).split(sep).join('/');
  if (isOutside(root, real)) throw outside(landing, name);
  return { name, path };
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => /\.csv(\.gz)?$/i.test(entry.name) && !entry.name.startsWith('.') && !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
}

async function realOrNull(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

function isOutside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way);
}

function outside(landing: string, source: string): TaskError {
  return new TaskError({
    code: 'source_outside_landing',
    message: `Source "${source}" lies outside the landing root ${landing}. Copy the file there, or set TIDEMILL_LANDING.`,
    details: { source, landing },
  });
}

async function missing(landing: string, source: string, asked: string): Promise<TaskError> {
  const near = await nearSources(landing, asked);
  const hint = near === null ? '' : ` Did you mean "${near}"?`;
  return new TaskError({
    code: 'source_missing',
    message: `Source "${source}" does not exist (landing root: ${landing}).${hint}`,
    details: { source, landing, nearest: near },
  });
}

async function nearSources(landing: string, asked: string): Promise<string | null> {
  const folder = dirname(asked);
  if (isOutside(landing, folder)) return null;
  const names = await readdir(folder).catch(() => []);
  const near = nearestName(asked.slice(folder.length + 1), names);
  return near === null ? null : relative(landing, join(folder, near)).split(sep).join('/');
}
