import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RequestError } from '../../engine/errors';
import type { ObjectStore } from '../types';
import { removeAbandoned } from './abandoned';
import { checkKey, folderOf, tempFolderName } from './keys';
import { objectMissing, storeError, systemCode } from './store-errors';

/**
 * The objects of a warehouse in a local folder.
 *
 * Creating is atomic and durable: a temporary file is flushed, linked under its name and the folder
 * flushed, so that of many racers exactly one wins and no reader ever sees half an object.
 *
 * @throws RequestError `store_without_links` when the file system has no hard links.
 */
export async function openFileStore(root: string): Promise<ObjectStore> {
  const temp = join(root, tempFolderName);
  await mkdir(temp, { recursive: true }).catch(rethrow('.'));
  await probeLinks(temp);
  await removeAbandoned(temp, /^(probe-)?\d+-[0-9a-f-]{36}(-[12])?$|^catalog-\d+\.duckdb(\.wal)?$/);
  return new FileStore(root, temp);
}

class FileStore implements ObjectStore {
  readonly uri: string;
  /** Folders known to exist, so that a publish does not ask for each file again. */
  readonly #folders = new Set<string>();
  readonly #root: string;
  readonly #temp: string;

  constructor(root: string, temp: string) {
    this.#root = root;
    this.#temp = temp;
    this.uri = pathToFileURL(root).href;
  }

  async get(key: string): Promise<Buffer> {
    const bytes = await this.find(key);
    if (bytes === null) throw objectMissing(key);
    return bytes;
  }

  async find(key: string): Promise<Buffer | null> {
    try {
      return await readFile(this.#path(key));
    } catch (error) {
      if (isAbsent(error)) return null;
      throw storeError(error, key);
    }
  }

  async putIfAbsent(key: string, bytes: string | Buffer): Promise<boolean> {
    const path = this.#path(key);
    await this.#ensureFolder(folderOf(key)).catch(rethrow(key));
    const temp = await this.#writeTemp(bytes).catch(rethrow(key));
    try {
      await link(temp, path);
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return false;
      throw storeError(error, key);
    } finally {
      await rm(temp, { force: true });
    }
    await syncPath(dirname(path)).catch(rethrow(key));
    return true;
  }

  async put(key: string, bytes: string | Buffer): Promise<void> {
    const path = this.#path(key);
    try {
      await this.#ensureFolder(folderOf(key));
      await rename(await this.#writeTemp(bytes), path);
      await syncPath(dirname(path));
    } catch (error) {
      throw storeError(error, key);
    }
  }

  async *list(
    prefix: string,
    options: { readonly startAfter?: string } = {},
  ): AsyncGenerator<{ key: string; byteCount: number; modifiedAt: string }> {
    const startAfter = options.startAfter ?? '';
    for await (const key of this.#walk(folderOf(prefix), prefix, startAfter)) {
      const facts = await stat(join(this.#root, key)).catch((error: unknown) => {
        // Deleted between listing and looking: as if it had not been listed.
        if (isAbsent(error)) return null;
        throw storeError(error, key);
      });
      if (facts !== null) yield { key, byteCount: facts.size, modifiedAt: facts.mtime.toISOString() };
    }
  }

  async delete(key: string): Promise<void> {
    await rm(this.#path(key), { force: true }).catch(rethrow(key));
  }

  async stageFile(key: string): Promise<string> {
    const path = this.#path(key);
    await this.#ensureFolder(folderOf(key)).catch(rethrow(key));
    return path;
  }

  async commitFiles(keys: readonly string[]): Promise<void> {
    await Promise.all(keys.map((key) => syncPath(this.#path(key)).catch(rethrow(key))));
    const folders = [...new Set(keys.map(folderOf))];
    await Promise.all(folders.map((folder) => syncPath(join(this.#root, folder)).catch(rethrow(folder))));
  }

  async localPath(key: string): Promise<string> {
    return this.#path(key);
  }

  #path(key: string): string {
    return join(this.#root, checkKey(key));
  }

  /** A new folder is flushed into its parent at once, or its durable files could vanish with it. */
  async #ensureFolder(folder: string): Promise<void> {
    if (this.#folders.has(folder)) return;
    const path = join(this.#root, folder);
    const firstCreated = await mkdir(path, { recursive: true });
    if (firstCreated !== undefined) {
      for (let created = path; created.length >= firstCreated.length; created = dirname(created)) {
        await syncPath(dirname(created));
      }
    }
    this.#folders.add(folder);
  }

  async #writeTemp(bytes: string | Buffer): Promise<string> {
    const path = join(this.#temp, `${process.pid}-${randomUUID()}`);
    const file = await open(path, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    return path;
  }

  /** Keys below a folder in code-unit order of the whole key: a folder sorts with its `/`. */
  async *#walk(folder: string, prefix: string, startAfter: string): AsyncGenerator<string> {
    const entries = await readdir(join(this.#root, folder), { withFileTypes: true }).catch((error: unknown) => {
      if (isAbsent(error)) return [];
      throw storeError(error, folder === '' ? '.' : folder);
    });
    const base = folder === '' ? '' : `${folder}/`;
    const names = entries
      .filter((entry) => !(folder === '' && entry.name === tempFolderName))
      .map((entry) => `${base}${entry.name}${entry.isDirectory() ? '/' : ''}`)
      .sort();
    for (const name of names) {
      if (name.endsWith('/')) {
        const mayMatch = name.startsWith(prefix) || prefix.startsWith(name);
        const mayFollow = name > startAfter || startAfter.startsWith(name);
        if (mayMatch && mayFollow) yield* this.#walk(name.slice(0, -1), prefix, startAfter);
      } else if (name.startsWith(prefix) && name > startAfter) {
        yield name;
      }
    }
  }
}

/** Flushes a file's content or a folder's entries to the disk. */
async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function probeLinks(temp: string): Promise<void> {
  const probe = join(temp, `probe-${process.pid}-${randomUUID()}`);
  const [first, second] = [`${probe}-1`, `${probe}-2`];
  try {
    await (await open(first, 'wx')).close();
    await link(first, second);
    const refused = await link(first, second).then(
      () => false,
      (error: unknown) => systemCode(error) === 'EEXIST',
    );
    if (!refused) throw new Error('a second link under one name was not refused');
  } catch (error) {
    throw new RequestError({
      code: 'store_without_links',
      message:
        'The file system of this warehouse has no hard links, so two publishers could not be kept apart. Use a folder on a local disk, or a bucket.',
      details: { system_code: systemCode(error) ?? null },
      cause: error,
    });
  } finally {
    await Promise.all([rm(first, { force: true }), rm(second, { force: true })]);
  }
}

function isAbsent(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function rethrow(key: string): (error: unknown) => never {
  return (error) => {
    throw storeError(error, key);
  };
}
