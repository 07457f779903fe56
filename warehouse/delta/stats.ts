import { deltaType } from '../duckdb/column-types';
import type { Column, ColumnStats, DataFile } from '../types';

/** Readers compare prefixes; more only makes the log longer. */
const stringPrefix = 32;
/** Sorts after every continuation of a cut maximum. */
const highestCodePoint = '\u{10FFFF}';

/**
 * A file's statistics as Delta's JSON text. Numbers stay the exact literals that DuckDB printed:
 * JavaScript's own would round a DECIMAL(38,4). What cannot be said exactly is left out, which only
 * costs a reader some file skipping.
 */
export function statsJson(columns: readonly Column[], file: DataFile): string {
  const minimums: string[] = [];
  const maximums: string[] = [];
  const nullCounts: string[] = [];
  for (const { name, type } of columns) {
    const stats = file.stats[name];
    if (stats === undefined) continue;
    nullCounts.push(`${JSON.stringify(name)}:${stats.nullCount}`);
    const bounds = boundLiterals(deltaType(type) ?? '', stats);
    if (bounds === null) continue;
    minimums.push(`${JSON.stringify(name)}:${bounds.min}`);
    maximums.push(`${JSON.stringify(name)}:${bounds.max}`);
  }
  const members = [
    `"numRecords":${file.rowCount}`,
    `"minValues":{${minimums.join(',')}}`,
    `"maxValues":{${maximums.join(',')}}`,
    `"nullCount":{${nullCounts.join(',')}}`,
  ];
  return `{${members.join(',')}}`;
}

function boundLiterals(type: string, { min, max, hasNan }: ColumnStats): { min: string; max: string } | null {
  if (min === null || max === null || hasNan) return null;
  const [low, high] = [literal(type, min, 'min'), literal(type, max, 'max')];
  return low === null || high === null ? null : { min: low, max: high };
}

function literal(type: string, text: string, bound: 'min' | 'max'): string | null {
  if (/^(long|integer|short|double|decimal)/.test(type)) return numberLiteral(text);
  if (type === 'date') return /^\d{4}-\d{2}-\d{2}$/.test(text) ? JSON.stringify(text) : null;
  if (type === 'timestamp') return timestampLiteral(text, bound);
  if (type === 'string') return stringLiteral(text, bound);
  return null;
}

function numberLiteral(text: string): string | null {
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? text : null;
}

function stringLiteral(text: string, bound: 'min' | 'max'): string {
  const points = [...text];
  if (points.length <= stringPrefix) return JSON.stringify(text);
  const prefix = points.slice(0, stringPrefix).join('');
  return JSON.stringify(bound === 'max' ? prefix + highestCodePoint : prefix);
}

/** Milliseconds are all that readers expect; a cut maximum is rounded up so that no row falls outside. */
function timestampLiteral(text: string, bound: 'min' | 'max'): string | null {
  const [, date, time, fraction = ''] = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(?:\.(\d+))?\+00$/.exec(text) ?? [];
  if (date === undefined || time === undefined) return null;
  const cut = Date.parse(`${date}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`);
  const isRounded = bound === 'max' && /[1-9]/.test(fraction.slice(3));
  return JSON.stringify(new Date(cut + (isRounded ? 1 : 0)).toISOString());
}
