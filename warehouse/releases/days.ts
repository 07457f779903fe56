import { RequestError } from '../../engine/errors';
import type { DayRange } from '../types';

const dayMs = 86_400_000;
/** A century: longer ranges are a slip of the pen, and listing their days would only hide it. */
const mostDays = 36_600;

/** The days of half-open ranges, each once, in order. */
export function daysOf(ranges: readonly DayRange[]): readonly string[] {
  const days = new Set<string>();
  for (const range of ranges) {
    const [start, end] = [parseDay(range.start), parseDay(range.end)];
    if (end < start || (end - start) / dayMs > mostDays) throw badRange(range);
    for (let day = start; day < end; day += dayMs) days.add(new Date(day).toISOString().slice(0, 10));
  }
  return [...days].sort();
}

/** True for a day inside a half-open range. */
export function isInRange(day: string, { start, end }: DayRange): boolean {
  return day >= start && day < end;
}

/** The month that a day's files are listed under. */
export function monthOf(day: string): string {
  return day.slice(0, 7);
}

function parseDay(day: string): number {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw new RequestError({
    code: 'bad_interval',
    message: `"${day}" is no day. Write it as YYYY-MM-DD.`,
    details: { day },
  });
}

function badRange({ start, end }: DayRange): RequestError {
  return new RequestError({
    code: 'bad_interval',
    message: `The days from ${start} to before ${end} are no range that can be published: the end must not be before the start, nor a century after it.`,
    details: { start, end },
  });
}
