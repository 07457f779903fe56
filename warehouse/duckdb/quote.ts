import { TaskError } from '../../engine/errors';

/** An identifier as SQL text. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string literal as SQL text. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A list of string literals as SQL text. */
export function quoteList(texts: readonly string[]): string {
  return `[${texts.map(quoteText).join(',')}]`;
}

/** A path for a reading function, which would take `[`, `*` and `?` in a folder's name for patterns. */
export function literalPath(path: string): string {
  return path.replace(/[[*?]/g, '[$&]');
}

/** `schema.table` as SQL text; a bare name stays bare. */
export function quoteTable(table: string): string {
  return table.split('.').map(quoteName).join('.');
}

/** The two parts of a published table's name; refuses anything that is not plain `schema.table`. */
export function splitTable(table: string): { readonly schema: string; readonly name: string } {
  const [, schema, name] = /^([a-z_][a-z0-9_]*)\.([a-z_][a-z0-9_]*)$/.exec(table) ?? [];
  if (schema !== undefined && name !== undefined) return { schema, name };
  throw new TaskError({
    code: 'bad_table_name',
    message: `"${table}" is no table's name. Use schema.table in lower case letters, digits and "_", such as core.fact_sales.`,
    details: { table },
  });
}

/** Folder key of a published table. */
export function tableFolder(table: string): string {
  const { schema, name } = splitTable(table);
  return `tables/${schema}/${name}`;
}

/** A SELECT ready to stand in parentheses: without a closing semicolon, and safe after a trailing comment. */
export function subquery(select: string): string {
  return `(${select.trim().replace(/;\s*$/, '')}\n)`;
}
