import type { Json } from '../engine';
import { mask } from './connection';

/** Shorter ones would turn up in words that have nothing to do with them; a lookup refuses them. */
export const shortestSecret = 4;

/**
 * Takes known secrets out of all that leaves this process: as they are, and as URLs, JSON and HTTP headers spell
 * them. What it has not been told of it cannot know.
 */
export class Redactor {
  private readonly secrets = new Set<string>();
  /** Longest first, so that a secret within another leaves nothing of it over. */
  private spellings: readonly string[] = [];

  /** Takes note of secrets for as long as the process lives. */
  learn(secrets: readonly string[]): void {
    const news = secrets.filter((secret) => secret.length >= shortestSecret && !this.secrets.has(secret));
    if (news.length === 0) return;
    for (const secret of news) this.secrets.add(secret);
    const all = [...this.secrets].flatMap(spellingsOf);
    this.spellings = [...new Set(all)].sort((a, b) => b.length - a.length);
  }

  text(text: string): string {
    return this.spellings.reduce(
      (clean, secret) => (clean.includes(secret) ? clean.replaceAll(secret, mask) : clean),
      text,
    );
  }

  /** Every text in a JSON value, names of members included. */
  json<Value extends Json>(value: Value): Value {
    return this.spellings.length === 0 ? value : (this.visit(value) as Value);
  }

  private visit(value: Json): Json {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number') return this.isSecretNumber(value) ? mask : value;
    if (Array.isArray(value)) return value.map((item: Json) => this.visit(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [this.text(name), this.visit(member)]));
  }

  private isSecretNumber(value: number): boolean {
    return this.secrets.has(String(value));
  }
}

function spellingsOf(secret: string): readonly string[] {
  const inJson = JSON.stringify(secret).slice(1, -1);
  const inUrl = encodeURIComponent(secret);
  const inForm = inUrl.replaceAll('%20', '+');
  const inHeader = Buffer.from(secret).toString('base64');
  return [secret, inJson, JSON.stringify(inJson).slice(1, -1), inUrl, inForm, inHeader];
}
