import type { Column, DataFile } from '../types';
import { columnsHash, isTimestampTz, normalType } from './column-types';
import { literalPath, quoteList, quoteName } from './quote';

export interface RelationSelect {
  readonly columns: readonly Column[];
  readonly files: readonly DataFile[];
  /** The list of files as SQL text; default the paths as a list of literals. */
  readonly fileList: string;
  /** Shows instants as plain timestamps in UTC, for readers whose session has another zone. */
  readonly plainInstants?: boolean;
}

/**
 * A SELECT over Parquet files with exactly the given columns, in their order. Only where files hold
 * other columns than declared are all of them opened to reconcile names; a missing one reads as null.
 */
export function relationSelect({ columns, files, fileList, plainInstants = false }: RelationSelect): string {
  const shown = columns.map((column) => shownColumn(column, plainInstants)).join(', ');
  if (files.length === 0) return `SELECT ${shown} FROM ${emptySource(columns)} WHERE false`;
  const kinds = new Set(files.map((file) => file.fingerprint.columns));
  // Otherwise a folder called `day=1` above the warehouse would add a column.
  const options = 'hive_partitioning = false';
  if (kinds.size === 1 && kinds.has(columnsHash(columns))) {
    return `SELECT ${shown} FROM read_parquet(${fileList}, ${options})`;
  }
  const source = `SELECT * FROM read_parquet(${fileList}, ${options}, union_by_name = ${kinds.size > 1})`;
  const typed = columns.map(({ name, type }) => `${quoteName(name)}::${normalType(type)} AS ${quoteName(name)}`);
  const reconciled = `SELECT * FROM ${emptySource(columns)} WHERE false UNION ALL BY NAME ${source}`;
  return `SELECT ${shown} FROM (SELECT ${typed.join(', ')} FROM (${reconciled}))`;
}

/** {@link relationSelect} over local files. */
export function localRelationSelect(
  relation: { readonly columns: readonly Column[]; readonly files: readonly DataFile[] },
  paths: readonly string[],
  plainInstants = false,
): string {
  return relationSelect({
    columns: relation.columns,
    files: relation.files,
    fileList: quoteList(paths.map(literalPath)),
    plainInstants,
  });
}

function emptySource(columns: readonly Column[]): string {
  const nulls = columns.map(({ name, type }) => `NULL::${normalType(type)} AS ${quoteName(name)}`);
  return `(SELECT ${nulls.join(', ')})`;
}

function shownColumn({ name, type }: Column, plainInstants: boolean): string {
  const quoted = quoteName(name);
  return plainInstants && isTimestampTz(type) ? `${quoted} AT TIME ZONE 'UTC' AS ${quoted}` : quoted;
}
