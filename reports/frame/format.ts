/**
 * Figures and dates as English text. Written out here, not left to `Intl`, whose words and blanks
 * differ between Node versions: the same data must give the same bytes.
 */

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const CURRENCY_SIGNS: { readonly [code: string]: string } = { GBP: '£', EUR: '€', USD: '$', JPY: '¥', INR: '₹' };

const MINUS = '−';

/** Decimal text rounded half away from zero, exactly: `1.005` to two digits is `1.01`. */
export function roundDecimal(decimal: string, digits: number): string {
  const match = /^(-?)(\d+)(?:\.(\d*))?$/.exec(decimal);
  if (match === null) throw new RangeError(`Not a plain decimal number: ${JSON.stringify(decimal)}`);
  const fraction = (match[3] ?? '').padEnd(digits + 1, '0');
  const scaled = BigInt(`${match[2]}${fraction.slice(0, digits)}`) + (Number(fraction[digits]) >= 5 ? 1n : 0n);
  const text = String(scaled).padStart(digits + 1, '0');
  const whole = text.slice(0, text.length - digits);
  const sign = match[1] === '-' && scaled !== 0n ? '-' : '';
  return digits === 0 ? `${sign}${whole}` : `${sign}${whole}.${text.slice(-digits)}`;
}

/** `541909` → `541,909`. */
export function formatCount(count: number): string {
  return groupDigits(String(Math.round(count)));
}

/** `10631048.744` → `£10,631,048.74`; the decimal text is rounded exactly. */
export function formatMoney(decimal: string, currency: string, digits = 2): string {
  return withSign(groupDigits(roundDecimal(decimal, digits)), currency);
}

/** Money for running text and labels, to three significant digits: `£1.5m`, `£893k`, `£42`. */
export function formatShortMoney(amount: number, currency: string): string {
  const scale = scaleOf(amount);
  const value = amount / scale.size;
  const digits = scale.size === 1 || Math.abs(value) >= 99.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2;
  return withSign(`${shortNumber(value, digits)}${scale.suffix}`, currency);
}

/** Money at an axis whose greatest value is known, so that all its labels have one unit: `£0.5m`, `£1m`. */
export function formatAxisMoney(amount: number, greatest: number, currency: string): string {
  const scale = scaleOf(greatest);
  return amount === 0
    ? withSign('0', currency)
    : withSign(`${shortNumber(amount / scale.size, 2)}${scale.suffix}`, currency);
}

function scaleOf(amount: number): { readonly size: number; readonly suffix: string } {
  const size = Math.abs(amount);
  if (size >= 999.5e6) return { size: 1e9, suffix: 'bn' };
  if (size >= 999.5e3) return { size: 1e6, suffix: 'm' };
  return size >= 999.5 ? { size: 1e3, suffix: 'k' } : { size: 1, suffix: '' };
}

function shortNumber(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return digits === 0 ? text : text.replace(/\.?0+$/, '');
}

/** A share of one as a percentage: `0.366` → `36.6%`. */
export function formatPercent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)}%`.replace('-', MINUS);
}

/** `2010-12-01` → `December 2010`. */
export function formatMonth(date: string): string {
  return `${monthName(date)} ${date.slice(0, 4)}`;
}

/** `2010-12-09` → `9 Dec 2010`. */
export function formatShortDay(date: string): string {
  return `${Number(date.slice(8, 10))} ${formatShortMonth(date)}`;
}

/** `2010-12-01` → `Dec 2010`. */
export function formatShortMonth(date: string): string {
  return `${monthName(date).slice(0, 3)} ${date.slice(0, 4)}`;
}

/** `2010-12-09` → `9 December 2010`. */
export function formatDay(date: string): string {
  return `${Number(date.slice(8, 10))} ${formatMonth(date)}`;
}

function monthName(date: string): string {
  return MONTHS[Number(date.slice(5, 7)) - 1] ?? date;
}

function groupDigits(number: string): string {
  return number.replace(
    /^(-?)(\d+)/,
    (_all, sign: string, whole: string) => sign + whole.replace(/\B(?=(\d{3})+$)/g, ','),
  );
}

function withSign(number: string, currency: string): string {
  const sign = CURRENCY_SIGNS[currency] ?? `${currency} `;
  return number.startsWith('-') ? `${MINUS}${sign}${number.slice(1)}` : `${sign}${number}`;
}
