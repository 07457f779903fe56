import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from './duckdb/database';
import { withSession } from './duckdb/session';
import { openFileStore } from './store/file-store';
import type { SqlSession } from './types';

/** Runs a body with a SQL session that belongs to no warehouse: for parsing and for questions about SQL itself. */
export async function withScratchSession<Result>(body: (session: SqlSession) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-scratch-'));
  const database = new Database({ memoryLimit: '200MB', threads: 1, tempFolder: folder });
  try {
    return await withSession({ database, store: await openFileStore(folder) }, body);
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}
