import { isJsonObject, type Json, RequestError } from '../engine';

/** How to reach something outside. Plain data: handlers take what they need of it. */
export interface Connection {
  readonly id: string;
  /** What it leads to: `postgres`, `https`, `smtp`, … */
  readonly type: string;
  readonly host: string | null;
  readonly port: number | null;
  readonly login: string | null;
  readonly password: string | null;
  /** Behind the host: a database, a path. */
  readonly path: string | null;
  /** All that its type needs besides. */
  readonly extra: { readonly [name: string]: string };
}

const fields = ['type', 'host', 'port', 'login', 'password', 'path', 'extra'] as const;

/** Names of extras and variables whose values are secrets. */
const secretName =
  /passw|secret|token|credential|private|passphrase|authorization|(^|_|-)key($|_|-)|api_?key|access_?key/i;

export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/**
 * Reads a connection from a URI (`postgres://ada:secret@host:5432/shop?sslmode=require`) or a JSON object with the
 * same parts. `bad_connection` says what is wrong and never quotes the text: a password may be in it.
 */
export function parseConnection(id: string, text: string): Connection {
  const trimmed = text.trim();
  return trimmed.startsWith('{') ? fromJson(id, trimmed) : fromUri(id, trimmed);
}

function fromUri(id: string, text: string): Connection {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1];
  if (scheme === undefined) throw badConnection(id, 'it begins with no "type://" and is no JSON object');
  // The parser treats the schemes of the web alone as having a host; what a scheme means is not its business here.
  const url = urlOrNull(`http${text.slice(scheme.length)}`);
  if (url === null)
    throw badConnection(
      id,
      'its host, port or path cannot be read; encode "@", ":", "/" and "%" in a password as %40, %3A, %2F and %25',
    );
  const path = decode(id, url.pathname).replace(/^\//, '');
  return {
    id,
    type: scheme.toLowerCase(),
    host: url.hostname === noHost ? null : url.hostname,
    port: url.port === '' ? null : Number(url.port),
    login: url.username === '' ? null : decode(id, url.username),
    password: url.password === '' ? null : decode(id, url.password),
    path: path === '' ? null : path,
    extra: Object.fromEntries(url.searchParams),
  };
}

/** Stands for the host of a URI that has none (`sqlite:///file`), which the web does not know. */
const noHost = 'no-host.invalid';

function urlOrNull(text: string): URL | null {
  const withHost = text.replace(/^http:\/\/(?=[/?]|$)/, `http://${noHost}`);
  return URL.canParse(withHost) ? new URL(withHost) : null;
}

function decode(id: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw badConnection(id, 'a "%" in it is followed by no two hex digits; write %25 for the sign itself');
  }
}

function fromJson(id: string, text: string): Connection {
  const json = jsonOrNull(text);
  if (!isJsonObject(json)) throw badConnection(id, 'it begins like a JSON object and is none');
  const unknown = Object.keys(json).find((name) => !(fields as readonly string[]).includes(name));
  if (unknown !== undefined) throw badConnection(id, `it has no part "${unknown}"; there are: ${fields.join(', ')}`);
  if (typeof json.type !== 'string' || json.type === '') throw badConnection(id, 'it has no "type"');
  const port = json.port === undefined || json.port === null ? null : Number(json.port);
  if (port !== null && !(Number.isInteger(port) && port > 0 && port < 65_536))
    throw badConnection(id, 'its port is no port number');
  const extra = isJsonObject(json.extra ?? null) ? (json.extra as { readonly [name: string]: Json }) : {};
  return {
    id,
    type: json.type.toLowerCase(),
    host: textOrNull(json.host),
    port,
    login: textOrNull(json.login),
    password: textOrNull(json.password),
    path: textOrNull(json.path),
    extra: Object.fromEntries(
      Object.entries(extra).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
    ),
  };
}

function jsonOrNull(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

function textOrNull(value: Json | undefined): string | null {
  return value === undefined || value === null || value === '' ? null : String(value);
}

/** The parts of a connection that nobody else may see. */
export function secretsOf(connection: Connection): readonly string[] {
  const { login, password, extra } = connection;
  const extras = Object.entries(extra).flatMap(([name, value]) => (isSecretName(name) ? [value] : []));
  const pair = login === null || password === null ? [] : [`${login}:${password}`];
  return [...(password === null ? [] : [password]), ...extras, ...pair];
}

/** A connection as it may be shown. */
export function masked(connection: Connection): Connection {
  const extra = Object.entries(connection.extra).map(([name, value]) => [name, isSecretName(name) ? mask : value]);
  return { ...connection, password: connection.password === null ? null : mask, extra: Object.fromEntries(extra) };
}

export const mask = '***';

function badConnection(id: string, why: string): RequestError {
  return new RequestError({
    code: 'bad_connection',
    message: `Connection ${id}: ${why}. Write it as type://login:password@host:port/path?name=value, or as a JSON object.`,
    details: { connection: id },
  });
}
