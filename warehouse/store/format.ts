import { RequestError, TaskError } from '../../engine/errors';
import { isJsonObject } from '../../engine/json';
import type { ObjectStore } from '../types';

/** The layout of warehouses that this version writes. */
export const warehouseFormat = 1;

const formatKey = 'warehouse.json';

/**
 * Marks a new warehouse with its format, or checks the mark of an existing one.
 *
 * @throws RequestError `warehouse_format_newer` when a newer version of Tidemill wrote it.
 */
export async function claimFormat(store: ObjectStore): Promise<void> {
  const present = await store.find(formatKey);
  if (present === null && (await store.putIfAbsent(formatKey, `{"format":${warehouseFormat}}\n`))) return;
  const format = readFormat(present ?? (await store.get(formatKey)));
  if (format > warehouseFormat) {
    throw new RequestError({
      code: 'warehouse_format_newer',
      message: `This warehouse has format ${format}, and this version of Tidemill knows formats up to ${warehouseFormat}. Use a newer version of Tidemill.`,
      details: { format, known_format: warehouseFormat },
    });
  }
}

function readFormat(bytes: Buffer): number {
  const value = parseJson(formatKey, bytes);
  const format = isJsonObject(value) ? value.format : undefined;
  if (typeof format === 'number' && Number.isInteger(format) && format >= 1) return format;
  throw objectCorrupt(formatKey, 'it must hold {"format": <number>}');
}

/** Parses an object that must be JSON; `object_corrupt` names the key otherwise. */
export function parseJson(key: string, bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch (error) {
    throw objectCorrupt(key, error instanceof Error ? error.message : String(error), error);
  }
}

export function objectCorrupt(key: string, reason: string, cause?: unknown): TaskError {
  return new TaskError({
    code: 'object_corrupt',
    message: `The warehouse's object "${key}" is damaged: ${reason}. Restore it from a backup.`,
    details: { key },
    cause,
  });
}
