import { test } from '@jest/globals';
import fc from 'fast-check';
import { cronFires } from '../../../../engine/time/cron-fires';
import { epochMs, isoInstant } from '../../../../engine/time/instant';
import type { CronRule } from '../../../../engine/time/timetable-spec';
import { cron } from '../../../../engine/time/timetables';
import { wakesOf } from '../../../../engine/time/wake';
import { clockChanges } from '../../../../engine/time/zone';
import { holds } from '../../../support/properties';
import { readWall, walkedFires } from '../../../support/wall-clock';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Every zone that this Node knows, and every day between these years on which one changes its clocks. */
const zones = ['UTC', ...Intl.supportedValuesOf('timeZone')];
const [firstMs, endMs] = [epochMs('1970-01-01'), epochMs('2041-01-01')];

/** All of them, which takes a quarter of an hour: FC_ZONES=all npx jest --selectProjects unit -t 'the same in every zone'. */
const isExhaustive = process.env.FC_ZONES === 'all';

const someZone = fc.constantFrom(...zones);
const someMinute = fc.constantFrom('0', '30', '15,45', '*/20', '7', '59');
const someHour = fc.constantFrom('*', '0', '1', '2', '3', '23', '*/2', '0-4', '1,13');
const someDay = fc.constantFrom('* * *', '* * *', '1 * *', '* * sun', '13 * 5', '* 3,10 *');
const someCron = fc.tuple(someMinute, someHour, someDay).map((parts) => parts.join(' '));
const somePolicy = fc.record({
  gap: fc.constantFrom('shift' as const, 'skip' as const),
  fold: fc.constantFrom(null, 'first' as const, 'last' as const, 'both' as const),
});

const aRule = (expression: string, policy: Pick<CronRule, 'gap' | 'fold'>): CronRule => ({
  kind: 'cron',
  crons: [expression],
  calendar: null,
  ...policy,
});

/** A zone with a moment near a change of its clocks as often as not. */
const somePlace = fc
  .tuple(
    someZone,
    fc.boolean(),
    fc.nat(),
    fc.integer({ min: -dayMs, max: dayMs }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  )
  .map(([timezone, isNear, pick, ms, share]) => {
    const changes = isNear ? clockChanges(timezone, firstMs, endMs) : [];
    const change = changes[pick % Math.max(1, changes.length)];
    return { timezone, atMs: change === undefined ? Math.floor(firstMs + share * (endMs - firstMs)) : change + ms };
  });

/** Whether a server that wakes by these calendars wakes at an instant. */
function wakesAt(timetable: ReturnType<typeof cron>, ms: number): boolean {
  const at = new Date(Math.ceil(ms / 1_000) * 1_000);
  return wakesOf(timetable, null).some(
    (wake) =>
      wake.kind === 'daily' &&
      wake.hours.includes(at.getUTCHours()) &&
      wake.minutes.includes(at.getUTCMinutes()) &&
      wake.seconds === at.getUTCSeconds(),
  );
}

test('a server that wakes by the calendars misses no fire, in any zone, on any day, with any delay', () => {
  const someDelay = fc.constantFrom('0 seconds', '2 hours', '90 seconds', '25 hours', '250 milliseconds');
  holds(
    fc.property(someCron, somePolicy, someDelay, somePlace, (expression, { gap, fold }, delay, { timezone, atMs }) => {
      const options = { timezone, gap, delay: delay as '2 hours' };
      const timetable = cron(expression, fold === null ? options : { ...options, fold });
      const fire = cronFires(aRule(expression, { gap, fold }), timezone).next(atMs);
      return fire === null || timetable.kind !== 'interval' || wakesAt(timetable, fire + timetable.delayMs);
    }),
    { runs: 100 },
  );
});

test('the next fire and the last fire agree', () => {
  holds(
    fc.property(someCron, somePolicy, somePlace, (expression, policy, { timezone, atMs }) => {
      const fires = cronFires(aRule(expression, policy), timezone);
      const next = fires.next(atMs) as number;
      const last = fires.last(atMs) as number;
      return last <= atMs && atMs < next && fires.last(next - 1) === last && fires.next(last) === next;
    }),
    { runs: 150 },
  );
});

/** Compares the fires about a change of the clocks with those that are read off the wall. */
function compareFires(
  timezone: string,
  changeMs: number,
  cases: readonly (readonly [string, Pick<CronRule, 'gap' | 'fold'>])[],
) {
  const startMs = Math.floor(changeMs / hourMs) * hourMs - 27 * hourMs;
  const [fromMs, untilMs] = [startMs + 25 * hourMs, startMs + 36 * hourMs];
  // The wall is read for longer than it is asked for, or a leap or a repeated hour at the edge would be seen in part.
  const wall = readWall(timezone, startMs, untilMs + 25 * hourMs);
  for (const [expression, policy] of cases) {
    const expected = walkedFires(wall, expression, policy).filter((ms) => ms >= fromMs && ms < untilMs);
    const fires = cronFires(aRule(expression, policy), timezone);
    const found: number[] = [];
    for (let at = fires.next(fromMs - 1); at !== null && at < untilMs; at = fires.next(at)) found.push(at);
    if (JSON.stringify(found) === JSON.stringify(expected)) continue;
    const place = `${expression} in ${timezone}, ${JSON.stringify(policy)}, about ${isoInstant(changeMs)}`;
    throw new Error(`${place}: found ${found.map(isoInstant)}, expected ${expected.map(isoInstant)}`);
  }
}

test('on the days of a change fires are those that somebody finds who reads the clock on the wall every minute', () => {
  const someCase = fc.tuple(someCron, somePolicy);
  holds(
    fc.property(someZone, fc.nat(), fc.array(someCase, { minLength: 1, maxLength: 3 }), (timezone, pick, cases) => {
      const changes = clockChanges(timezone, firstMs, endMs);
      compareFires(timezone, changes[pick % Math.max(1, changes.length)] ?? firstMs, cases);
    }),
    { runs: 60 },
  );
});

if (isExhaustive) {
  test('the same in every zone, on every day of a change from 1970 to 2040', () => {
    let count = 0;
    for (const timezone of zones) {
      for (const changeMs of clockChanges(timezone, firstMs, endMs)) {
        compareFires(timezone, changeMs, fc.sample(fc.tuple(someCron, somePolicy), { seed: count, numRuns: 2 }));
        count += 1;
      }
    }
    process.stderr.write(`${count} changes of the clocks in ${zones.length} zones\n`);
  }, 14_400_000);
}
