import { isEngineError, OutsideUnavailable, TaskError } from '../../engine/errors';

/** The code that Node gives to a failed system call (`ENOENT`); undefined for other errors. */
export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

export function objectMissing(key: string, cause?: unknown): TaskError {
  return new TaskError({
    code: 'object_missing',
    message: `The warehouse holds no object "${key}". Objects are immutable, so it was deleted by something else: restore it, or publish its table again.`,
    details: { key },
    cause,
  });
}

/** Says what a failed system call means for the object that it was about. */
export function storeError(error: unknown, key: string): Error {
  const code = systemCode(error);
  const reason = error instanceof Error ? error.message.split(',')[0] : String(error);
  const facts = { details: { key, system_code: code ?? null }, cause: error };
  if (code === undefined || isEngineError(error)) return error instanceof Error ? error : new Error(String(error));
  if (code === 'ENOENT') return objectMissing(key, error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new OutsideUnavailable({
      code: 'disk_full',
      message: `No space left to write "${key}" into the warehouse. Free space; the task may then be tried again.`,
      ...facts,
    });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new TaskError({
      code: 'store_denied',
      message: `The warehouse's folder refuses access to "${key}" (${reason}). Give this user read and write rights on it.`,
      ...facts,
    });
  }
  return new OutsideUnavailable({
    code: 'store_unavailable',
    message: `The warehouse's folder could not serve "${key}" (${reason}).`,
    ...facts,
  });
}
