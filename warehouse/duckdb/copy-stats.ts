import type { DuckDBResultReader } from '@duckdb/node-api';
import { EngineBug } from '../../engine/errors';
import { isJsonObject } from '../../engine/json';
import type { Column, ColumnStats } from '../types';
import { unsupportedType } from './column-types';
import { quoteName } from './quote';

export interface CopyStats {
  readonly rowCount: number;
  readonly byteCount: number;
  readonly stats: { readonly [column: string]: ColumnStats };
}

/** Reads what `COPY … RETURN_STATS` said of its one file. */
export function readCopyStats(reader: DuckDBResultReader, columns: readonly Column[]): CopyStats {
  const [row] = reader.getRowObjectsJson();
  const entries = row?.column_statistics;
  if (row === undefined || !Array.isArray(entries)) throw new EngineBug('COPY returned no statistics');
  const byName = new Map(pairs(entries).map(([name, facts]) => [name, new Map(pairs(facts))]));
  const stats = columns.map(({ name }) => [name, columnStats(byName.get(quoteName(name)))] as const);
  return {
    rowCount: Number(row.count),
    byteCount: Number(row.file_size_bytes),
    stats: Object.fromEntries(stats),
  };
}

/** Refuses infinite dates and timestamps, which readers turn into arbitrary instants. */
export function refuseInfinity(table: string, columns: readonly Column[], stats: CopyStats['stats']): void {
  for (const { name, type } of columns) {
    const facts = stats[name];
    const isTime = /^(DATE|TIMESTAMP)/.test(type);
    if (isTime && [facts?.min, facts?.max].some((bound) => bound?.includes('infinity') === true)) {
      const advice = 'It holds an infinite value: use a far date such as 9999-12-31, or null.';
      throw unsupportedType(table, name, type, advice);
    }
  }
}

function columnStats(facts: ReadonlyMap<string, unknown> | undefined): ColumnStats {
  return {
    min: textOf(facts?.get('min')),
    max: textOf(facts?.get('max')),
    nullCount: Number(facts?.get('null_count') ?? 0),
    hasNan: facts?.get('has_nan') === 'true',
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** A MAP as the binding gives it: a list of `{ key, value }`. */
function pairs(value: unknown): (readonly [string, unknown])[] {
  const entries: readonly unknown[] = Array.isArray(value) ? value : [];
  return entries.filter(isJsonObject).map((entry) => [String(entry.key), entry.value]);
}
