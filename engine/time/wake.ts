import { parseCron } from './cron';
import { epochMs, isoInstant } from './instant';
import type { CronRule, TimetableSpec } from './timetable-spec';
import { offsetsMs } from './zone';

/** When a server has to wake, in UTC and to the second, so that no due run is missed; a superset of what is due. */
export type Wake =
  | {
      readonly kind: 'daily';
      readonly hours: readonly number[];
      readonly minutes: readonly number[];
      readonly seconds: number;
    }
  | { readonly kind: 'instant'; readonly at: string }
  /** Every so often, as counted from 1970, moved by an offset. */
  | { readonly kind: 'every'; readonly everyMs: number; readonly offsetMs: number };

/**
 * The wake-ups that a timetable needs. Cron: each local time of its expressions under every offset of
 * its zone, on every day. Why not the server's own calendars: they lose fires on DST days (ADR 0011
 * of `schedules/`).
 */
export function wakesOf(timetable: TimetableSpec, startDate: string | null): readonly Wake[] {
  switch (timetable.kind) {
    case 'none':
      return [];
    case 'once':
    case 'continuous':
      // Without a start date the DAG's control needs no clock: it begins when the DAG becomes active.
      return startDate === null ? [] : [{ kind: 'instant', at: wholeSecond(epochMs(startDate)) }];
    case 'custom':
      return [{ kind: 'every', everyMs: timetable.wakeEveryMs, offsetMs: 0 }];
    default:
      return ruleWakes(timetable, startDate);
  }
}

type RuleTimetable = Extract<TimetableSpec, { kind: 'interval' | 'trigger' }>;

function ruleWakes({ fires, timezone, delayMs }: RuleTimetable, startDate: string | null): readonly Wake[] {
  switch (fires.kind) {
    case 'cron':
      return cronWakes(fires, timezone, delayMs);
    case 'delta': {
      const anchorMs = startDate === null ? 0 : epochMs(startDate);
      return [
        { kind: 'every', everyMs: fires.everyMs, offsetMs: remainder(ceilSecond(anchorMs + delayMs), fires.everyMs) },
      ];
    }
    case 'dates':
      return fires.instants.map((at) => ({ kind: 'instant', at: wholeSecond(epochMs(at) + delayMs) }));
  }
}

const daySeconds = 86_400;

function cronWakes(rule: CronRule, timezone: string, delayMs: number): readonly Wake[] {
  const wakes = new Set<number>();
  for (const offsetMs of offsetsMs(timezone)) {
    for (const text of rule.crons) {
      const cron = parseCron(text);
      for (const hour of cron.hours) {
        for (const minute of cron.minutes) {
          const utc = ceilSecond(hour * 3_600_000 + minute * 60_000 - offsetMs + delayMs) / 1_000;
          wakes.add(remainder(utc, daySeconds));
        }
      }
    }
  }
  return groupDaily([...wakes].sort((a, b) => a - b));
}

/** Seconds of the day as few calendars: hours that share their minutes and second stand together. */
function groupDaily(wakes: readonly number[]): readonly Wake[] {
  const minutesBy = new Map<string, { readonly hour: number; readonly seconds: number; readonly minutes: number[] }>();
  for (const wake of wakes) {
    const [hour, seconds] = [Math.floor(wake / 3_600), wake % 60];
    const found = minutesBy.get(`${hour} ${seconds}`) ?? { hour, seconds, minutes: [] };
    found.minutes.push(Math.floor(wake / 60) % 60);
    minutesBy.set(`${hour} ${seconds}`, found);
  }
  const calendars = new Map<string, { hours: number[]; minutes: readonly number[]; seconds: number }>();
  for (const { hour, seconds, minutes } of minutesBy.values()) {
    const key = `${minutes.join()} ${seconds}`;
    const found = calendars.get(key) ?? { hours: [], minutes, seconds };
    found.hours.push(hour);
    calendars.set(key, found);
  }
  return [...calendars.values()].map((calendar) => ({ kind: 'daily', ...calendar }));
}

/** Never negative, as `%` is for what lies before 1970. */
function remainder(value: number, by: number): number {
  return ((value % by) + by) % by;
}

/** Schedules know no parts of seconds: a wake-up comes at most one second late, never early. */
function ceilSecond(ms: number): number {
  return Math.ceil(ms / 1_000) * 1_000;
}

function wholeSecond(ms: number): string {
  return isoInstant(ceilSecond(ms));
}
