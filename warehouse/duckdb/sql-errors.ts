import { isEngineError, OutsideUnavailable, SqlFailed } from '../../engine/errors';

/** Translates what DuckDB threw; a cancellation passes through as the signal's own reason. */
export function sqlError(error: unknown, sql: string, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return signal.reason;
  if (isEngineError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (/No space left on device|failed to offload data block|max_temp_directory_size/i.test(message)) {
    return new OutsideUnavailable({
      code: 'disk_full',
      message: `DuckDB found no space to write: ${firstLine(message)} Free space; the task may then be tried again.`,
      details: { duckdb: message },
      cause: error,
    });
  }
  return new SqlFailed({ model: modelOf(sql), statement: sql, message: explained(message.trim()) });
}

/** The binding's answer to a result column that is a bare parameter, which has no type yet. */
function explained(message: string): string {
  return message.startsWith('Unexpected type id')
    ? 'a column of the result is an untyped parameter; cast it where it stands: $name::TYPE'
    : message;
}

/** The SQL model's name from its header; the statement's first words when it has none. */
function modelOf(sql: string): string {
  const header = /^--\s*model:\s*(\S+)/m.exec(sql);
  return header?.[1] ?? `"${firstLine(sql.trim()).slice(0, 60)}"`;
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
