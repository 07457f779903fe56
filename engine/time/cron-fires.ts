import { Temporal } from 'temporal-polyfill';
import { isOpen, rollSources } from './business-days';
import { type Cron, matchesDay, parseCron } from './cron';
import type { CronRule, Fold, Gap } from './timetable-spec';

/** The instants at which something fires, ascending, as epoch milliseconds. */
export interface Fires {
  /** The first one strictly after an instant; null when there is none any more. */
  next(afterMs: number): number | null;
  /** The last one at or before an instant; null when there was none yet. */
  last(atMs: number): number | null;
}

/** 29 February on a given weekday returns after 28 years at most, over a skipped century leap year 40. */
const searchDays = 366 * 41;

/** The fires of cron expressions on the wall clocks of a zone; null answers when there is none within a leap cycle. */
export function cronFires(rule: CronRule, timezone: string): Fires {
  const expressions = rule.crons.map((text) => {
    const cron = parseCron(text);
    return { cron, fold: rule.fold ?? (cron.isHourly ? 'both' : 'first') };
  });
  // A walk asks for each day again and again.
  const known = new Map<string, readonly number[]>();
  const firesOn = (day: Temporal.PlainDate): readonly number[] => {
    const found = known.get(day.toString()) ?? dayFires(expressions, rule, { day, timezone });
    known.set(day.toString(), found);
    return found;
  };
  return {
    next: (afterMs) => search(firesOn, { timezone, fromMs: afterMs, step: 1 }),
    last: (atMs) => search(firesOn, { timezone, fromMs: atMs, step: -1 }),
  };
}

interface Search {
  readonly timezone: string;
  readonly fromMs: number;
  readonly step: 1 | -1;
}

function search(
  firesOn: (day: Temporal.PlainDate) => readonly number[],
  { timezone, fromMs, step }: Search,
): number | null {
  const local = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(timezone).toPlainDate();
  const firesFrom = (day: Temporal.PlainDate): readonly number[] =>
    firesOn(day).filter((ms) => (step > 0 ? ms > fromMs : ms <= fromMs));
  // A fire that a gap moved may land on the next calendar day, so the search begins one day early.
  let day = local.add({ days: -step });
  for (let count = 0; count < searchDays; count += 1) {
    const here = firesFrom(day);
    day = day.add({ days: step });
    // Where the clock is put back over midnight, the next day begins before this one has ended.
    if (here.length === 0) continue;
    const found = [...here, ...firesFrom(day)];
    return step > 0 ? Math.min(...found) : Math.max(...found);
  }
  return null;
}

interface Expression {
  readonly cron: Cron;
  readonly fold: Fold;
}

interface ZoneDay {
  readonly day: Temporal.PlainDate;
  readonly timezone: string;
}

function dayFires(expressions: readonly Expression[], rule: CronRule, { day, timezone }: ZoneDay): readonly number[] {
  const instants = new Set<number>();
  for (const { cron, fold } of expressions) {
    if (!firesOnDay(cron, rule, day)) continue;
    for (const hour of cron.hours) {
      for (const minute of cron.minutes) {
        const wall = day.toPlainDateTime({ hour, minute });
        for (const ms of instantsOf(wall, timezone, { gap: rule.gap, fold })) instants.add(ms);
      }
    }
  }
  return [...instants].sort((a, b) => a - b);
}

/** Whether an expression fires on a day: by its fields, or because a closed day hands its fires over to this one. */
function firesOnDay(cron: Cron, { calendar }: CronRule, day: Temporal.PlainDate): boolean {
  if (calendar === null) return matches(cron, day);
  if (!isOpen(calendar, day)) return false;
  return [day, ...rollSources(calendar, day)].some((one) => matches(cron, one));
}

function matches(cron: Cron, day: Temporal.PlainDate): boolean {
  return matchesDay(cron, { month: day.month, dayOfMonth: day.day, dayOfWeek: day.dayOfWeek % 7 });
}

/** The instants for which one wall-clock time stands: one on most days, one or none in a gap, one or two in a fold. */
function instantsOf(
  wall: Temporal.PlainDateTime,
  timezone: string,
  { gap, fold }: { readonly gap: Gap; readonly fold: Fold },
): readonly number[] {
  const first = wall.toZonedDateTime(timezone, { disambiguation: 'earlier' });
  const last = wall.toZonedDateTime(timezone, { disambiguation: 'later' });
  if (first.epochMilliseconds === last.epochMilliseconds) return [first.epochMilliseconds];
  // In a gap neither reads as the wall-clock time that was asked for; the later one is moved on by the gap.
  const isGap = !last.toPlainDateTime().equals(wall);
  if (isGap) return gap === 'shift' ? [last.epochMilliseconds] : [];
  if (fold === 'both') return [first.epochMilliseconds, last.epochMilliseconds];
  return [(fold === 'first' ? first : last).epochMilliseconds];
}
