/** JSON text; null for what JSON cannot hold (a function, a bigint, an object that holds itself). */
export function jsonOrNull(value: unknown, replacer?: (key: string, value: unknown) => unknown): string | null {
  try {
    return (JSON.stringify(value, replacer) as string | undefined) ?? null;
  } catch {
    return null;
  }
}
