import { connect } from 'node:net';
import { join } from 'node:path';
import { type EngineError, OutsideUnavailable, RequestError } from '../engine/errors';
import { findInFolder, findOnPath, inspectExecutable, type TemporalExecutable } from './executable';
import { cacheFolder, tidemillHome } from './home';
import { installBySdk, installWithGo } from './install';

const answerWithinMs = 5000;

/** A server that is already there, or a program that can be started as one. */
export type FoundTemporal =
  | { readonly kind: 'running'; readonly address: string; readonly source: 'TEMPORAL_ADDRESS' }
  | ({ readonly kind: 'executable'; readonly source: TemporalSource } & TemporalExecutable);

export type TemporalSource = 'path' | 'cache' | 'sdk_download' | 'go_install';

export interface FindOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Tidemill's home; its `cache` holds what is installed. */
  readonly home?: string;
  /** Gets a line when something takes long; standard error when left out. */
  readonly report?: (line: string) => void;
}

/**
 * Finds a Temporal server: TEMPORAL_ADDRESS, `temporal` on the PATH, one in the cache, the SDK's download, `go
 * install`, in this order; the last two install it into the cache. TEMPORAL_ADDRESS is taken at its word: when
 * nothing answers there it is an error (`temporal_unreachable`), not a reason to start another server. Rejects with
 * `temporal_not_found`, which says for every way why it failed.
 */
export async function findTemporalServer(options: FindOptions = {}): Promise<FoundTemporal> {
  const env = options.env ?? process.env;
  if (env.TEMPORAL_ADDRESS !== undefined && env.TEMPORAL_ADDRESS !== '') return running(env.TEMPORAL_ADDRESS);

  const folder = join(cacheFolder(options.home ?? tidemillHome(env)), 'bin');
  const needs = { folder, env, report: options.report ?? sayOnStandardError };
  const reasons: { readonly way: string; readonly reason: string }[] = [{ way: 'TEMPORAL_ADDRESS', reason: 'not set' }];
  for (const { way, source, attempt } of ways(needs)) {
    const found = await attempt();
    if (typeof found !== 'string') return { kind: 'executable', source, ...found };
    reasons.push({ way, reason: found });
  }
  throw notFound(reasons, folder);
}

interface Way {
  readonly way: string;
  readonly source: TemporalSource;
  readonly attempt: () => Promise<TemporalExecutable | string>;
}

function ways(needs: Parameters<typeof installWithGo>[0]): readonly Way[] {
  const { env, folder } = needs;
  return [
    {
      way: '"temporal" on the PATH',
      source: 'path',
      attempt: () => firstThatRuns(findOnPath('temporal', env), 'there is none'),
    },
    {
      way: 'one installed in the cache',
      source: 'cache',
      attempt: () => firstThatRuns(findInFolder(folder), `there is none in ${folder}`),
    },
    { way: "the SDK's download", source: 'sdk_download', attempt: () => installBySdk(needs) },
    { way: 'go install', source: 'go_install', attempt: () => installWithGo(needs) },
  ];
}

async function firstThatRuns(paths: readonly string[], none: string): Promise<TemporalExecutable | string> {
  const reasons: string[] = [];
  for (const path of paths) {
    const found = await inspectExecutable(path);
    if (typeof found !== 'string') return found;
    reasons.push(found);
  }
  return reasons.length === 0 ? none : reasons.join('; ');
}

async function running(address: string): Promise<FoundTemporal> {
  const reason = await whyUnreachable(address);
  if (reason === null) return { kind: 'running', address, source: 'TEMPORAL_ADDRESS' };
  throw new RequestError({
    code: 'temporal_unreachable',
    message:
      `Nothing answers at TEMPORAL_ADDRESS "${address}": ${reason}. Start that server, correct the address ` +
      '(host:port), or unset TEMPORAL_ADDRESS to have a server started here.',
    details: { address, reason },
  });
}

function whyUnreachable(address: string): Promise<string | null> {
  const match = /^\[?([^\]/]+?)\]?:(\d{1,5})$/.exec(address);
  if (match === null || Number(match[2]) > 65_535) return Promise.resolve('it is not of the form host:port');
  return new Promise((resolve) => {
    const socket = connect({ host: match[1] ?? '', port: Number(match[2]) });
    const finish = (reason: string | null) => {
      socket.destroy();
      resolve(reason);
    };
    socket.setTimeout(answerWithinMs, () => finish(`no answer within ${answerWithinMs / 1000} s`));
    socket.once('connect', () => finish(null));
    socket.once('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
  });
}

function notFound(reasons: readonly { readonly way: string; readonly reason: string }[], folder: string): EngineError {
  const tried = reasons.map(({ way, reason }, index) => `  ${index + 1}. ${way}: ${reason}`).join('\n');
  return new OutsideUnavailable({
    code: 'temporal_not_found',
    message:
      `No Temporal server was found, and none could be installed. Tried, in this order:\n${tried}\n` +
      'Do one of these: set TEMPORAL_ADDRESS to a running server (host:port); put the "temporal" program ' +
      `(https://docs.temporal.io/cli) on the PATH or into ${folder}; install Go (https://go.dev/dl) and try again.`,
    details: { tried: reasons },
  });
}

function sayOnStandardError(line: string): void {
  process.stderr.write(`${line}\n`);
}
