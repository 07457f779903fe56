import type { Temporal } from 'temporal-polyfill';
import { DefinitionError, didYouMean } from '../errors';
import type { BusinessCalendar, Roll } from './timetable-spec';
import { isDay } from './zone';

const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

export type Weekday = (typeof weekdays)[number];

/** Longer than any stretch of closed days: a calendar that is closed for longer rolls nothing over it. */
const longestClosure = 60;

/**
 * A calendar of business days for `cron(…, { on })`: closed on weekends and holidays. `roll` says what
 * becomes of a fire on a closed day; `skip` unless told otherwise.
 */
export function businessDays(
  options: { readonly weekend?: readonly Weekday[]; readonly holidays?: readonly string[]; readonly roll?: Roll } = {},
): BusinessCalendar {
  const weekend = (options.weekend ?? ['sat', 'sun']).map(weekdayNumber);
  const holidays = options.holidays ?? [];
  const wrong = holidays.find((day) => !isDay(day));
  if (wrong !== undefined) throw badCalendar(`holiday "${wrong}" is no day; write YYYY-MM-DD`);
  if (new Set(weekend).size === weekdays.length)
    throw badCalendar('every weekday is closed, so nothing would ever run');
  return {
    weekend: [...new Set(weekend)].sort(),
    holidays: [...new Set(holidays)].sort(),
    roll: knownRoll(options.roll),
  };
}

/** Whether a calendar is open on a day. */
export function isOpen(calendar: BusinessCalendar, day: Temporal.PlainDate): boolean {
  return !calendar.weekend.includes(day.dayOfWeek % 7) && !calendar.holidays.includes(day.toString());
}

/** The closed days whose fires an open day takes over. */
export function rollSources(calendar: BusinessCalendar, day: Temporal.PlainDate): readonly Temporal.PlainDate[] {
  if (calendar.roll === 'skip') return [];
  const step = calendar.roll === 'next' ? -1 : 1;
  const sources: Temporal.PlainDate[] = [];
  for (let source = day.add({ days: step }); !isOpen(calendar, source); source = source.add({ days: step })) {
    if (sources.length === longestClosure) break;
    sources.push(source);
  }
  return sources;
}

function weekdayNumber(name: Weekday): number {
  const number = weekdays.indexOf(name);
  if (number >= 0) return number;
  throw badCalendar(
    `there is no weekday "${name}".${didYouMean(String(name), weekdays)} Known: ${weekdays.join(', ')}`,
  );
}

const rolls = ['skip', 'next', 'previous'] as const satisfies readonly Roll[];

function knownRoll(roll: Roll = 'skip'): Roll {
  if (rolls.includes(roll)) return roll;
  throw badCalendar(`there is no roll "${roll}".${didYouMean(String(roll), rolls)} Known: ${rolls.join(', ')}`);
}

function badCalendar(why: string): DefinitionError {
  return new DefinitionError({ code: 'bad_calendar', message: `businessDays: ${why}.`, details: { why } });
}
