import { TaskError } from '../../engine/errors';
import { columnsHash, normalType } from '../duckdb/column-types';
import type { Column } from '../types';

/**
 * Tells whether a table's columns are kept or extended; new columns are null in older files.
 *
 * @throws TaskError `schema_change_refused` for a column that is gone, moved or of another type.
 */
export function schemaChange(table: string, old: readonly Column[], next: readonly Column[]): 'kept' | 'extended' {
  if (columnsHash(old) === columnsHash(next)) return 'kept';
  const refused = firstRefusal(old, next);
  if (refused === null) return 'extended';
  throw new TaskError({
    code: 'schema_change_refused',
    message: `${table} is published and ${refused.reason}. Columns may only be added to a published table: give the changed table a new name, or keep the column.`,
    details: { table, column: refused.column, published: old, offered: next },
  });
}

function firstRefusal(old: readonly Column[], next: readonly Column[]): { column: string; reason: string } | null {
  const types = new Map(next.map(({ name, type }) => [name, normalType(type)]));
  for (const { name, type } of old) {
    const offered = types.get(name);
    if (offered === undefined) return { column: name, reason: `its column ${name} would be gone` };
    if (offered !== normalType(type)) {
      return { column: name, reason: `its column ${name} would change from ${normalType(type)} to ${offered}` };
    }
  }
  const kept = next.map(({ name }) => name).filter((name) => old.some((column) => column.name === name));
  const moved = old.find(({ name }, index) => kept[index] !== name);
  return moved === undefined ? null : { column: moved.name, reason: `its column ${moved.name} would move` };
}
