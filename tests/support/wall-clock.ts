import { matchesDay, parseCron } from '../../engine/time/cron';
import type { Fold, Gap } from '../../engine/time/timetable-spec';

const secondMs = 1_000;
const minuteMs = 60_000;
const quarterMs = 15 * minuteMs;

/** What the clock on the wall shows, as if it were UTC, read by Intl alone: an account that shares nothing with the engine's. */
function clockOf(timezone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  return (ms) => {
    const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
}

/** One full minute as the wall shows it. */
interface Moment {
  readonly ms: number;
  readonly wall: number;
}

/** The full minutes of the wall in `[fromMs, untilMs)`; a clock that changed within a quarter is read by the second. */
export function readWall(timezone: string, fromMs: number, untilMs: number): readonly Moment[] {
  const read = clockOf(timezone);
  const moments: Moment[] = [];
  let offset = read(fromMs) - fromMs;
  for (let quarter = fromMs; quarter < untilMs; quarter += quarterMs) {
    const offsetAfter = read(quarter + quarterMs) - quarter - quarterMs;
    const isEven = offset === offsetAfter && offset % minuteMs === 0;
    for (let ms = quarter; ms < quarter + quarterMs; ms += isEven ? minuteMs : secondMs) {
      const wall = isEven ? ms + offset : read(ms);
      if (wall % minuteMs === 0) moments.push({ ms, wall });
    }
    offset = offsetAfter;
  }
  return moments;
}

/** Every fire that somebody finds who reads the clock on the wall each minute. */
export function walkedFires(
  moments: readonly Moment[],
  expression: string,
  { gap, fold }: { readonly gap: Gap; readonly fold: Fold | null },
): readonly number[] {
  const cron = parseCron(expression);
  const taken = fold ?? (expression.split(' ')[1] === '*' ? 'both' : 'first');
  const matches = (wall: number): boolean => {
    const at = new Date(wall);
    const day = { month: at.getUTCMonth() + 1, dayOfMonth: at.getUTCDate(), dayOfWeek: at.getUTCDay() };
    return matchesDay(cron, day) && cron.hours.includes(at.getUTCHours()) && cron.minutes.includes(at.getUTCMinutes());
  };
  const shown = new Map<number, number[]>();
  const fires = new Set<number>();
  let last: Moment | undefined;
  for (const moment of moments) {
    if (matches(moment.wall)) shown.set(moment.wall, [...(shown.get(moment.wall) ?? []), moment.ms]);
    // The wall leapt: what it left out fires as long after the leap as it would have been after its beginning.
    for (let left = (last?.wall ?? moment.wall) + minuteMs; left < moment.wall; left += minuteMs) {
      if (gap === 'shift' && last !== undefined && matches(left)) fires.add(last.ms + (left - last.wall));
    }
    last = moment;
  }
  for (const instants of shown.values()) {
    const [first = 0, ...rest] = instants;
    if (taken !== 'last' || rest.length === 0) fires.add(first);
    if (taken !== 'first') for (const ms of rest) fires.add(ms);
  }
  const endMs = last?.ms ?? 0;
  return [...fires].filter((ms) => ms <= endMs).sort((a, b) => a - b);
}
