import { DefinitionError, RequestError } from '../errors';
import { epochMs, isoInstant } from './instant';
import type { DataInterval } from './interval';
import { dayOf, isDay, plusDays, startOfDay } from './zone';

/**
 * Reads `START/END`: ISO dates or instants. A date means midnight in `timezone`; the range is
 * half-open, so one day is `2010-12-01/2010-12-02`.
 */
export function parseInterval(text: string, timezone: string): DataInterval {
  const [start, end, ...rest] = text.split('/');
  if (start === undefined || end === undefined || rest.length > 0) {
    throw badInterval(text, 'write START/END, such as 2010-12-01/2010-12-02');
  }
  const interval = { start: parsePoint(start, text, timezone), end: parsePoint(end, text, timezone) };
  if (epochMs(interval.start) >= epochMs(interval.end)) throw badInterval(text, 'its end is not after its start');
  return interval;
}

/** The calendar days of an interval, each as an interval of its own; the first and last may be parts of days. */
export function splitByDay(interval: DataInterval, timezone: string): readonly DataInterval[] {
  const days: DataInterval[] = [];
  let start = interval.start;
  while (epochMs(start) < epochMs(interval.end)) {
    const midnight = startOfDay(plusDays(dayOf(start, timezone), 1), timezone);
    const end = epochMs(midnight) < epochMs(interval.end) ? midnight : interval.end;
    days.push({ start, end });
    start = end;
  }
  return days;
}

const pointForm = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** An ISO date (midnight in `timezone`) or instant, as an instant; `bad_interval` quotes what it cannot read. */
export function parsePoint(point: string, whole: string, timezone: string): string {
  const [, day = '', time] = pointForm.exec(point) ?? [];
  const ms = isDay(day) ? epochMs(point) : Number.NaN;
  if (Number.isNaN(ms)) throw badInterval(whole, `"${point}" is neither a date nor an instant with a zone`);
  return time === undefined ? startOfDay(day, timezone) : isoInstant(ms);
}

function badInterval(text: string, why: string): RequestError {
  return new RequestError({
    code: 'bad_interval',
    message: `Interval "${text}": ${why}.`,
    details: { interval: text, why },
  });
}

/** A `startDate` or `endDate` of a DAG as an instant. */
export function parseBound(text: string, option: string, timezone: string): string {
  try {
    return parsePoint(text, text, timezone);
  } catch {
    throw new DefinitionError({
      code: 'bad_date',
      message: `${option}: "${text}" is neither a date (2010-12-01) nor an instant (2010-12-01T06:00:00Z).`,
      details: { option, value: text },
    });
  }
}
