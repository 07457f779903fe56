import { TaskError } from '../../../engine/errors';

/** What the thread tests call; each function is one way in which a computation can go. */

export function sum(numbers: Float64Array): number {
  return numbers.reduce((total, number) => total + number, 0);
}

export async function doubled({ values }: { readonly values: readonly number[] }): Promise<Map<string, Float64Array>> {
  return new Map([['doubled', Float64Array.from(values, (value) => value * 2)]]);
}

/** Computes without a pause for that long. */
export function compute({ ms }: { readonly ms: number }): string {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return 'done';
}

export function failByCode(): never {
  throw new TaskError({
    code: 'fit_diverged',
    message: 'The fit did not converge after 12 steps',
    details: { steps: 12 },
    cause: new RangeError('step 12 is not finite'),
  });
}

export function failPlainly(): never {
  throw Object.assign(new TypeError('the column "price" is text'), { code: 'BAD_COLUMN' });
}

export function failOddly(): never {
  throw 'no error at all';
}

export function giveFunction(): () => void {
  return () => undefined;
}

export function leave({ code }: { readonly code: number }): void {
  process.exit(code);
}

/** Throws after the call has answered nothing yet, where no caller can catch it. */
export function failLater(): Promise<void> {
  setImmediate(() => {
    throw new Error('thrown in a timer');
  });
  return new Promise(() => undefined);
}

export function fillMemory(): number {
  const rows: unknown[] = [];
  for (;;) rows.push(Array.from({ length: 1000 }, (_, index) => ({ index })));
}

let calls = 0;

/** How often this thread was called: tells whether a thread was used again. */
export function callsOfThisThread(): number {
  calls += 1;
  return calls;
}

export const notCallable = 7;
