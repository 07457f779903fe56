import type { Column, DataFile, ObjectStore, Relation, Row, SqlParameters, SqlSession, WriteRequest } from '../types';
import { Statements } from './connection';
import type { Database } from './database';
import { quoteName, quoteTable } from './quote';
import { localRelationSelect } from './relation';
import { toRows } from './row-values';
import { type WriteTools, writeFiles } from './write';

/**
 * Runs a body with a session of its own: a connection whose schemas, tables and views nobody else
 * sees, and that are gone afterwards.
 */
export async function withSession<Result>(
  { database, store }: { readonly database: Database; readonly store: ObjectStore },
  body: (session: SqlSession) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  signal?.throwIfAborted();
  const alias = quoteName(database.nextAlias('session'));
  const connection = await database.connect();
  await database.administer(`ATTACH ':memory:' AS ${alias}`);
  try {
    await connection.run(`USE ${alias}`);
    const statements = new Statements(connection, database.gate, signal);
    const withLane = (work: (lane: Statements) => Promise<void>) =>
      onOtherConnection({ database, alias, signal }, work);
    return await body(new DuckDbSession({ statements, database, store, withLane }));
  } finally {
    connection.closeSync();
    await database.administer(`DETACH ${alias}`);
  }
}

/** A further connection that sees the tables of a session, for work side by side. */
async function onOtherConnection(
  {
    database,
    alias,
    signal,
  }: { readonly database: Database; readonly alias: string; readonly signal: AbortSignal | undefined },
  work: (lane: Statements) => Promise<void>,
): Promise<void> {
  const connection = await database.connect();
  try {
    await connection.run(`USE ${alias}`);
    await work(new Statements(connection, database.gate, signal));
  } finally {
    connection.closeSync();
  }
}

interface SessionParts {
  readonly statements: Statements;
  readonly database: Database;
  readonly store: ObjectStore;
  readonly withLane: WriteTools['withLane'];
}

class DuckDbSession implements SqlSession {
  readonly #statements: Statements;
  readonly #database: Database;
  readonly #store: ObjectStore;
  readonly #withLane: WriteTools['withLane'];
  readonly #schemas = new Set<string>();

  constructor({ statements, database, store, withLane }: SessionParts) {
    this.#statements = statements;
    this.#database = database;
    this.#store = store;
    this.#withLane = withLane;
  }

  async run(sql: string, parameters?: SqlParameters): Promise<void> {
    await this.#statements.run(sql, parameters);
  }

  async rows(sql: string, parameters?: SqlParameters): Promise<readonly Row[]> {
    return (await this.query(sql, parameters)).rows;
  }

  async query(
    sql: string,
    parameters?: SqlParameters,
  ): Promise<{ readonly columns: readonly Column[]; readonly rows: readonly Row[] }> {
    const reader = await this.#statements.run(sql, parameters);
    const names = reader.deduplicatedColumnNames();
    const types = reader.columnTypes();
    const columns = names.map((name, index) => ({ name, type: String(types[index]) }));
    return { columns, rows: toRows(names, reader.getRows()) };
  }

  async describe(select: string, parameters?: SqlParameters): Promise<readonly Column[]> {
    return this.#statements.describe(select, parameters);
  }

  async bind(relation: Relation): Promise<void> {
    const paths = await Promise.all(relation.files.map((file) => this.#store.localPath(file.key)));
    const view = `CREATE OR REPLACE VIEW ${quoteTable(relation.name)} AS ${localRelationSelect(relation, paths)}`;
    await this.#statements.run(`${this.#schemaOf(relation.name)}${view}`);
  }

  async write(
    request: WriteRequest,
  ): Promise<{ readonly columns: readonly Column[]; readonly files: readonly DataFile[] }> {
    const probe = await this.#database.probe();
    const tools = { statements: this.#statements, store: this.#store, probe, withLane: this.#withLane };
    return writeFiles(tools, request);
  }

  #schemaOf(name: string): string {
    const schema = name.includes('.') ? name.slice(0, name.indexOf('.')) : null;
    if (schema === null || this.#schemas.has(schema)) return '';
    this.#schemas.add(schema);
    return `CREATE SCHEMA IF NOT EXISTS ${quoteName(schema)}; `;
  }
}
