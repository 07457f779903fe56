import { test } from '@jest/globals';
import fc from 'fast-check';
import { matchesDay, parseCron } from '../../../../engine/time/cron';
import { epochMs, isoInstant } from '../../../../engine/time/instant';
import { cron, wakeCalendars } from '../../../../engine/time/timetable';
import { lastFire, nextFire } from '../../../../engine/time/zone';
import { holds } from '../../../support/properties';

const zones = [
  'UTC',
  'Europe/London',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'Africa/Cairo',
  'America/Havana',
  'America/Nuuk',
  'Africa/Casablanca',
  'Antarctica/Troll',
  'Pacific/Apia',
  'Pacific/Chatham',
  'America/St_Johns',
] as const;

const minuteMs = 60_000;
const dayMs = 86_400_000;

const someZone = fc.constantFrom(...zones);
const someMinute = fc.constantFrom('0', '30', '15,45', '*/20', '7', '59');
const someHour = fc.constantFrom('*', '0', '1', '2', '3', '23', '*/2', '0-4', '1,13');
const someDay = fc.constantFrom('* * *', '* * *', '1 * *', '* * sun', '13 * 5', '* 3,10 *');
const someCron = fc.tuple(someMinute, someHour, someDay).map((parts) => parts.join(' '));

/** Instants near changes of the clock as often as not: every zone above changes around one of these days. */
const changeDays = ['2024-03-10', '2024-03-31', '2024-04-07', '2024-04-26', '2024-10-06', '2024-10-27', '2024-11-01'];
const someInstantMs = fc.oneof(
  fc.integer({ min: epochMs('2001-01-01'), max: epochMs('2036-01-01') }),
  fc
    .tuple(fc.constantFrom(...changeDays, '2011-12-30', '2024-11-03'), fc.integer({ min: -dayMs, max: dayMs }))
    .map(([day, ms]) => epochMs(day) + ms),
);

test('a server that wakes by the calendars misses no fire, in any zone, on any day, with any delay', () => {
  const someDelay = fc.constantFrom('0 seconds', '2 hours', '90 seconds', '25 hours') as fc.Arbitrary<'2 hours'>;
  holds(
    fc.property(someCron, someZone, someDelay, someInstantMs, (expression, timezone, delay, fromMs) => {
      const timetable = cron(expression, { timezone, delay });
      const fire = nextFire(parseCron(expression), timezone, fromMs);
      if (fire === null || timetable.kind === 'none') return true;
      const due = new Date(Math.ceil((fire + timetable.delayMs) / minuteMs) * minuteMs);
      return wakeCalendars(timetable).some(
        ({ hours, minutes }) => hours.includes(due.getUTCHours()) && minutes.includes(due.getUTCMinutes()),
      );
    }),
    { runs: 100 },
  );
});

test('the next fire and the last fire agree', () => {
  holds(
    fc.property(someCron, someZone, someInstantMs, (expression, timezone, atMs) => {
      const parsed = parseCron(expression);
      const next = nextFire(parsed, timezone, atMs) as number;
      const last = lastFire(parsed, timezone, atMs) as number;
      return (
        last <= atMs &&
        atMs < next &&
        lastFire(parsed, timezone, next - 1) === last &&
        nextFire(parsed, timezone, last) === next
      );
    }),
    { runs: 150 },
  );
});

/** Wall-clock minutes of a zone, by Intl alone: an account of time that shares nothing with the engine's. */
function wallClock(timezone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  // No zone changes its clock within a quarter of an hour, so one look at the wall is enough for fifteen minutes.
  const quarterMs = 15 * minuteMs;
  const look = (ms: number): number => {
    const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute);
  };
  const seen = new Map<number, number>();
  return (ms) => {
    const quarter = Math.floor(ms / quarterMs) * quarterMs;
    const wall = seen.get(quarter) ?? look(quarter);
    seen.set(quarter, wall);
    return wall + (ms - quarter);
  };
}

/** Every fire in `[fromMs, untilMs)`, by walking through each minute and reading the clock on the wall. */
function walkedFires(expression: string, timezone: string, fromMs: number, untilMs: number): readonly number[] {
  const parsed = parseCron(expression);
  const read = wallClock(timezone);
  const matches = (wallMs: number): boolean => {
    const wall = new Date(wallMs);
    const day = { month: wall.getUTCMonth() + 1, dayOfMonth: wall.getUTCDate(), dayOfWeek: wall.getUTCDay() };
    return (
      matchesDay(parsed, day) &&
      parsed.hours.includes(wall.getUTCHours()) &&
      parsed.minutes.includes(wall.getUTCMinutes())
    );
  };
  const found = new Set<number>();
  let seenUntil = -Infinity;
  for (let ms = fromMs; ms < untilMs; ms += minuteMs) {
    const wall = read(ms);
    const isRepeated = wall <= seenUntil;
    if (matches(wall) && (!isRepeated || parsed.isHourly)) found.add(ms);
    // The wall jumped ahead: what it left out fires as long after the jump as it would have been after its beginning.
    for (let left = Math.max(seenUntil + minuteMs, wall - dayMs); !isRepeated && left < wall; left += minuteMs) {
      const late = ms + (left - seenUntil - minuteMs);
      if (seenUntil > -Infinity && late < untilMs && matches(left)) found.add(late);
    }
    seenUntil = Math.max(seenUntil, wall);
  }
  return [...found].sort((a, b) => a - b);
}

test('fires are those that somebody finds who reads the clock on the wall every minute', () => {
  const someChange = fc.constantFrom(...changeDays, '2024-11-03', '2025-02-23', '2024-04-14');
  holds(
    fc.property(someCron, someZone, someChange, (expression, timezone, change) => {
      const startMs = epochMs(change) - 12 * 3_600_000;
      const fromMs = startMs + 3 * 3_600_000;
      const untilMs = startMs + 36 * 3_600_000;
      const expected = walkedFires(expression, timezone, startMs, untilMs).filter((ms) => ms >= fromMs);
      const parsed = parseCron(expression);
      const found: number[] = [];
      let at = nextFire(parsed, timezone, fromMs - 1);
      while (at !== null && at < untilMs) {
        found.push(at);
        at = nextFire(parsed, timezone, at);
      }
      if (JSON.stringify(found) === JSON.stringify(expected)) return;
      throw new Error(`found ${found.map(isoInstant)}, expected ${expected.map(isoInstant)}`);
    }),
    { runs: 60 },
  );
});
