import {
  type DuckDBConnection,
  type DuckDBPreparedStatement,
  type DuckDBResultReader,
  DuckDBTypeId,
  type DuckDBValue,
} from '@duckdb/node-api';
import { SqlFailed } from '../../engine/errors';
import type { Gate } from '../concurrency';
import type { Column, SqlParameters } from '../types';
import { parameterType } from './row-values';
import { sqlError } from './sql-errors';

/** DuckDB forgets an interrupt that arrives before a statement has begun, so it is repeated until it is over. */
const interruptEveryMs = 20;

/** Runs statements on one connection: through the gate, with named parameters, stopped by the signal. */
export class Statements {
  readonly #connection: DuckDBConnection;
  readonly #gate: Gate;
  readonly #signal: AbortSignal | undefined;

  constructor(connection: DuckDBConnection, gate: Gate, signal: AbortSignal | undefined) {
    this.#connection = connection;
    this.#gate = gate;
    this.#signal = signal;
  }

  /** Runs one statement, or several when there are no parameters, and reads the last one's result whole. */
  async run(sql: string, parameters?: SqlParameters): Promise<DuckDBResultReader> {
    return this.#guarded(sql, async () => {
      if (parameters === undefined) return this.#connection.runAndReadAll(sql);
      const prepared = await this.#connection.prepare(sql);
      try {
        bindParameters(prepared, sql, parameters);
        return await prepared.runAndReadAll();
      } finally {
        prepared.destroySync();
      }
    });
  }

  /** The columns that a SELECT would give; the values matter only where the types depend on them. */
  async describe(select: string, parameters?: SqlParameters): Promise<readonly Column[]> {
    const columns = await this.#guarded(select, async () => {
      const prepared = await this.#connection.prepare(select);
      try {
        return columnsOf(prepared);
      } finally {
        prepared.destroySync();
      }
    });
    if (columns !== null) return columns;
    const described = await this.run(`DESCRIBE ${select.trim().replace(/;\s*$/, '')}`, parameters ?? {});
    return described.getRows().map(([name, type]) => ({ name: String(name), type: String(type) }));
  }

  async #guarded<Result>(sql: string, body: () => Promise<Result>): Promise<Result> {
    const signal = this.#signal;
    return this.#gate.enter(async () => {
      signal?.throwIfAborted();
      let interrupting: NodeJS.Timeout | undefined;
      const interrupt = () => {
        this.#connection.interrupt();
        interrupting ??= setInterval(interrupt, interruptEveryMs);
      };
      signal?.addEventListener('abort', interrupt, { once: true });
      try {
        return await body();
      } catch (error) {
        throw sqlError(error, sql, signal);
      } finally {
        signal?.removeEventListener('abort', interrupt);
        clearInterval(interrupting);
      }
    }, signal);
  }
}

/** Null when a column has no type before its parameters have values. */
function columnsOf(prepared: DuckDBPreparedStatement): readonly Column[] | null {
  const indices = Array.from({ length: prepared.columnCount }, (_, index) => index);
  if (indices.some((index) => prepared.columnTypeId(index) === DuckDBTypeId.INVALID)) return null;
  return indices.map((index) => ({ name: prepared.columnName(index), type: String(prepared.columnType(index)) }));
}

/** Values that the statement does not name are left out, so that models can share one set of parameters. */
function bindParameters(prepared: DuckDBPreparedStatement, sql: string, parameters: SqlParameters): void {
  for (let index = 1; index <= prepared.parameterCount; index += 1) {
    const name = prepared.parameterName(index);
    const value = parameters[name];
    if (value === undefined) {
      const given = Object.keys(parameters).map((known) => `$${known}`);
      const message = `the parameter $${name} has no value; given: ${given.join(', ') || 'none'}`;
      throw new SqlFailed({ model: /^--\s*model:\s*(\S+)/m.exec(sql)?.[1] ?? 'a statement', statement: sql, message });
    }
    const bound: DuckDBValue = value;
    prepared.bindValue(index, bound, parameterType(value));
  }
}
