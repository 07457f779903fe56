import { mkdir, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RequestError } from '../engine/errors';
import { putManifest, readManifest } from './attempts';
import { isCurrent, refreshCatalog } from './catalog/catalog';
import { coalesce, createGate } from './concurrency';
import { columnsHash } from './duckdb/column-types';
import { Database } from './duckdb/database';
import { fingerprintOf, fingerprintSql } from './duckdb/fingerprint';
import { withSession } from './duckdb/session';
import { parseFormat1 } from './releases/codec';
import { createPartitionStore } from './releases/partitions';
import { newestComplete, type PublishTools, publish } from './releases/publish';
import { createReleaseReader } from './releases/reader';
import { rehearse } from './releases/rehearse';
import { createReleaseLog } from './releases/release-log';
import { openFileStore } from './store/file-store';
import { claimFormat } from './store/format';
import { pathSegment, tempFolderName } from './store/keys';
import type { Column, DataFile, Fingerprint, ObjectStore, Warehouse, WarehouseOptions } from './types';

/**
 * Opens a warehouse, making it when the folder is new or empty. Cheap: DuckDB starts with the first
 * session. Close it, or DuckDB's threads keep the process alive.
 *
 * @throws RequestError `warehouse_format_newer`, `store_without_links`, `unsupported_store`.
 */
export async function openWarehouse(options: WarehouseOptions): Promise<Warehouse> {
  const folder = folderOfUri(options.uri);
  await mkdir(folder, { recursive: true });
  const root = await realpath(folder);
  const store = await openFileStore(root);
  await claimFormat(store);
  const landing = resolve(options.landing ?? process.env.TIDEMILL_LANDING ?? join(root, 'landing'));
  const database = new Database({
    memoryLimit: options.memoryLimit,
    threads: options.threads,
    tempFolder: options.tempFolder ?? join(root, tempFolderName),
  });
  return assemble({ root, store, landing, database, onStep: options.onStep ?? (() => undefined) });
}

interface Parts {
  readonly root: string;
  readonly store: ObjectStore;
  readonly landing: string;
  readonly database: Database;
  readonly onStep: PublishTools['onStep'];
}

function assemble({ root, store, landing, database, onStep }: Parts): Warehouse {
  const releases = createReleaseLog(store);
  const partitions = createPartitionStore(store);
  const session: Warehouse['session'] = (body, options) => withSession({ database, store }, body, options?.signal);
  const refreshNow = coalesce(() => refreshCatalog({ database, store, releases, partitions, root }));

  const tools: PublishTools = {
    store,
    releases,
    partitions,
    turn: createGate(1),
    onStep,
    planTools: async () => {
      const probe = await database.probe();
      return {
        partitions,
        probe,
        refingerprint: (columns, files) => fingerprintFiles({ session, probe }, columns, files),
      };
    },
    refreshCatalog: async (release) => {
      if (release === 0 || (await isCurrent(root, release))) return;
      await refreshNow();
      await onStep('catalog_put');
    },
  };
  const complete = async () => {
    const newest = await newestComplete(tools);
    await tools.refreshCatalog(newest.release);
    return newest;
  };

  return {
    uri: store.uri,
    store,
    landing,
    session,
    manifest: (ref) => readManifest(store, ref),
    putManifest: (manifest, identity) => putManifest(store, manifest, identity),
    release: async (number) => {
      const record = number === undefined ? await complete() : await releases.get(number);
      return createReleaseReader(record, partitions);
    },
    pinnedRelease: async (run) => {
      const key = pinKey(run);
      const pinned = await store.find(key);
      const number = pinned === null ? await pin(store, key, (await complete()).release) : readPin(key, pinned);
      return createReleaseReader(await releases.get(number), partitions);
    },
    publish: (origin, build) => publish(tools, origin, build),
    rehearse: (origin, base, build) => rehearse(tools, { origin, base, publishedAt: new Date().toISOString() }, build),
    findPin: async (run) => {
      const pinned = await store.find(pinKey(run));
      return pinned === null ? null : readPin(pinKey(run), pinned);
    },
    close: () => database.close(),
  };
}

function pinKey({ dagId, runId, execution }: Parameters<Warehouse['findPin']>[0]): string {
  return `pins/${pathSegment(dagId)}/${pathSegment(runId)}/${pathSegment(execution)}.json`;
}

interface Pin {
  readonly format: 1;
  readonly release: number;
}

/** Of several tasks of a run that pin at once, the first one decides for all. */
async function pin(store: ObjectStore, key: string, release: number): Promise<number> {
  const wanted: Pin = { format: 1, release };
  if (await store.putIfAbsent(key, `${JSON.stringify(wanted)}\n`)) return release;
  return readPin(key, await store.get(key));
}

function readPin(key: string, bytes: Buffer): number {
  return parseFormat1<Pin>(key, bytes).release;
}

async function fingerprintFiles(
  { session, probe }: { readonly session: Warehouse['session']; readonly probe: string },
  columns: readonly Column[],
  files: readonly DataFile[],
): Promise<Fingerprint> {
  return session(async (sql) => {
    await sql.bind({ name: 'files', columns, files });
    const [row] = await sql.rows(
      `SELECT row_count, hash_sum::VARCHAR AS hash_sum, mixed_sum::VARCHAR AS mixed_sum FROM (SELECT ${fingerprintSql('files')} FROM files)`,
    );
    return fingerprintOf({
      probe,
      columns: columnsHash(columns),
      count: Number(row?.row_count),
      sum: String(row?.hash_sum),
      mixed: String(row?.mixed_sum),
    });
  });
}

function folderOfUri(uri: string): string {
  if (uri.startsWith('file:')) return fileURLToPath(uri);
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(uri)?.[1];
  if (scheme === undefined) return resolve(uri);
  throw new RequestError({
    code: 'unsupported_store',
    message: `"${uri}" cannot hold a warehouse: ${scheme}:// is not supported. Use a folder, or file:// and its path.`,
    details: { uri, scheme },
  });
}
