/** Months as text, `YYYY-MM-01`, so that text order is time order and no time zone can interfere. */

/** The month that many months later (or earlier, for a negative count). */
export function addMonths(month: string, count: number): string {
  const months = Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1 + count;
  return `${String(Math.floor(months / 12)).padStart(4, '0')}-${String((months % 12) + 1).padStart(2, '0')}-01`;
}

/** How many months the second lies after the first. */
export function monthsBetween(first: string, second: string): number {
  return (
    (Number(second.slice(0, 4)) - Number(first.slice(0, 4))) * 12 +
    Number(second.slice(5, 7)) -
    Number(first.slice(5, 7))
  );
}

/** Every month from the first to the last, both included. */
export function monthRange(first: string, last: string): readonly string[] {
  return Array.from({ length: monthsBetween(first, last) + 1 }, (_, index) => addMonths(first, index));
}

/** The month that a day lies in. */
export function monthOf(day: string): string {
  return `${day.slice(0, 7)}-01`;
}

/** True when the day is the last one of its month. */
export function isMonthEnd(day: string): boolean {
  const next = new Date(`${day}T00:00:00Z`);
  next.setUTCDate(next.getUTCDate() + 1);
  return next.getUTCDate() === 1;
}
