import { didYouMean, isEngineError, RequestError } from '../../engine/errors';
import { releaseView, runViews } from '../catalog/meta-views';
import { literalPath, quoteName, quoteTable, quoteText } from '../duckdb/quote';
import { localRelationSelect } from '../duckdb/relation';
import { noRunsKey } from '../runs/run-record';
import type { Column, ReleaseReader, Row, SqlSession, Warehouse } from '../types';

export interface QueryResult {
  /** The release that was read; 0 when nothing was published yet. */
  readonly release: number;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

export interface QueryOptions {
  /** Default the newest. */
  readonly release?: number;
  readonly signal?: AbortSignal;
}

/**
 * Answers a person's SQL over one release, in a database of its own that is gone afterwards: a view
 * per published table, `meta.dag_runs`, `meta.task_attempts`, `meta.publishes` and `meta.releases`.
 * Instants are shown as timestamps in UTC.
 *
 * @throws RequestError `query_failed` with DuckDB's message, `unknown_release`.
 */
export async function queryWarehouse(
  warehouse: Warehouse,
  sql: string,
  { release, signal }: QueryOptions = {},
): Promise<QueryResult> {
  const reader = await warehouse.release(release);
  const views = await queryViews(warehouse, reader);
  return warehouse.session(
    async (session) => {
      const schemas = [...new Set(views.map(({ name }) => name.slice(0, name.indexOf('.'))))];
      const creations = [
        ...schemas.map((schema) => `CREATE SCHEMA IF NOT EXISTS ${quoteName(schema)}`),
        ...views.map(({ name, select }) => `CREATE VIEW ${quoteTable(name)} AS ${select}`),
      ];
      await session.run(creations.join(';\n'));
      return { release: reader.release, ...(await answer(session, sql, Object.keys(reader.tables))) };
    },
    signal === undefined ? {} : { signal },
  );
}

async function answer(session: SqlSession, sql: string, tables: readonly string[]) {
  try {
    return await session.query(sql);
  } catch (error) {
    if (!isEngineError(error) || error.code !== 'sql_failed') throw error;
    throw queryFailed(String(error.details.duckdb), sql, tables, error);
  }
}

async function queryViews(
  warehouse: Warehouse,
  reader: ReleaseReader,
): Promise<readonly { readonly name: string; readonly select: string }[]> {
  const { store } = warehouse;
  const published = await Promise.all(
    Object.values(reader.tables).map(async ({ table, columns }) => {
      const files = await reader.files(table);
      const paths = await Promise.all(files.map((file) => store.localPath(file.key)));
      return { name: table, select: localRelationSelect({ columns, files }, paths, true) };
    }),
  );
  await store.putIfAbsent(noRunsKey, '');
  const none = literalPath(await store.localPath(noRunsKey));
  const pattern = quoteText(`${none.slice(0, none.lastIndexOf('/'))}/**/*.json`);
  return [...published, ...runViews(pattern), releaseView(reader)];
}

function queryFailed(message: string, sql: string, tables: readonly string[], cause: unknown): RequestError {
  const known = [...tables, 'meta.dag_runs', 'meta.task_attempts', 'meta.publishes', 'meta.releases'].sort();
  const name = /Table with name "?([^"\s]+)"? does not exist/.exec(message)?.[1];
  const unknown = name === undefined ? undefined : unqualified(sql, name);
  const advice = unknown === undefined ? '' : `${didYouMean(unknown, known)} Known tables: ${known.join(', ')}.`;
  return new RequestError({
    code: 'query_failed',
    message: `The query failed: ${message.trim()}${advice === '' ? '' : `\n${advice.trim()}`}`,
    details: { duckdb: message, sql: sql.slice(0, 2000), unknown_table: unknown ?? null, known_tables: known },
    cause,
  });
}

/** DuckDB names only the table; what the person wrote before its dot helps to find the nearest name. */
function unqualified(sql: string, name: string): string {
  const escaped = name.replace(/[^A-Za-z0-9_]/g, '\\$&');
  return new RegExp(`[A-Za-z0-9_]+\\.${escaped}`, 'i').exec(sql)?.[0] ?? name;
}
