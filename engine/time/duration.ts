import { DefinitionError } from '../errors';

const unitMs = {
  millisecond: 1,
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
} as const;

type Unit = keyof typeof unitMs;

/** A length of time as people write it: `'10 minutes'`, `'1 hour'`, `'250 milliseconds'`. */
export type Duration = `${number} ${Unit | `${Unit}s`}`;

/** Milliseconds of a {@link Duration}; `bad_duration` names the option that holds a wrong one. */
export function durationMs(text: string, option: string): number {
  const match = /^(\d+(?:\.\d+)?) (millisecond|second|minute|hour|day|week)s?$/.exec(text);
  if (match === null) {
    throw new DefinitionError({
      code: 'bad_duration',
      message: `${option}: "${text}" is no duration. Write a number and a unit, such as "10 minutes" or "2 hours".`,
      details: { option, value: text },
    });
  }
  return Math.round(Number(match[1]) * unitMs[match[2] as Unit]);
}

/** A duration as short text for people: `340ms`, `4.2s`, `3m 05s`, `2h 10m`, `3d 4h`. */
export function shortDuration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.floor(ms))}ms`;
  if (ms < 60_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)}s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)}m ${pad(Math.floor((ms % 60_000) / 1_000))}s`;
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)}h ${pad(Math.floor((ms % 3_600_000) / 60_000))}m`;
  return `${Math.floor(ms / 86_400_000)}d ${Math.floor((ms % 86_400_000) / 3_600_000)}h`;
}

/** The same without zeros at its end, for lengths that people chose: `2h`, `1m 30s`. */
export function durationText(ms: number): string {
  return shortDuration(ms)
    .replace(/\.0s$/, 's')
    .replace(/ 0?0[msh]$/, '');
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
