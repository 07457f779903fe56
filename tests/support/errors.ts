import { type EngineError, isEngineError } from '../../engine/errors';

/** The engine error that a piece of code throws; fails when it throws none, or something else. */
export function thrownBy(body: () => unknown): EngineError {
  try {
    body();
  } catch (error) {
    if (isEngineError(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** The code of the engine error that a piece of code throws. */
export function codeOf(body: () => unknown): string {
  return thrownBy(body).code;
}
