import { createHash } from 'node:crypto';
import { TaskError } from '../../engine/errors';
import type { Column } from '../types';

const aliases: { readonly [alias: string]: string } = {
  TIMESTAMPTZ: 'TIMESTAMP WITH TIME ZONE',
  DATETIME: 'TIMESTAMP',
  TEXT: 'VARCHAR',
  STRING: 'VARCHAR',
  INT: 'INTEGER',
  INT4: 'INTEGER',
  INT2: 'SMALLINT',
  INT8: 'BIGINT',
  LONG: 'BIGINT',
  FLOAT8: 'DOUBLE',
  BOOL: 'BOOLEAN',
  BYTEA: 'BLOB',
};

/** A type's one spelling, so that `TIMESTAMPTZ` and `TIMESTAMP WITH TIME ZONE` compare equal. */
export function normalType(type: string): string {
  const spelled = type
    .trim()
    .toUpperCase()
    .replace(/\s*([(),])\s*/g, '$1');
  const decimal = spelled.replace(/^NUMERIC\b/, 'DECIMAL');
  return aliases[decimal] ?? (decimal === 'DECIMAL' ? 'DECIMAL(18,3)' : decimal);
}

export function isTimestampTz(type: string): boolean {
  return normalType(type) === 'TIMESTAMP WITH TIME ZONE';
}

/** Hash of names and types in order: fingerprints are comparable only where it is equal. */
export function columnsHash(columns: readonly Column[]): string {
  const text = JSON.stringify(columns.map(({ name, type }) => [name, normalType(type)]));
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

const deltaTypes: { readonly [type: string]: string } = {
  BIGINT: 'long',
  INTEGER: 'integer',
  SMALLINT: 'short',
  DOUBLE: 'double',
  BOOLEAN: 'boolean',
  VARCHAR: 'string',
  DATE: 'date',
  'TIMESTAMP WITH TIME ZONE': 'timestamp',
  BLOB: 'binary',
};
/** Types that Parquet keeps but the lowest Delta protocol does not know; fine for files that nobody publishes. */
const unpublishedTypes = new Set(['TIMESTAMP', 'FLOAT', 'TINYINT', 'UTINYINT', 'USMALLINT', 'UINTEGER']);

/** The Delta type of a column type, or null when a published table cannot hold it. */
export function deltaType(type: string): string | null {
  const normal = normalType(type);
  const decimal = /^DECIMAL\((\d+),(\d+)\)$/.exec(normal);
  if (decimal !== null) return `decimal(${decimal[1]},${decimal[2]})`;
  return deltaTypes[normal] ?? null;
}

/**
 * Refuses columns whose values Parquet or Delta would change (a HUGEINT becomes a DOUBLE without a
 * word). Files outside published tables may also hold the types that only Delta lacks.
 */
export function checkTypes(table: string, columns: readonly Column[], use: 'published' | 'private'): void {
  for (const { name, type } of columns) {
    if (deltaType(type) !== null || (use === 'private' && unpublishedTypes.has(normalType(type)))) continue;
    throw unsupportedType(table, name, type, adviceFor(normalType(type)));
  }
}

export function unsupportedType(table: string, column: string, type: string, advice: string): TaskError {
  return new TaskError({
    code: 'unsupported_type',
    message: `Column ${column} of ${table} has the type ${type}, which cannot be written without changing its values. ${advice}`,
    details: { table, column, type },
  });
}

function adviceFor(type: string): string {
  if (/^U?HUGEINT$|^UBIGINT$/.test(type))
    return 'Cast it, for instance to BIGINT or DECIMAL(38,4): sum() of integers is a HUGEINT.';
  if (type === 'TIMESTAMP') return "Make it TIMESTAMPTZ, for instance with: x AT TIME ZONE 'UTC'.";
  if (type.startsWith('TIME') || type === 'INTERVAL') return 'Cast it, for instance to BIGINT microseconds.';
  if (type.startsWith('ENUM')) return 'Cast it to VARCHAR.';
  return 'Cast it to one of BIGINT, INTEGER, SMALLINT, DOUBLE, DECIMAL, BOOLEAN, VARCHAR, DATE, TIMESTAMPTZ or BLOB.';
}
