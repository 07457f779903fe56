import { type DatasetRef, isJsonObject, type Json, RequestError } from '../../engine';
import type { Column } from '../../warehouse';
import type { TaskContext } from '../context';
import { dayRange, isDayIn } from '../sql/day-range';
import { invoiceColumns } from './columns';
import { landFile } from './land-file';
import { type LandedFile, landedTable } from './landed';
import { missingSource, resolveSource } from './resolve-source';

/** The columns of landed records: where each one comes from, its eight cells as text, and why it was refused. */
export const landedColumns: readonly Column[] = [
  { name: 'file', type: 'VARCHAR' },
  { name: 'line', type: 'BIGINT' },
  { name: 'day', type: 'DATE' },
  ...invoiceColumns.map((name) => ({ name, type: 'VARCHAR' })),
  { name: 'reject_reason', type: 'VARCHAR' },
  { name: 'reject_row', type: 'VARCHAR' },
];

/**
 * Lands what is new in a source (a file or folder, relative to the landing root) and refers to the
 * records of the interval's days, as text. Nothing is typed or dropped here. An interval without
 * records gives an empty dataset.
 */
export async function extractInvoices(context: TaskContext, input: { readonly source: string }): Promise<DatasetRef> {
  const days = dayRange(context.interval, sourceZone(context));
  // Before the landing folder is looked at: a release that is newer than this may hold newer rows.
  const { release } = await context.warehouse.release();
  const files = await resolveSource(context.warehouse.landing, input.source);
  const landed: LandedFile[] = [];
  for (const [index, file] of files.entries()) {
    landed.push(await landFile(context, file));
    context.heartbeat({ files_landed: index + 1, files: files.length });
  }
  const contents = landed.filter((one, index) => landed.findIndex(({ sha256 }) => sha256 === one.sha256) === index);
  const used = contents.filter((one) => one.parts.some((part) => isDayIn(days, part.day)));
  const parts = used.flatMap((one) => one.parts.filter((part) => isDayIn(days, part.day)));
  const rowCount = parts.reduce((sum, part) => sum + part.rowCount, 0);
  context.log.info({ source: input.source, files: files.length, row_count: rowCount, ...days }, 'records extracted');
  return await context.warehouse.putManifest(
    {
      format: 1,
      kind: 'landed',
      table: landedTable,
      attempt: context.attemptName,
      columns: landedColumns,
      days,
      readsRelease: release,
      sources: used.map((one) => one.sha256).sort(),
      files: parts,
      rowCount,
      fingerprint: null,
    },
    context.identity,
  );
}

/**
 * Sensor: true once the path (relative to the landing root) is a file, or a folder with a file to load; until then
 * what is missing, with the nearest name that there is.
 */
export async function fileExists(context: TaskContext, input: { readonly path: string }): Promise<true | string> {
  return (await missingSource(context.warehouse.landing, input.path)) ?? true;
}

/** The zone whose wall clock the dates are written in. Days, keys and the schedule follow it, so it must be the schedule's. */
function sourceZone(context: TaskContext): string {
  const zone = zoneOf(context.params);
  if (zone === context.timezone) return zone;
  throw new RequestError({
    code: 'bad_interval',
    message: `The dates of the source are times of ${zone}, but the schedule's days are those of ${context.timezone}. Give both the same zone (parameter sourceTimezone).`,
    details: { source_timezone: zone, timezone: context.timezone },
  });
}

function zoneOf(params: Json): string {
  const zone = isJsonObject(params) ? params.sourceTimezone : undefined;
  return typeof zone === 'string' ? zone : 'UTC';
}
