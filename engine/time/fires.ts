import { cronFires, type Fires } from './cron-fires';
import { epochMs } from './instant';
import type { FireRule } from './timetable-spec';

/** The fires of a rule. `startMs` is where equal steps are counted from; null: from 1970. */
export function firesOf(rule: FireRule, timezone: string, startMs: number | null): Fires {
  switch (rule.kind) {
    case 'cron':
      return cronFires(rule, timezone);
    case 'delta':
      return deltaFires(rule.everyMs, startMs);
    case 'dates':
      return dateFires(rule.instants.map(epochMs));
  }
}

/** Multiples of a step, counted from an anchor; with a start date none before it. */
function deltaFires(everyMs: number, startMs: number | null): Fires {
  const anchor = startMs ?? 0;
  const from = (ms: number): number | null => (startMs !== null && ms < startMs ? null : ms);
  return {
    next: (afterMs) =>
      Math.max(anchor + (Math.floor((afterMs - anchor) / everyMs) + 1) * everyMs, startMs ?? -Infinity),
    last: (atMs) => from(anchor + Math.floor((atMs - anchor) / everyMs) * everyMs),
  };
}

function dateFires(instants: readonly number[]): Fires {
  return {
    next: (afterMs) => instants.find((ms) => ms > afterMs) ?? null,
    last: (atMs) => instants.findLast((ms) => ms <= atMs) ?? null,
  };
}
