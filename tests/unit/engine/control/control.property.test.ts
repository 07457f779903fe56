import { test } from '@jest/globals';
import fc from 'fast-check';
import { advanceControl } from '../../../../engine/control/advance';
import { type Control, type ControlCommand, type ControlEvent, newControl } from '../../../../engine/control/state';
import { controlPage } from '../../../../engine/control/status-page';
import { epochMs, isoInstant } from '../../../../engine/time/instant';
import type { DataInterval } from '../../../../engine/time/interval';
import { aSummary, deployed, due, second, seen } from '../../../support/control';
import { ensure, ensureSame, holds } from '../../../support/properties';

/** Something that happens to a DAG, with numbers that pick what it happens to. */
type Happening =
  | { readonly kind: 'deploy'; readonly maxActiveRuns: number; readonly startsPaused: boolean }
  | { readonly kind: 'due'; readonly from: number; readonly count: number }
  | { readonly kind: 'trigger'; readonly count: number }
  | { readonly kind: 'pause' | 'unpause' }
  | { readonly kind: 'end' | 'lose' | 'cancel' | 'end_again' | 'look'; readonly pick: number };

const pick = fc.nat({ max: 20 });
const someHappening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({
    kind: fc.constant('deploy' as const),
    maxActiveRuns: fc.integer({ min: 1, max: 4 }),
    startsPaused: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('due' as const), from: fc.nat({ max: 12 }), count: fc.nat({ max: 4 }) }),
  fc.record({ kind: fc.constant('trigger' as const), count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ kind: fc.constantFrom('pause' as const, 'unpause' as const) }),
  fc.record({ kind: fc.constantFrom('end' as const, 'end' as const, 'lose' as const, 'end_again' as const), pick }),
  fc.record({ kind: fc.constantFrom('cancel' as const, 'look' as const), pick }),
);

const dayMs = 86_400_000;
const day = (index: number): DataInterval => {
  const startMs = epochMs('2010-12-01') + index * dayMs;
  return { start: isoInstant(startMs), end: isoInstant(startMs + dayMs) };
};

/** What the outside world knows: which runs were asked for, started, and came to an end. */
class Ledger {
  readonly accepted = new Set<string>();
  readonly started = new Set<string>();
  readonly over = new Set<string>();
  private readonly takenOver = new Set<number>();
  private lastDay = -1;

  /** The runs that a schedule's news must lead to, by an account of days and not of watermarks. */
  expectDue(days: readonly number[], isPaused: boolean): readonly string[] {
    if (isPaused) return [];
    const fresh = days.filter((index) => index > this.lastDay);
    this.lastDay = Math.max(this.lastDay, ...fresh);
    for (const index of fresh) this.takenOver.add(index);
    return fresh.map((index) => `scheduled__${day(index).start}`);
  }
}

function eventOf(happening: Happening, control: Control, ledger: Ledger, step: number): ControlEvent | null {
  const at = second(step);
  switch (happening.kind) {
    case 'deploy':
      return deployed(happening);
    case 'due':
      return due(
        Array.from({ length: happening.count }, (_, index) => day(happening.from + index)),
        at,
      );
    case 'trigger':
      return {
        kind: 'triggered',
        requests: Array.from({ length: happening.count }, () => ({ interval: day(0), params: {} })),
        by: 'ada',
        // The clock of the asking stands still for a while: ids have to differ all the same.
        at: second(step - (step % 4)),
      };
    case 'pause':
      return { kind: 'paused', by: 'ada', at };
    case 'unpause':
      return { kind: 'unpaused', at };
    case 'cancel': {
      const run = control.queued[happening.pick % Math.max(1, control.queued.length)];
      return run === undefined ? null : { kind: 'queued_run_cancelled', runId: run.runId, by: 'ada', at };
    }
    case 'look': {
      const known = [...control.active, ...control.recent].map((run) => run.runId);
      return seen({ runId: known[happening.pick % Math.max(1, known.length)] ?? 'nobody' });
    }
    case 'end_again': {
      const summary = control.recent[happening.pick % Math.max(1, control.recent.length)];
      return summary === undefined ? null : { kind: 'run_ended', summary, at };
    }
    case 'end':
    case 'lose': {
      const run = control.active[happening.pick % Math.max(1, control.active.length)];
      if (run === undefined) return null;
      ledger.over.add(run.runId);
      return happening.kind === 'end'
        ? { kind: 'run_ended', summary: aSummary(run.runId, { endedAt: at }), at }
        : { kind: 'run_lost', runId: run.runId, how: 'terminated', at };
    }
  }
}

