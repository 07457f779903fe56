import { DefinitionError } from '../errors';

/** A parsed five-field cron expression: the values at which each field matches, ascending. */
export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly daysOfMonth: readonly number[];
  readonly months: readonly number[];
  /** 0 = Sunday … 6 = Saturday. */
  readonly daysOfWeek: readonly number[];
  /** False when the field was `*`: then the other day field alone decides (cron's OR rule). */
  readonly restrictsDayOfMonth: boolean;
  readonly restrictsDayOfWeek: boolean;
  /** True when the hour field was `*`: the schedule is hourly, so a repeated hour counts twice. */
  readonly isHourly: boolean;
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly words: readonly string[];
}

const monthWords = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dayWords = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const fields = {
  minute: { name: 'minute', min: 0, max: 59, words: [] },
  hour: { name: 'hour', min: 0, max: 23, words: [] },
  dayOfMonth: { name: 'day of month', min: 1, max: 31, words: [] },
  month: { name: 'month', min: 1, max: 12, words: monthWords },
  dayOfWeek: { name: 'day of week', min: 0, max: 7, words: dayWords },
} as const satisfies Record<string, Field>;

const nicknames: { readonly [name: string]: string } = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/**
 * Parses a five-field cron expression as Vixie's cron reads it: lists, ranges, steps, names, 7 for
 * Sunday, and day-of-month OR day-of-week when both are restricted. `bad_cron` names the field.
 */
export function parseCron(text: string): Cron {
  const parts = (nicknames[text] ?? text).trim().split(/\s+/);
  const [minute, hour, dayOfMonth, month, dayOfWeek] = parts;
  if (
    parts.length !== 5 ||
    minute === undefined ||
    hour === undefined ||
    dayOfMonth === undefined ||
    month === undefined ||
    dayOfWeek === undefined
  ) {
    throw badCron(text, `it has ${parts.length} fields, not five (minute hour day month weekday)`);
  }
  const read = (part: string, field: Field): number[] => fieldValues(text, part, field);
  return {
    minutes: read(minute, fields.minute),
    hours: read(hour, fields.hour),
    daysOfMonth: read(dayOfMonth, fields.dayOfMonth),
    months: read(month, fields.month),
    daysOfWeek: distinct(read(dayOfWeek, fields.dayOfWeek).map((day) => day % 7)),
    restrictsDayOfMonth: !dayOfMonth.startsWith('*'),
    restrictsDayOfWeek: !dayOfWeek.startsWith('*'),
    isHourly: hour === '*',
  };
}

/** True when a calendar day (weekday: 0 = Sunday) is one on which the expression fires. */
export function matchesDay(cron: Cron, day: { month: number; dayOfMonth: number; dayOfWeek: number }): boolean {
  if (!cron.months.includes(day.month)) return false;
  const byMonth = cron.daysOfMonth.includes(day.dayOfMonth);
  const byWeek = cron.daysOfWeek.includes(day.dayOfWeek);
  return cron.restrictsDayOfMonth && cron.restrictsDayOfWeek ? byMonth || byWeek : byMonth && byWeek;
}

function fieldValues(text: string, part: string, field: Field): number[] {
  return distinct(part.split(',').flatMap((item) => itemValues(text, item, field)));
}

function itemValues(text: string, item: string, field: Field): number[] {
  const match = /^(\*|[a-z0-9]+)(?:-([a-z0-9]+))?(?:\/(\d+))?$/i.exec(item);
  if (match?.[1] === undefined || (match[1] === '*' && match[2] !== undefined)) {
    throw badCron(text, `"${item}" is not understood as ${field.name}`);
  }
  const step = match[3] === undefined ? 1 : Number(match[3]);
  const isRange = match[1] === '*' || match[2] !== undefined || match[3] !== undefined;
  const low = match[1] === '*' ? field.min : fieldNumber(text, match[1], field);
  const high = match[2] === undefined ? openEnd(field, isRange, low) : fieldNumber(text, match[2], field);
  if (step < 1 || low > high) throw badCron(text, `"${item}" is an empty range of ${field.name}`);
  return Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, index) => low + index * step);
}

/** Where `5/10` and `*` end; a lone number ends at itself. Weekday 7 is Sunday again, so `*` stops at 6. */
function openEnd(field: Field, isRange: boolean, low: number): number {
  if (!isRange) return low;
  return field.words === dayWords ? 6 : field.max;
}

function fieldNumber(text: string, token: string, field: Field): number {
  const word = field.words.indexOf(token.toLowerCase());
  const value = word >= 0 ? word + (field.words === monthWords ? 1 : 0) : Number(token);
  if (!Number.isInteger(value) || value < field.min || value > field.max) {
    throw badCron(text, `${field.name} "${token}" is not between ${field.min} and ${field.max}`);
  }
  return value;
}

function distinct(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

function badCron(cron: string, why: string): DefinitionError {
  return new DefinitionError({
    code: 'bad_cron',
    message: `Cron expression "${cron}": ${why}.`,
    details: { cron, why },
  });
}
