import { isJsonObject, type Json } from '../json';

/** Names an instance after its input; at most so long, for it stands in tables. */
export function renderIndex(template: string | null, input: Json): string | null {
  if (template === null) return null;
  const text = template.replace(/\{([^{}]*)\}/g, (_whole, path: string) => {
    const value = path.split('.').reduce<Json>((at, key) => (isJsonObject(at) ? (at[key] ?? null) : null), input);
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
  return text.slice(0, 80);
}
