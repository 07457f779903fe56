import { didYouMean, RequestError } from '../engine';
import { type Connection, isSecretName, parseConnection, secretsOf } from './connection';
import { Redactor, shortestSecret } from './redactor';
import type { Kind, Source } from './sources';

/** One connection or variable that is known to be there, and where it comes from. */
export interface Listed {
  readonly id: string;
  readonly source: string;
}

/**
 * Connections and variables of a process: looked up in its sources in their order, the first that has one wins. It
 * knows every secret that it has given away, and takes it out of what leaves the process.
 */
export class Vault {
  readonly redactor = new Redactor();

  constructor(private readonly sources: readonly Source[]) {}

  /** Reads all that can be listed, so that its secrets are known before anybody prints them. What is broken is told when it is asked for. */
  async learnAll(): Promise<void> {
    for (const { id } of this.list('connection')) await this.connection(id).catch(() => undefined);
    for (const { id } of this.list('variable')) await this.variable(id).catch(() => undefined);
  }

  /** Throws `unknown_connection` with the nearest id, `bad_connection`, or `secret_too_short`. */
  async connection(id: string): Promise<Connection> {
    const connection = parseConnection(id, (await this.find('connection', id)).text);
    const secrets = secretsOf(connection);
    this.redactor.learn(secrets);
    if (secrets.some((secret) => secret.length < shortestSecret)) throw secretTooShort('Connection', id);
    return connection;
  }

  /** Throws `unknown_variable` with the nearest id, or `secret_too_short`. */
  async variable(id: string): Promise<string> {
    const { text, source } = await this.find('variable', id);
    if (!isSecretVariable(id, source)) return text;
    this.redactor.learn([text]);
    if (text.length < shortestSecret) throw secretTooShort('Variable', id);
    return text;
  }

  /** Where one comes from; the id must be known. */
  async sourceOf(kind: Kind, id: string): Promise<string> {
    return (await this.find(kind, id)).source.name;
  }

  /** What the sources can list, each once, sorted. */
  list(kind: Kind): readonly Listed[] {
    const found = new Map<string, string>();
    for (const source of this.sources)
      for (const id of source.list(kind)) if (!found.has(id)) found.set(id, source.name);
    return [...found].map(([id, source]) => ({ id, source })).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  private async find(kind: Kind, id: string): Promise<{ readonly text: string; readonly source: Source }> {
    for (const source of this.sources) {
      const text = await source.find(kind, id);
      if (text !== null) return { text, source };
    }
    throw this.unknown(kind, id);
  }

  private unknown(kind: Kind, id: string): RequestError {
    const known = this.list(kind).map((one) => one.id);
    const places = this.sources.map((source) => source.name).join(', ');
    const message = `There is no ${kind} "${id}" (looked in: ${places}).${didYouMean(id, known)}`;
    return kind === 'connection'
      ? new RequestError({ code: 'unknown_connection', message, details: { connection: id, known } })
      : new RequestError({ code: 'unknown_variable', message, details: { variable: id, known } });
  }
}

/** A variable is a secret by its name, or because it comes from where secrets are kept. */
export function isSecretVariable(id: string, source: Pick<Source, 'name'>): boolean {
  return isSecretName(id) || source.name === 'secrets command';
}

function secretTooShort(what: string, id: string): RequestError {
  return new RequestError({
    code: 'secret_too_short',
    message: `${what} ${id} has a secret of fewer than ${shortestSecret} characters, which cannot be kept out of logs: it would be in half of the words. Make it longer.`,
    details: { id },
  });
}
