import { quoteText } from '../duckdb/quote';
import type { ReleaseReader } from '../types';

const runColumns: readonly (readonly [string, string])[] = [
  ['dag_id', 'VARCHAR'],
  ['run_id', 'VARCHAR'],
  ['execution', 'VARCHAR'],
  ['parent_execution', 'VARCHAR'],
  ['run_type', 'VARCHAR'],
  ['state', 'VARCHAR'],
  ['label', 'VARCHAR'],
  ['reason', 'VARCHAR'],
  ['interval_start', 'VARCHAR'],
  ['interval_end', 'VARCHAR'],
  ['params', 'JSON'],
  ['spec_version', 'VARCHAR'],
  ['code_version', 'VARCHAR'],
  ['triggered_by', 'VARCHAR'],
  ['queued_at', 'VARCHAR'],
  ['started_at', 'VARCHAR'],
  ['ended_at', 'VARCHAR'],
];

const nestedColumns: readonly (readonly [string, string])[] = [
  [
    'tasks',
    'STRUCT(task_id VARCHAR, state VARCHAR, try_number BIGINT, reason VARCHAR, started_at VARCHAR, ended_at VARCHAR, row_count BIGINT)[]',
  ],
  [
    'attempts',
    'STRUCT(task_id VARCHAR, map_index BIGINT, try_number BIGINT, attempt BIGINT, state VARCHAR, started_at VARCHAR, ended_at VARCHAR, error_code VARCHAR, error_message VARCHAR, worker VARCHAR)[]',
  ],
  [
    'publishes',
    'STRUCT(task_id VARCHAR, release BIGINT, base_release BIGINT, outcome VARCHAR, tables STRUCT("table" VARCHAR, version BIGINT, row_count BIGINT, fingerprint VARCHAR)[])[]',
  ],
];

/** Instants are kept as text in the records; views show them as timestamps in UTC. */
const instantColumns = new Set(['interval_start', 'interval_end', 'queued_at', 'started_at', 'ended_at']);

/**
 * The views over run records, by name, each standing alone: `meta.dag_runs`, `meta.task_attempts`,
 * `meta.publishes`. `pattern` is the SQL text of the records' path pattern.
 */
export function runViews(pattern: string): readonly { readonly name: string; readonly select: string }[] {
  const columns = [...runColumns, ...nestedColumns].map(([name, type]) => `${name}: ${quoteText(type)}`).join(', ');
  const lines = `read_json(${pattern}, format = 'newline_delimited', maximum_object_size = 67108864, columns = {${columns}})`;
  // While records are put together in one file they stand twice.
  const once = 'QUALIFY row_number() OVER (PARTITION BY dag_id, run_id, execution) = 1';
  const records = `(SELECT * FROM ${lines} ${once})`;
  const runs = runColumns
    .filter(([name]) => name !== 'parent_execution')
    .map(([name]) => shown(name))
    .join(', ');
  const duration = 'epoch_ms(ended_at::TIMESTAMPTZ) - epoch_ms(started_at::TIMESTAMPTZ) AS duration_ms';
  const counts = [
    "len(list_filter(tasks, t -> t.state = 'failed')) AS failed_task_count",
    'len(attempts) AS attempt_count',
  ].join(', ');
  const attempt = 'task_id, map_index, try_number, attempt, state';
  // Instances of mapped tasks have records of their own, a shard each, and belong to the execution of their run.
  const execution = 'coalesce(parent_execution, execution) AS execution';
  const attempts = `SELECT dag_id, run_id, ${execution}, unnest(attempts, recursive := true) FROM ${records}`;
  const publishes = `SELECT dag_id, run_id, execution, unnest(publishes) AS p FROM ${records}`;
  const tables = `SELECT dag_id, run_id, execution, p.task_id, p.release, p.base_release, p.outcome, unnest(CASE WHEN len(p.tables) > 0 THEN p.tables ELSE [NULL] END) AS t FROM (${publishes})`;
  return [
    { name: 'meta.dag_runs', select: `SELECT ${runs}, ${duration}, ${counts} FROM ${records} WHERE run_type <> 'map'` },
    {
      name: 'meta.task_attempts',
      select: `SELECT dag_id, run_id, execution, ${attempt}, ${shown('started_at')}, ${shown('ended_at')}, ${duration}, error_code, error_message, worker FROM (${attempts})`,
    },
    {
      name: 'meta.publishes',
      select: `SELECT dag_id, run_id, execution, task_id, release, base_release, outcome, t."table" AS "table", t.version AS version, t.row_count AS row_count, t.fingerprint AS fingerprint FROM (${tables})`,
    },
  ];
}

/** `meta.releases`: one row, the release that the other views show. */
export function releaseView(reader: ReleaseReader): { readonly name: string; readonly select: string } {
  const tables = Object.values(reader.tables);
  const rows = tables.reduce((sum, table) => sum + table.rowCount, 0);
  const published = `(${quoteText(reader.publishedAt)}::TIMESTAMPTZ AT TIME ZONE 'UTC')`;
  return {
    name: 'meta.releases',
    select: `SELECT ${reader.release}::BIGINT AS release, ${published} AS published_at, ${tables.length}::BIGINT AS table_count, ${rows}::BIGINT AS row_count`,
  };
}

function shown(column: string): string {
  return instantColumns.has(column) ? `(${column}::TIMESTAMPTZ AT TIME ZONE 'UTC') AS ${column}` : column;
}
