import { isEngineError } from '../engine/errors';
import { ExitWith, isNamespaceUnknown, isServerSilent } from './exit-codes';
import { paintFor } from './style';

/** Says what went wrong: message and code; the stack for `--debug` alone. */
export function reportError(error: unknown, options: { readonly isDebug: boolean }): void {
  if (error instanceof ExitWith) return;
  const paint = paintFor(process.stderr);
  const { code, message } = describe(error);
  const hint = code === 'unexpected' && !options.isDebug ? ' (run it again with --debug for the stack)' : '';
  process.stderr.write(`${paint.red('error:')} ${message}\n${paint.dim(`code: ${code}${hint}`)}\n`);
  if (!options.isDebug) return;
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    process.stderr.write(`${one === error ? '' : 'caused by '}${one.stack ?? one.message}\n`);
    if (isEngineError(one)) process.stderr.write(`details: ${JSON.stringify(one.details)}\n`);
  }
}

function describe(error: unknown): { readonly code: string; readonly message: string } {
  if (isEngineError(error)) return { code: error.code, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  if (isServerSilent(error)) {
    const why = error instanceof Error && error.cause instanceof Error ? error.cause.message : message;
    return { code: 'temporal_silent', message: `The Temporal server does not answer (${why}). Is it still running?` };
  }
  if (isNamespaceUnknown(error)) {
    return { code: 'unknown_namespace', message: `${message}. Give one that the server has with --namespace.` };
  }
  return { code: 'unexpected', message };
}
