import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { OutsideUnavailable } from '../../engine/errors';
import { isJsonObject } from '../../engine/json';
import type { Database } from '../duckdb/database';
import { literalPath, quoteName, quoteTable, quoteText } from '../duckdb/quote';
import { relationSelect } from '../duckdb/relation';
import type { PartitionStore } from '../releases/partitions';
import { createReleaseReader } from '../releases/reader';
import type { ReleaseRecord } from '../releases/record';
import type { ReleaseLog } from '../releases/release-log';
import { noRunsKey } from '../runs/run-record';
import { tempFolderName } from '../store/keys';
import type { ObjectStore } from '../types';
import { releaseView, runViews } from './meta-views';

export interface CatalogTools {
  readonly database: Database;
  readonly store: ObjectStore;
  readonly releases: ReleaseLog;
  readonly partitions: PartitionStore;
  /** The warehouse's folder, absolute. */
  readonly root: string;
}

/** The file for analysts: one view per published table of the newest release. */
export const catalogName = 'catalog.duckdb';
/** Read by the oldest DuckDB that analysts still have; newer formats are not. */
const storageVersion = 'v1.0.0';
const lockRetryMs = 5;
/** A refresh takes a fraction of a second; whoever holds the lock for so long is stopped, and waiting hides it. */
const lockPatienceMs = 30_000;

/**
 * Replaces `catalog.duckdb` by one of the newest release, unless it is that already. Processes take
 * turns and read the newest release inside theirs, so an older release never replaces a newer one.
 */
export async function refreshCatalog(tools: CatalogTools): Promise<void> {
  const temp = join(tools.root, tempFolderName);
  await mkdir(temp, { recursive: true });
  await inTurn(tools.database, join(temp, 'catalog.lock'), async () => {
    const newest = await tools.releases.newest();
    if (newest.release === 0 || (await isCurrent(tools.root, newest.release))) return;
    await tools.store.putIfAbsent(noRunsKey, '');
    const built = join(temp, `catalog-${process.pid}.duckdb`);
    await rm(built, { force: true });
    await buildCatalog(tools, newest, built);
    await rename(built, join(tools.root, catalogName));
    await writeFile(markPath(tools.root), JSON.stringify({ release: newest.release, root: tools.root }));
  });
}

/** True when the catalog in place shows this release, at this place of the folder. */
export async function isCurrent(root: string, release: number): Promise<boolean> {
  if (!existsSync(join(root, catalogName))) return false;
  const mark = await readFile(markPath(root), 'utf8').catch(() => 'null');
  try {
    const value: unknown = JSON.parse(mark);
    return isJsonObject(value) && value.release === release && value.root === root;
  } catch {
    // A torn mark says nothing: the catalog is built again, which is always right.
    return false;
  }
}

async function buildCatalog(tools: CatalogTools, record: ReleaseRecord, path: string): Promise<void> {
  const { database } = tools;
  const alias = quoteName(database.nextAlias('catalog'));
  const statements = await catalogStatements(tools, record);
  const connection = await database.connect();
  await connection.run(`ATTACH ${quoteText(path)} AS ${alias} (STORAGE_VERSION '${storageVersion}')`);
  try {
    await connection.run(`USE ${alias}`);
    await connection.run('BEGIN');
    for (const statement of statements) await connection.run(statement);
    await connection.run('COMMIT');
  } finally {
    connection.closeSync();
    await database.administer(`DETACH ${alias}`);
  }
}

async function catalogStatements(tools: CatalogTools, record: ReleaseRecord): Promise<readonly string[]> {
  const reader = createReleaseReader(record, tools.partitions);
  // The one setting of an analyst who moved or mounted the folder elsewhere.
  const root = `coalesce(getvariable('tidemill_root'), ${quoteText(literalPath(tools.root))})`;
  const views = await Promise.all(
    Object.values(record.tables).map(async ({ table, columns }) => {
      const files = await reader.files(table);
      const list = files.map((file) => quoteText(`/${file.key}`)).join(',');
      const fileList = `list_transform([${list}], f -> ${root} || f)`;
      return { name: table, select: relationSelect({ columns, files, fileList, plainInstants: true }) };
    }),
  );
  const meta = [...runViews(`${root} || '/runs/**/*.json'`), releaseView(reader)];
  const schemas = [...new Set([...views, ...meta].map(({ name }) => name.slice(0, name.indexOf('.'))))];
  return [
    ...schemas.map((schema) => `CREATE SCHEMA ${quoteName(schema)}`),
    ...[...views, ...meta].map(({ name, select }) => `CREATE VIEW ${quoteTable(name)} AS ${select}`),
  ];
}

function markPath(root: string): string {
  return join(root, tempFolderName, 'catalog.json');
}

const turns = new Map<string, Promise<unknown>>();

/**
 * One holder at a time, over processes: DuckDB locks a database file that it has open for writing,
 * and the system frees the lock when its holder dies. Inside a process, callers queue.
 */
async function inTurn(database: Database, path: string, body: () => Promise<void>): Promise<void> {
  const before = turns.get(path) ?? Promise.resolve();
  const turn = before.catch(() => undefined).then(() => holding(database, path, body));
  turns.set(path, turn);
  try {
    await turn;
  } finally {
    if (turns.get(path) === turn) turns.delete(path);
  }
}

async function holding(database: Database, path: string, body: () => Promise<void>): Promise<void> {
  const alias = quoteName(database.nextAlias('lock'));
  const waitsUntil = Date.now() + lockPatienceMs;
  while (!(await tryLock(database, path, alias))) {
    if (Date.now() > waitsUntil) throw locked();
    await delay(lockRetryMs);
  }
  try {
    await body();
  } finally {
    await database.administer(`DETACH ${alias}`);
  }
}

async function tryLock(database: Database, path: string, alias: string): Promise<boolean> {
  try {
    await database.administer(`ATTACH ${quoteText(path)} AS ${alias}`);
    return true;
  } catch (error) {
    if (/Could not set lock on file/.test(error instanceof Error ? error.message : '')) return false;
    throw error;
  }
}

function locked(): OutsideUnavailable {
  return new OutsideUnavailable({
    code: 'catalog_locked',
    message: `Another process has been writing ${catalogName} for ${lockPatienceMs / 1000} s. The release itself is published; end that process if it hangs, and the next publish or query completes the catalog.`,
    details: { waited_ms: lockPatienceMs },
  });
}
