import {
  BIGINT,
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { Row, SqlValue } from '../types';

/** Rows of a result as JSON values, by column name. */
export function toRows(names: readonly string[], rows: readonly (readonly DuckDBValue[])[]): readonly Row[] {
  return rows.map((row) => Object.fromEntries(names.map((name, index) => [name, toJsonValue(row[index] ?? null)])));
}

/**
 * A value as JSON: integers beyond 2^53 and decimals as exact text, instants as ISO text (with `Z`
 * only where the type knows its zone), what JSON cannot say (NaN, intervals) as DuckDB prints it.
 */
export function toJsonValue(value: DuckDBValue): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') {
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value.toString();
  }
  if (value instanceof DuckDBTimestampTZValue) return isoInstant(value.micros, 'Z') ?? value.toString();
  if (value instanceof DuckDBTimestampValue) return isoInstant(value.micros, '') ?? value.toString();
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(toJsonValue);
  if (value instanceof DuckDBStructValue) return mapEntries(Object.entries(value.entries));
  if (value instanceof DuckDBMapValue)
    return mapEntries(value.entries.map(({ key, value: item }) => [String(key), item]));
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
  return String(value);
}

/** How a parameter is handed to DuckDB: 64-bit integers as BIGINT instead of the binding's HUGEINT. */
export function parameterType(value: SqlValue): DuckDBType | undefined {
  const fits = typeof value === 'bigint' && BigInt.asIntN(64, value) === value;
  return fits ? BIGINT : undefined;
}

function mapEntries(entries: readonly (readonly [string, DuckDBValue])[]): Row {
  return Object.fromEntries(entries.map(([name, item]) => [name, toJsonValue(item)]));
}

/** Null for infinities and years that JavaScript's dates do not reach. */
function isoInstant(micros: bigint, suffix: string): string | null {
  const subsecond = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const date = new Date(Number((micros - subsecond) / 1000n));
  if (Number.isNaN(date.getTime())) return null;
  const fraction = subsecond === 0n ? '' : `.${subsecond.toString().padStart(6, '0').replace(/0+$/, '')}`;
  return `${date.toISOString().slice(0, -5)}${fraction}${suffix}`;
}