function enter(ledger: Ledger, event: ControlEvent, before: Control, after: Control): void {
  if (event.kind === 'due') {
    const days = event.runs.map((run) => Math.round((epochMs(run.interval.start) - epochMs(day(0).start)) / dayMs));
    for (const runId of ledger.expectDue(days, before.paused !== null)) ledger.accepted.add(runId);
  }
  if (event.kind === 'triggered') {
    const known = new Set(ledger.accepted);
    const fresh = [...after.queued, ...after.active].map((run) => run.runId).filter((runId) => !known.has(runId));
    ensureSame(new Set(fresh).size, event.requests.length, 'runs with ids of their own');
    for (const runId of fresh) ledger.accepted.add(runId);
  }
  if (event.kind === 'queued_run_cancelled') ledger.over.add(event.runId);
}

function checkStarts(ledger: Ledger, commands: readonly ControlCommand[], control: Control): void {
  for (const command of commands) {
    if (command.kind !== 'start_run') continue;
    const { run } = command;
    ensure(!ledger.started.has(run.runId), `${run.runId} is started once`);
    ledger.started.add(run.runId);
  }
  const limit = control.deployment?.spec.maxActiveRuns ?? 0;
  ensure(
    commands.every(({ kind }) => kind !== 'start_run') || control.active.length <= limit,
    `${control.active.length} of ${limit} active`,
  );
}

function checkNoneLost(ledger: Ledger, control: Control): void {
  const queued = control.queued.map((run) => run.runId);
  const active = control.active.map((run) => run.runId);
  ensureSame([...queued, ...active, ...ledger.over].sort(), [...ledger.accepted].sort(), 'queued, active and over');
  for (const runId of active) ensure(ledger.started.has(runId), `${runId} was started`);
  for (const runId of Object.keys(control.progress)) ensure(active.includes(runId), `${runId} is seen and active`);
  for (const runId of queued) ensure(!ledger.started.has(runId), `${runId} was not started`);
}

/** Lets everything happen, and checks after each event that no run is started twice, none lost, and the limit kept. */
function live(happenings: readonly Happening[]): { control: Control; ledger: Ledger } {
  const ledger = new Ledger();
  let control = newControl('shop');
  for (const [step, happening] of happenings.entries()) {
    const event = eventOf(happening, control, ledger, step);
    if (event === null) continue;
    const next = advanceControl(control, event);
    ensureSame(advanceControl(throughJson(control), event), next, 'the step from what was read back');
    ensureSame(throughJson(next), next, 'a round trip through JSON');
    enter(ledger, event, control, next.state);
    checkStarts(ledger, next.commands, next.state);
    checkNoneLost(ledger, next.state);
    ensure(controlPage(next.state).includes(`${next.state.queued.length} queued`), 'the page counts');
    control = next.state;
  }
  return { control, ledger };
}

const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

const someLife = fc.array(someHappening, { maxLength: 60 });

test('whatever happens to a DAG, no run is started twice, none is lost, and the limit holds', () => {
  holds(
    fc.property(someLife, (happenings) => void live(happenings)),
    { runs: 200 },
  );
});

test('once it is deployed and not paused, everything that waits is started as runs end', () => {
  const rest: readonly Happening[] = [
    { kind: 'deploy', maxActiveRuns: 1, startsPaused: false },
    { kind: 'unpause' },
    ...Array.from({ length: 250 }, (): Happening => ({ kind: 'end', pick: 0 })),
  ];
  holds(
    fc.property(someLife, (happenings) => {
      const { control, ledger } = live([...happenings, ...rest]);
      ensureSame([control.queued, control.active], [[], []], 'what waits and runs');
      ensureSame([...ledger.over].sort(), [...ledger.accepted].sort(), 'what is over');
    }),
    { runs: 40 },
  );
});
