import { fingerprintText } from '../duckdb/fingerprint';
import type { Warehouse } from '../types';

/** One published table as people see it. */
export interface TableSummary {
  readonly table: string;
  readonly kind: 'slice' | 'whole';
  readonly row_count: number;
  readonly file_count: number;
  readonly byte_count: number;
  /** Version of its Delta table. */
  readonly version: number;
  /** Release that last changed it. */
  readonly release: number;
  readonly data_until: string | null;
  readonly fresh_until: string | null;
  readonly fingerprint: string;
}

/** The published tables of the newest release, or of a given one, by name. */
export async function listTables(warehouse: Warehouse, release?: number): Promise<readonly TableSummary[]> {
  const reader = await warehouse.release(release);
  return Object.values(reader.tables)
    .map((table) => ({
      table: table.table,
      kind: table.kind,
      row_count: table.rowCount,
      file_count: table.fileCount,
      byte_count: table.byteCount,
      version: table.version,
      release: table.release,
      data_until: table.dataUntil,
      fresh_until: table.freshUntil,
      fingerprint: fingerprintText(table.fingerprint),
    }))
    .sort((a, b) => (a.table < b.table ? -1 : 1));
}
