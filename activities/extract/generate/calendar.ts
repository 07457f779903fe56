import { createRandom, runningTotals } from './random';

export interface SellingDay {
  /** From 0, the first day of the data. */
  readonly index: number;
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly month: number;
  readonly rowCount: number;
}

const msPerDay = 86_400_000;
/** From January on: the shop sells presents. */
const monthWeights = [0.72, 0.7, 0.9, 0.8, 0.95, 0.92, 0.9, 0.92, 1.25, 1.4, 1.75, 1.15];
/** From Sunday on; almost nobody works on a Saturday. */
const weekdayWeights = [0.75, 1, 1.06, 1.04, 1.14, 0.92, 0.12];
const closedDays = ['12-25', '12-26', '01-01'];
/** From 06 h on, by the hour. */
const hourTotals = runningTotals([1, 4, 90, 340, 490, 570, 780, 720, 670, 770, 540, 280, 80, 35]);
const openingHour = 6;

/** How many rows each day gets: season, weekday, growth and chance; together exactly `rows`. */
export function makeCalendar({
  rows,
  seed,
  endDate,
  days,
}: {
  readonly rows: number;
  readonly seed: number;
  readonly endDate: string;
  readonly days: number;
}): readonly SellingDay[] {
  const random = createRandom(seed, 'calendar');
  const last = Date.parse(`${endDate}T00:00:00Z`);
  const dates = Array.from({ length: days }, (_, index) => new Date(last - (days - 1 - index) * msPerDay));
  const totals = runningTotals(
    dates.map((date, index) => {
      const iso = date.toISOString().slice(0, 10);
      const noise = 0.8 + 0.4 * random.next();
      if (closedDays.includes(iso.slice(5))) return 0;
      const growth = 1 + (0.45 * index) / 365;
      return (monthWeights[date.getUTCMonth()] ?? 1) * (weekdayWeights[date.getUTCDay()] ?? 1) * growth * noise;
    }),
  );
  const total = totals[totals.length - 1] ?? 0;
  const upTo = (index: number): number =>
    index < 0 || total === 0 ? 0 : Math.round((rows * (totals[index] ?? 0)) / total);
  return dates.map((date, index) => ({
    index,
    date: date.toISOString().slice(0, 10),
    month: date.getUTCMonth() + 1,
    rowCount: (index === days - 1 ? rows : upTo(index)) - upTo(index - 1),
  }));
}

/** The wall-clock minute (HH:MM) at which a share of the day's business is done. */
export function timeOfDay(share: number): string {
  const target = share * (hourTotals[hourTotals.length - 1] ?? 1);
  const hour = Math.max(
    0,
    hourTotals.findIndex((total) => total > target),
  );
  const before = hour === 0 ? 0 : (hourTotals[hour - 1] ?? 0);
  const minute = Math.floor(((target - before) / ((hourTotals[hour] ?? 1) - before)) * 60);
  return `${String(openingHour + hour).padStart(2, '0')}:${String(Math.min(59, minute)).padStart(2, '0')}`;
}
