import { DefinitionError } from '../../engine';
import type { SqlSession } from '../../warehouse';

/**
 * Gives DuckDB's own syntax tree of a text, as the JSON of `json_serialize_sql`. Injected, so that
 * this room needs no database of its own.
 */
export type SqlParse = (sql: string) => Promise<string>;

/** A parser on a warehouse's session. */
export function parserOf(session: SqlSession): SqlParse {
  return async (sql) => {
    const select = 'select json_serialize_sql($sql::varchar, skip_null := true, skip_empty := true)::varchar as tree';
    const [row] = await session.rows(select, { sql });
    return String(row?.tree);
  };
}

/** What DuckDB's parser says about one statement. */
export interface ParsedSql {
  /** Tables in FROM that are no CTE, sorted. */
  readonly reads: readonly string[];
  /** Table functions in FROM (`read_parquet`, `unnest`), sorted. */
  readonly tableFunctions: readonly string[];
  readonly statementCount: number;
}

type Node = { readonly [key: string]: unknown };

/**
 * Which tables a SELECT reads, by DuckDB's parser: also through CTEs, subqueries, unions and with
 * parameters (`getTableNames` is blind to those).
 *
 * Throws `sql_unparsable` with DuckDB's message.
 */
export async function parseSql(file: string, select: string, parse: SqlParse): Promise<ParsedSql> {
  const tree = JSON.parse(await parse(select)) as Node;
  if (tree.error === true) {
    throw new DefinitionError({
      code: 'sql_unparsable',
      message: `${file}: DuckDB cannot read it as one SELECT: ${String(tree.error_message)}`,
      details: { file, duckdb: String(tree.error_message) },
    });
  }
  const reads = new Set<string>();
  const tableFunctions = new Set<string>();
  walk(tree, new Set(), { reads, tableFunctions });
  const statements = Array.isArray(tree.statements) ? tree.statements.length : 0;
  return { reads: [...reads].sort(), tableFunctions: [...tableFunctions].sort(), statementCount: statements };
}

interface Found {
  readonly reads: Set<string>;
  readonly tableFunctions: Set<string>;
}

function walk(value: unknown, scope: ReadonlySet<string>, found: Found): void {
  if (Array.isArray(value)) {
    for (const member of value) walk(member, scope, found);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const node = value as Node;
  const inner = withCtes(node, scope);
  if (node.type === 'BASE_TABLE') {
    const name = [node.catalog_name, node.schema_name, node.table_name].filter(isText).join('.');
    if (!inner.has(name)) found.reads.add(name);
  }
  if (node.type === 'TABLE_FUNCTION') {
    const call = node.function as Node | undefined;
    found.tableFunctions.add(String(call?.function_name));
  }
  for (const member of Object.values(node)) walk(member, inner, found);
}

/** A query's own CTEs are in scope in its body and in each other: a recursive one reads itself. */
function withCtes(node: Node, scope: ReadonlySet<string>): ReadonlySet<string> {
  const entries = (node.cte_map as Node | undefined)?.map;
  if (!Array.isArray(entries) || entries.length === 0) return scope;
  return new Set([...scope, ...entries.map((entry) => String((entry as Node).key))]);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
