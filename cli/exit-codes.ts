import { DefinitionError, EngineBug, isEngineError, OutsideUnavailable, RequestError } from '../engine/errors';

/** What the exit code of every command means; `tidemill --help` prints it. */
export const exitCodes = {
  ok: 0,
  /** The work was done and went wrong: a run ended failed. */
  failed: 1,
  /** The request was wrong: an unknown name, a bad option, a broken DAG file. */
  badRequest: 2,
  /** Something outside is not available: no Temporal server, no worker. */
  unavailable: 3,
  /** An invariant broke: a bug of ours. */
  bug: 4,
  /** 128 + 2, as a shell says it after Ctrl-C. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodesText = [
  'Exit codes:',
  '  0    all went well',
  '  1    the work went wrong, for instance a run ended failed',
  '  2    the request was wrong: an unknown name, a bad option, a broken DAG file',
  '  3    something outside is not available: no Temporal server, no worker',
  '  4    a bug in Tidemill',
  '  130  stopped by Ctrl-C (143 by SIGTERM; a worker ends it with 0)',
].join('\n');

/** Ends a command with an exit code when all that is to be said has been said. */
export class ExitWith extends Error {
  constructor(readonly exitCode: ExitCode) {
    super(`exit ${exitCode}`);
  }
}

/** gRPC status codes that mean that nobody answers: deadline exceeded, unavailable. */
const silentStatus = new Set([4, 14]);

/** The exit code that an error stands for. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof ExitWith) return error.exitCode;
  if (error instanceof OutsideUnavailable || isServerSilent(error)) return exitCodes.unavailable;
  if (error instanceof RequestError || error instanceof DefinitionError || isNamespaceUnknown(error))
    return exitCodes.badRequest;
  if (error instanceof EngineBug) return exitCodes.bug;
  return isEngineError(error) ? exitCodes.failed : exitCodes.bug;
}

/** True for Temporal's own error about a namespace that it does not have. */
export function isNamespaceUnknown(error: unknown): boolean {
  return error instanceof Error && error.name === 'NamespaceNotFoundError';
}

/** True for an error of the connection to Temporal, which arrives as gRPC's own. */
export function isServerSilent(error: unknown): boolean {
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    if ('code' in one && typeof one.code === 'number' && silentStatus.has(one.code)) return true;
  }
  return false;
}
