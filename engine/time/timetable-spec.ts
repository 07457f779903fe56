import type { Json } from '../json';

/** What becomes of a wall-clock time that the clock leaps over in spring: moved on by the leap, or left out. */
export type Gap = 'shift' | 'skip';
/** Which of the two times fires when the clock repeats an hour in autumn. */
export type Fold = 'first' | 'last' | 'both';

/** Which days are open for business, and what becomes of a fire on another one. */
export interface BusinessCalendar {
  /** Weekdays that are closed: 0 = Sunday … 6 = Saturday. */
  readonly weekend: readonly number[];
  /** Days that are closed besides, YYYY-MM-DD, ascending. */
  readonly holidays: readonly string[];
  readonly roll: Roll;
}

/** A fire on a closed day: none, or on the next open day, or on the previous one. */
export type Roll = 'skip' | 'next' | 'previous';

export interface CronRule {
  readonly kind: 'cron';
  /** Any of them fires. */
  readonly crons: readonly string[];
  readonly gap: Gap;
  /** Null: `first`, and `both` for an expression with `*` as its hour, so that no hour is without its fire. */
  readonly fold: Fold | null;
  readonly calendar: BusinessCalendar | null;
}

/** When a timetable fires; instants, without a word on which interval is meant. */
export type FireRule =
  | CronRule
  /** Always the same time apart, counted from the DAG's start date (without one: from 1970). */
  | { readonly kind: 'delta'; readonly everyMs: number }
  | { readonly kind: 'dates'; readonly instants: readonly string[] };

/** When runs are due, and for which intervals; plain data, part of the `DagSpec`. */
export type TimetableSpec =
  | { readonly kind: 'none' }
  /** One run, at the start date or as soon as the DAG is active. */
  | { readonly kind: 'once' }
  /** The next run starts when the last has ended, for the time since. */
  | { readonly kind: 'continuous' }
  /** Back-to-back intervals between fires; a run is due at the end of its interval, plus the delay. */
  | {
      readonly kind: 'interval';
      readonly fires: FireRule;
      readonly timezone: string;
      readonly delayMs: number;
    }
  /** A run for each fire, for the interval of this length that ends there. */
  | {
      readonly kind: 'trigger';
      readonly fires: FireRule;
      readonly timezone: string;
      readonly delayMs: number;
      readonly intervalMs: number;
    }
  /** The author's own functions, which the DAG file keeps beside the spec. */
  | {
      readonly kind: 'custom';
      readonly name: string;
      readonly settings: Json;
      readonly timezone: string;
      readonly delayMs: number;
      /** How often the server wakes to ask it. */
      readonly wakeEveryMs: number;
    };

/** The zone whose calendar a timetable follows. */
export function timezoneOf(timetable: TimetableSpec): string {
  return 'timezone' in timetable ? timetable.timezone : 'UTC';
}

/** True when runs start by themselves. */
export function isScheduled(timetable: TimetableSpec): boolean {
  return timetable.kind !== 'none';
}
