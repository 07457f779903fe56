import { createPaint, type Paint } from './style';

/** How the runs of one calendar day ended: failed when the newest run of any of its intervals did. */
export type DayState = 'success' | 'failed';

export interface CalendarPicture {
  readonly dagId: string;
  /** By day, YYYY-MM-DD. */
  readonly days: ReadonlyMap<string, DayState>;
  /** The last month shown, YYYY-MM. */
  readonly lastMonth: string;
  readonly timezone: string;
}

const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const symbols = { success: '■', failed: '✗' } as const;
const noRun = '·';
const monthsShown = 12;
const indent = ' '.repeat(9);

/** Twelve months of days, a line per month: 71 columns wide. */
export function calendarLines(picture: CalendarPicture, paint: Paint = createPaint(false)): readonly string[] {
  const months = monthsUpTo(picture.lastMonth);
  const shown = [...picture.days].filter(([day]) => months.includes(day.slice(0, 7)));
  const failed = shown.filter(([, state]) => state === 'failed').length;
  const numbers = Array.from({ length: 31 }, (_, index) => index + 1);
  const digits = (pick: (day: number) => string): string => paint.dim(indent + numbers.map(pick).join(' ').trimEnd());
  return [
    `${paint.bold(picture.dagId)}  ${shown.length} days with runs, ${failed === 0 ? 'all well' : paint.red(`${failed} failed`)}  ${paint.dim(`days of ${picture.timezone}`)}`,
    '',
    digits((day) => (day % 10 === 0 ? String(day / 10) : ' ')),
    digits((day) => String(day % 10)),
    ...months.map((month) => monthLine(month, picture.days, paint)),
    '',
    paint.dim(`${symbols.success} success  ${symbols.failed} failed  ${noRun} no finished run`),
  ];
}

function monthLine(month: string, days: ReadonlyMap<string, DayState>, paint: Paint): string {
  const [year = 0, number = 0] = month.split('-').map(Number);
  const length = new Date(Date.UTC(year, number, 0)).getUTCDate();
  const cells = Array.from({ length }, (_, index) => {
    const state = days.get(`${month}-${String(index + 1).padStart(2, '0')}`);
    return state === undefined ? paint.dim(noRun) : paint.state(state, symbols[state]);
  });
  return `${monthNames[number - 1]} ${year} ${cells.join(' ')}`;
}

function monthsUpTo(last: string): readonly string[] {
  const [year = 0, number = 0] = last.split('-').map(Number);
  return Array.from({ length: monthsShown }, (_, index) =>
    new Date(Date.UTC(year, number - monthsShown + index, 1)).toISOString().slice(0, 7),
  );
}

/** Of a day's runs the newest one of each interval counts; one that failed makes the day failed. */
export function dayStates(
  runs: readonly {
    readonly day: string;
    readonly interval: string;
    readonly startedAt: string;
    readonly state: string;
  }[],
): ReadonlyMap<string, DayState> {
  const newest = new Map<string, (typeof runs)[number]>();
  for (const run of runs) {
    const before = newest.get(run.interval);
    if (before === undefined || before.startedAt < run.startedAt) newest.set(run.interval, run);
  }
  const days = new Map<string, DayState>();
  for (const { day, state } of newest.values()) {
    const isFailed = state === 'failed' || days.get(day) === 'failed';
    days.set(day, isFailed ? 'failed' : 'success');
  }
  return days;
}
