import { type ErrorDetails, isEngineError, TaskError } from '../../engine/errors';
import type { PortableError } from './messages';

/** Deep enough for any cause that helps a reader, bounded against a cause that causes itself. */
const MOST_CAUSES = 8;

/** An error that a thread threw, with the code, the verdict on retries and the stack that it had there. */
class ErrorInThread extends TaskError {
  override readonly retryable: boolean;

  constructor({ name, message, stack, code, cause }: PortableError, retryable: boolean, details: ErrorDetails) {
    super({ code: code ?? 'task_failed', message, details, ...(cause === null ? {} : { cause: reviveError(cause) }) });
    this.name = name;
    this.retryable = retryable;
    if (stack !== null) this.stack = stack;
  }
}

/** Turns whatever was thrown into plain data. */
export function portableError(error: unknown, depth = 0): PortableError {
  if (!(error instanceof Error)) {
    return { name: typeof error, message: String(error), stack: null, code: null, taxonomy: null, cause: null };
  }
  const code = (error as { readonly code?: unknown }).code;
  return {
    name: error.name,
    message: error.message,
    stack: error.stack ?? null,
    code: typeof code === 'string' ? code : null,
    taxonomy: isEngineError(error)
      ? { retryable: error.retryable, detailsJson: JSON.stringify(error.details) ?? '{}' }
      : null,
    cause: error.cause === undefined || depth >= MOST_CAUSES ? null : portableError(error.cause, depth + 1),
  };
}

/** The error again: one of the taxonomy keeps code, retries and details; any other keeps name, code and stack. */
export function reviveError(error: PortableError): Error {
  const { name, message, stack, code, taxonomy, cause } = error;
  if (taxonomy !== null)
    return new ErrorInThread(error, taxonomy.retryable, JSON.parse(taxonomy.detailsJson) as ErrorDetails);
  const revived = new Error(message, cause === null ? undefined : { cause: reviveError(cause) });
  revived.name = name;
  if (stack !== null) revived.stack = stack;
  return code === null ? revived : Object.assign(revived, { code });
}
