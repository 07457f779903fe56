import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { isJsonObject, type Json, OutsideUnavailable, RequestError } from '../engine';

export type Kind = 'connection' | 'variable';

/** A place where connections and variables are looked up. */
export interface Source {
  readonly name: string;
  /** What it holds; empty for one that has to be asked by name. */
  list(kind: Kind): readonly string[];
  /** The text of one; null when the source does not have it. */
  find(kind: Kind, id: string): Promise<string | null>;
}

const prefixes: { readonly [kind in Kind]: string } = { connection: 'TIDEMILL_CONN_', variable: 'TIDEMILL_VAR_' };

/** `TIDEMILL_CONN_<ID>` and `TIDEMILL_VAR_<ID>`: the id in capitals, all but letters and digits as `_`. */
export function environmentSource(env: NodeJS.ProcessEnv): Source {
  return {
    name: 'environment',
    list: (kind) =>
      Object.keys(env)
        .filter((name) => name.startsWith(prefixes[kind]) && (env[name] ?? '') !== '')
        .map((name) => name.slice(prefixes[kind].length).toLowerCase())
        .sort(),
    find: async (kind, id) => {
      const value = env[`${prefixes[kind]}${id.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`];
      return value === undefined || value === '' ? null : value;
    },
  };
}

/** A YAML or JSON file: `connections` by id (a URI or an object), `variables` by id. Read anew at every lookup. */
export function fileSource(path: string): Source {
  const members = (kind: Kind): { readonly [id: string]: Json } => readSection(path, `${kind}s`);
  return {
    name: `file ${path}`,
    list: (kind) => Object.keys(members(kind)).sort(),
    find: async (kind, id) => {
      const value = members(kind)[id];
      if (value === undefined || value === null) return null;
      return typeof value === 'string' ? value : JSON.stringify(value);
    },
  };
}

function readSection(path: string, section: string): { readonly [id: string]: Json } {
  const content = readContent(path);
  if (content === null) return {};
  const known = ['connections', 'variables'];
  const unknown = isJsonObject(content) ? Object.keys(content).find((name) => !known.includes(name)) : '';
  if (!isJsonObject(content) || unknown !== undefined) {
    throw badFile(
      path,
      `its sections are ${known.join(' and ')}${unknown === '' || unknown === undefined ? '' : `; "${unknown}" is none`}`,
    );
  }
  const members = content[section] ?? {};
  if (!isJsonObject(members)) throw badFile(path, `${section} is no list of ids with values`);
  return members;
}

function readContent(path: string): Json {
  try {
    return parse(readFileSync(path, 'utf8')) as Json;
  } catch (error) {
    // What a parser says quotes the text around the mistake, and a secret may be in it.
    const { code, linePos } = error as {
      readonly code?: string;
      readonly linePos?: readonly { readonly line: number }[];
    };
    if (code === 'ENOENT') throw badFile(path, 'it does not exist');
    throw badFile(
      path,
      linePos?.[0] === undefined ? `it cannot be read (${code})` : `line ${linePos[0].line} is no YAML`,
    );
  }
}

function badFile(path: string, why: string): RequestError {
  return new RequestError({
    code: 'bad_secrets_file',
    message: `The file of connections and variables, ${path}: ${why}. TIDEMILL_SECRETS_FILE names it.`,
    details: { path },
  });
}

export interface CommandOptions {
  readonly command: string;
  readonly timeoutMs: number;
  /** How long an answer is taken for true. */
  readonly cacheMs: number;
}

/** More than any connection has; what prints more is the wrong program. */
const maxAnswerBytes = 64 * 1024;

/**
 * Any program: called by the shell with `connection` or `variable` and the id as its arguments, it prints the value,
 * or nothing when it has none. What it prints on standard error is its own business and is not kept.
 */
export function commandSource({ command, timeoutMs, cacheMs }: CommandOptions): Source {
  const answers = new Map<string, { readonly until: number; readonly answer: Promise<string | null> }>();
  return {
    name: 'secrets command',
    list: () => [],
    find: (kind, id) => {
      const key = `${kind} ${id}`;
      const cached = answers.get(key);
      if (cached !== undefined && cached.until > Date.now()) return cached.answer;
      const answer = ask(command, kind, id, timeoutMs);
      answers.set(key, { until: Date.now() + cacheMs, answer });
      // A failure is told to all who wait for it, and asked again by the next one.
      answer.catch(() => answers.delete(key));
      return answer;
    },
  };
}

function ask(command: string, kind: Kind, id: string, timeoutMs: number): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', `${command} "$@"`, 'sh', kind, id], {
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    const chunks: Buffer[] = [];
    const timer = setTimeout(() => end(`it took longer than ${timeoutMs / 1_000} s`), timeoutMs);
    const end = (why: string): void => {
      clearTimeout(timer);
      // The shell may have started others, which are of its group.
      if (child.pid !== undefined && child.exitCode === null) killGroup(child.pid);
      reject(commandFailed(kind, id, why));
    };
    let byteCount = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      byteCount += chunk.length;
      if (byteCount > maxAnswerBytes) end(`it printed more than ${maxAnswerBytes} bytes`);
      else chunks.push(chunk);
    });
    child.once('error', (error) => end(error.message));
    child.once('close', (code, signal) => {
      if (code !== 0) return end(signal === null ? `it ended with ${code}` : `it was ended by ${signal}`);
      clearTimeout(timer);
      const text = Buffer.concat(chunks)
        .toString('utf8')
        .replace(/\r?\n$/, '');
      resolve(text === '' ? null : text);
    });
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself meanwhile.
  }
}

function commandFailed(kind: Kind, id: string, why: string): OutsideUnavailable {
  return new OutsideUnavailable({
    code: 'secrets_command_failed',
    message: `The secrets command did not answer for ${kind} ${id}: ${why}. Try it by hand: $TIDEMILL_SECRETS_COMMAND ${kind} ${id}`,
    details: { kind, id, why },
  });
}
