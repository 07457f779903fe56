/** Milliseconds since 1970 of an ISO 8601 instant. */
export function epochMs(instant: string): number {
  return Date.parse(instant);
}

/** ISO 8601 in UTC; whole seconds are written without a fraction: `2010-12-01T00:00:00Z`. */
export function isoInstant(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/** ISO 8601 in UTC, always with milliseconds: `2026-11-20T08:15:30.042Z`. */
export function isoInstantMs(ms: number): string {
  return new Date(ms).toISOString();
}

/** `instant` moved by milliseconds. */
export function plusMs(instant: string, ms: number): string {
  return isoInstant(epochMs(instant) + ms);
}
