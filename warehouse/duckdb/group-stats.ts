import type { Column, ColumnStats } from '../types';
import { normalType } from './column-types';
import { quoteName } from './quote';

/** As long as COPY's own statistics keep them; readers compare shorter prefixes still. */
const keptCharacters = 256;

/**
 * Aggregates that tell of a group of rows what `COPY … RETURN_STATS` tells of a file: four values a
 * column. For hundreds of small files one such query costs a small part of what RETURN_STATS does.
 */
export function statsSql(columns: readonly Column[]): string {
  return columns.map(({ name, type }) => columnSql(quoteName(name), normalType(type))).join(', ');
}

function columnSql(name: string, type: string): string {
  const nulls = `count(*) - count(${name})`;
  switch (type) {
    case 'BOOLEAN':
    case 'BLOB':
      return `NULL, NULL, ${nulls}, false`;
    case 'VARCHAR':
      return `left(min(${name}), ${keptCharacters}), left(max(${name}), ${keptCharacters}), ${nulls}, false`;
    case 'DOUBLE':
    case 'FLOAT':
      return `min(${name})::VARCHAR, max(${name})::VARCHAR, ${nulls}, coalesce(bool_or(isnan(${name})), false)`;
    default:
      return `min(${name})::VARCHAR, max(${name})::VARCHAR, ${nulls}, false`;
  }
}

/** Reads the values that {@link statsSql} gave for one group. */
export function readGroupStats(
  columns: readonly Column[],
  values: readonly unknown[],
): { readonly [column: string]: ColumnStats } {
  const stats = columns.map(({ name }, index) => {
    const [min, max, nullCount, hasNan] = values.slice(4 * index, 4 * index + 4);
    return [
      name,
      { min: textOf(min), max: textOf(max), nullCount: Number(nullCount), hasNan: hasNan === true },
    ] as const;
  });
  return Object.fromEntries(stats);
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
