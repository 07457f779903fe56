/**
 * The error taxonomy. A code is stable and documented (`docs/errors.md`); `retryable` is decided here,
 * where the error is born. Classes do not cross Temporal, codes do: never test with `instanceof`
 * what came from another process, use {@link isEngineError}.
 */

/** Facts of an error, as plain JSON: what a program reads instead of parsing the message. */
export type ErrorDetails = { readonly [key: string]: unknown };

interface ErrorFacts {
  readonly code: string;
  readonly message: string;
  readonly details?: ErrorDetails | undefined;
  readonly cause?: unknown;
}

/** The root of every error that Tidemill raises on purpose. */
export abstract class EngineError extends Error {
  readonly code: string;
  readonly details: ErrorDetails;
  abstract readonly retryable: boolean;

  constructor({ code, message, details, cause }: ErrorFacts) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.details = details ?? {};
  }
}

/** Thrown when a DAG file is wrong: the author's mistake, found when the file is loaded. */
export class DefinitionError extends EngineError {
  readonly retryable = false;
}

/** Thrown when a request is wrong: the operator's mistake, found at the door. */
export class RequestError extends EngineError {
  readonly retryable = false;
}

/** Thrown when a task's work fails for a reason that will not go away by itself. */
export class TaskError extends EngineError {
  readonly retryable: boolean = false;
}

/** Thrown when an author's function threw something of its own; `cause` keeps it whole. */
export class UserCodeFailed extends EngineError {
  readonly retryable = true;

  constructor(cause: unknown) {
    const message = cause instanceof Error ? cause.message : String(cause);
    super({ code: 'user_code_failed', message, details: { name: nameOf(cause) }, cause });
  }
}

/** Thrown when DuckDB refuses or aborts a statement of a SQL model. */
export class SqlFailed extends TaskError {
  constructor({ model, statement, message }: { model: string; statement: string; message: string }) {
    super({
      code: 'sql_failed',
      message: `SQL of ${model} failed: ${message}`,
      details: { model, statement: statement.slice(0, 2000), duckdb: message },
    });
  }
}

/** Thrown when a check returned rows; a check is a query that must return none. */
export class QualityCheckFailed extends TaskError {
  constructor({ check, failingRows, sample }: { check: string; failingRows: number; sample: readonly unknown[] }) {
    const shown = sample.slice(0, 5);
    super({
      code: 'quality_check_failed',
      message: `Check ${check} found ${failingRows} failing row${failingRows === 1 ? '' : 's'}, first: ${JSON.stringify(shown[0] ?? null)}`,
      details: { check, failing_rows: failingRows, sample: shown },
    });
  }
}

/** Thrown when the world outside is not available now: store throttled, connection lost, disk full. */
export class OutsideUnavailable extends TaskError {
  override readonly retryable = true;
}

/** Thrown by a handler to end its task as skipped: no failure, no retry. */
export class SkipTask extends EngineError {
  readonly retryable = false;

  constructor(reason: string) {
    super({ code: 'task_skipped', message: reason });
  }
}

/** Thrown by a handler to fail its task for good, whatever tries are left. */
export class FailTask extends TaskError {
  constructor(reason: string, details?: ErrorDetails) {
    super({ code: 'task_failed', message: reason, details });
  }
}

/** Thrown when an invariant of the engine broke. */
export class EngineBug extends EngineError {
  readonly retryable = false;

  constructor(message: string, details?: ErrorDetails) {
    super({ code: 'engine_bug', message: `${message}; this is a bug in the engine`, details });
  }
}

/** True for any {@link EngineError}, also one made by another copy of this module. */
export function isEngineError(error: unknown): error is EngineError {
  return (
    error instanceof Error &&
    typeof (error as Partial<EngineError>).code === 'string' &&
    'retryable' in error &&
    'details' in error
  );
}

/** Closes a `switch` over a union: a new member without a case fails to compile. */
export function assertNever(value: never): never {
  throw new EngineBug(`Unexpected value ${JSON.stringify(value)}`);
}

/**
 * The candidate nearest to a name by edit distance (Levenshtein), or null when none is close enough
 * to be what was meant.
 */
export function nearestName(name: string, candidates: readonly string[]): string | null {
  const bound = Math.max(2, Math.floor(name.length / 3));
  let best: { candidate: string; distance: number } | null = null;
  for (const candidate of candidates) {
    const distance = editDistance(name, candidate);
    if (distance <= bound && (best === null || distance < best.distance)) best = { candidate, distance };
  }
  return best?.candidate ?? null;
}

/** " Did you mean X?" when a near name exists, else the empty string: the tail of an "unknown …" message. */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const nearest = nearestName(name, candidates);
  return nearest === null ? '' : ` Did you mean "${nearest}"?`;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const substitution = Number(previous[column - 1]) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(Number(previous[column]) + 1, Number(current[column - 1]) + 1, substitution));
    }
    previous = current;
  }
  return Number(previous[b.length]);
}

function nameOf(cause: unknown): string {
  return cause instanceof Error ? cause.name : typeof cause;
}
