/** A value that survives `JSON.stringify` and back unchanged: the only kind that crosses Temporal. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Tells a plain JSON object from the other JSON values. */
export function isJsonObject(value: unknown): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * JSON text with the keys of every object in code-unit order and `undefined` members left out, so
 * that equal values give equal text (after RFC 8785's ordering rule).
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => (isJsonObject(member) ? sortKeys(member) : member));
}

function sortKeys(object: { readonly [key: string]: unknown }): { readonly [key: string]: unknown } {
  const names = Object.keys(object).sort();
  return Object.fromEntries(names.map((name) => [name, object[name]]));
}
