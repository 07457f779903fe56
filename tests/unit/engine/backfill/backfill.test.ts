import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { advanceBackfill, startBackfill } from '../../../../engine/backfill/advance';
import { backfillLabel, backfillListing, backfillPage } from '../../../../engine/backfill/page';
import type {
  Backfill,
  BackfillCommand,
  BackfillEvent,
  BackfillRequest,
  KnownRun,
} from '../../../../engine/backfill/state';
import { isoInstant } from '../../../../engine/time/instant';
import type { DataInterval } from '../../../../engine/time/interval';
import { ensure, ensureSame, holds } from '../../../support/properties';

const day = (index: number): DataInterval => ({
  start: isoInstant(Date.parse('2010-12-01') + index * 86_400_000),
  end: isoInstant(Date.parse('2010-12-02') + index * 86_400_000),
});
const days = (count: number): readonly DataInterval[] => Array.from({ length: count }, (_, index) => day(index));
const at = '2026-01-01T00:00:00Z';

function aRequest(facts: Partial<BackfillRequest> = {}): BackfillRequest {
  return {
    dagId: 'shop',
    backfillId: '2026-01-01T00:00:00.000Z',
    range: { start: day(0).start, end: day(9).end },
    reprocess: 'none',
    backwards: false,
    maxActive: 2,
    params: {},
    by: 'ada',
    isDryRun: false,
    ...facts,
  };
}

const known = (runId: string, index: number, state: KnownRun['state'], when = at): KnownRun => ({
  runId,
  start: day(index).start,
  state,
  at: when,
});
const runId = (index: number): string => `backfill__${day(index).start}`;
const statesOf = ({ dates }: Backfill): readonly string[] => dates.map(({ state }) => state);
const startedBy = (commands: readonly BackfillCommand[]): readonly string[] =>
  commands.flatMap((command) => (command.kind === 'start_runs' ? command.dates.map((date) => date.runId) : []));
const ended = (index: number, state: 'success' | 'failed' = 'success'): BackfillEvent => ({
  kind: 'run_ended',
  runId: runId(index),
  state,
  label: state,
  at,
});

function after(start: Backfill, ...events: readonly BackfillEvent[]): Backfill {
  return events.reduce((state, event) => advanceBackfill(state, event).state, start);
}

describe('the plan', () => {
  const history = [
    known('scheduled__1', 1, 'success'),
    known('scheduled__2', 2, 'failed'),
    known('manual__3', 3, 'running'),
    known('manual__4', 4, 'queued'),
    known('old', 5, 'failed', '2025-01-01T00:00:00Z'),
    known('new', 5, 'success', '2025-01-02T00:00:00Z'),
  ];

  test.each([
    ['none', ['pending', 'skipped', 'skipped', 'skipped', 'skipped', 'skipped']],
    ['failed', ['pending', 'skipped', 'pending', 'skipped', 'skipped', 'skipped']],
    ['completed', ['pending', 'pending', 'pending', 'skipped', 'skipped', 'pending']],
  ] as const)('with reprocess %s runs what it may, by the last run of each date', (reprocess, states) => {
    const { state, commands } = startBackfill(aRequest({ reprocess, isDryRun: true }), days(6), history, at);
    expect(statesOf(state)).toEqual(states);
    expect(state).toMatchObject({ status: 'ended', endedAt: at });
    expect(commands).toEqual([]);
  });

  test('says why of every date', () => {
    const { dates } = startBackfill(aRequest({ reprocess: 'failed', isDryRun: true }), days(5), history, at).state;
    expect(dates.map(({ reason }) => reason)).toEqual([
      'no run yet',
      'scheduled__1 succeeded',
      'again: scheduled__2 failed',
      'manual__3 is running',
      'manual__4 is queued',
    ]);
  });

  test('gives a date that was backfilled before a run id of its own', () => {
    const before = [known(runId(0), 0, 'failed'), known(`${runId(0)}__2`, 0, 'success')];
    const { dates } = startBackfill(aRequest({ reprocess: 'completed', isDryRun: true }), days(2), before, at).state;
    expect(dates.map((date) => date.runId)).toEqual([`${runId(0)}__3`, runId(1)]);
  });

  test('takes a run that is open for the last one, whatever ended since', () => {
    const open = [known('a', 0, 'running', '2025-01-01T00:00:00Z'), known('b', 0, 'success')];
    const { dates } = startBackfill(aRequest({ reprocess: 'completed', isDryRun: true }), days(1), open, at).state;
    expect(dates).toMatchObject([{ state: 'skipped', reason: 'a is running' }]);
  });

  test('goes backwards when told to', () => {
    const { commands } = startBackfill(aRequest({ backwards: true }), days(3), [], at);
    expect(startedBy(commands)).toEqual([runId(2), runId(1)]);
  });

  test('with nothing to run is at its end', () => {
    expect(startBackfill(aRequest(), days(1), [known('x', 0, 'success')], at).state.endedAt).toBe(at);
    expect(startBackfill(aRequest(), [], [], at).state).toMatchObject({ status: 'ended' });
  });
});

describe('a backfill at work', () => {
  const start = startBackfill(aRequest(), days(4), [], at).state;

  test('keeps its window full, in order, and ends when all is over', () => {
    expect(statesOf(start)).toEqual(['running', 'running', 'pending', 'pending']);
    const next = advanceBackfill(start, ended(1));
    expect(startedBy(next.commands)).toEqual([runId(2)]);
    const last = after(next.state, ended(0), ended(2, 'failed'));
    expect(last.endedAt).toBeNull();
    expect(after(last, ended(3))).toMatchObject({ status: 'ended', endedAt: at });
    expect(backfillLabel(after(last, ended(3)))).toBe('3 success, 1 failed');
  });

  test('starts nothing while it is paused, and goes on when it is resumed', () => {
    const asleep = after(start, { kind: 'paused', by: 'bob', at }, ended(0), ended(1));
    expect(asleep).toMatchObject({ status: 'paused', by: 'bob' });
    expect(statesOf(asleep)).toEqual(['success', 'success', 'pending', 'pending']);
    const awake = advanceBackfill(asleep, { kind: 'resumed', at });
    expect(startedBy(awake.commands)).toEqual([runId(2), runId(3)]);
    expect(after(start, { kind: 'resumed', at })).toEqual(start);
  });

  test('that is cancelled stops what runs and gives every date its end', () => {
    const cancelling = advanceBackfill(start, { kind: 'cancelled', by: 'bob', at });
    expect(cancelling.commands).toEqual([
      { kind: 'stop_run', runId: runId(0), by: 'bob' },
      { kind: 'stop_run', runId: runId(1), by: 'bob' },
    ]);
    expect(statesOf(cancelling.state)).toEqual(['running', 'running', 'cancelled', 'cancelled']);
    expect(advanceBackfill(cancelling.state, { kind: 'cancelled', by: 'bob', at }).commands).toEqual([]);
    expect(after(cancelling.state, { kind: 'paused', by: 'ada', at })).toEqual(cancelling.state);
    const over = after(cancelling.state, ended(0, 'failed'), ended(1));
    expect(over.status).toBe('ended');
    expect(statesOf(over)).toEqual(['failed', 'success', 'cancelled', 'cancelled']);
    expect(after(over, { kind: 'resumed', at })).toBe(over);
  });

  test('cancelled while it is paused is over at once when nothing runs', () => {
    const asleep = after(start, { kind: 'paused', by: 'bob', at }, ended(0), ended(1));
    expect(after(asleep, { kind: 'cancelled', by: 'bob', at }).status).toBe('ended');
  });

  test('whose driver drains it starts nothing until it has its window again', () => {
    const drained = after(start, { kind: 'window_changed', window: 0, at }, ended(0), ended(1));
    expect(statesOf(drained)).toEqual(['success', 'success', 'pending', 'pending']);
    expect(startedBy(advanceBackfill(drained, { kind: 'window_changed', window: 2, at }).commands)).toHaveLength(2);
  });

  test('refuses an event that does not exist', () => {
    expect(() => advanceBackfill(start, { kind: 'nonsense', at } as never)).toThrow('this is a bug in the engine');
  });

  test('takes the end of a run that it does not know for nothing', () => {
    expect(after(start, ended(3))).toEqual(start);
  });
});

describe('the page', () => {
  test('counts first, then the dates that somebody may have to act on', () => {
    const state = after(startBackfill(aRequest(), days(3), [], at).state, ended(1, 'failed'));
    const lines = backfillPage(state).split('\n');
    expect(lines[0]).toBe(`**running** · 1 failed, 2 running · since ${at}`);
    expect(lines[2]).toContain('shop from 2010-12-01T00:00:00Z to 2010-12-11T00:00:00Z, asked for by ada');
    expect(lines[6]).toBe(`| ${day(1).start} | failed | ${runId(1)} | failed |`);
  });

  test('is bounded, and says who paused it and how long it took', () => {
    const state = startBackfill(aRequest({ backwards: true }), days(80), [], at).state;
    expect(backfillPage(after(state, { kind: 'paused', by: 'bob', at }))).toContain('**paused by bob**');
    expect(backfillPage(state)).toContain('and 30 more');
    expect(backfillPage(startBackfill(aRequest(), [], [], at).state)).toContain('**ended** · no dates · in 0ms');
  });

  test('a listing is small and has the counts', () => {
    expect(backfillListing(startBackfill(aRequest(), days(3), [], at).state)).toEqual({
      dagId: 'shop',
      backfillId: '2026-01-01T00:00:00.000Z',
      status: 'running',
      by: 'ada',
      from: day(0).start,
      to: day(9).end,
      counts: { pending: 1, running: 2, success: 0, failed: 0, skipped: 0, cancelled: 0 },
      endedAt: null,
    });
  });
});

type Happening = { readonly kind: 'end' | 'pause' | 'resume' | 'cancel' | 'drain' | 'refill'; readonly pick: number };

test('whatever happens, no run is started twice, the window holds, and every date comes to an end', () => {
  const someHappening: fc.Arbitrary<Happening> = fc.record({
    kind: fc.constantFrom('end', 'end', 'end', 'pause', 'resume', 'cancel', 'drain', 'refill'),
    pick: fc.nat({ max: 20 }),
  });
  const property = fc.property(
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 4 }),
    fc.array(someHappening, { maxLength: 30 }),
    (count, maxActive, happenings) => {
      const first = startBackfill(aRequest({ maxActive }), days(count), [], at);
      const started = new Set<string>();
      let state = first.state;
      const look = (commands: readonly BackfillCommand[]): void => {
        for (const id of startedBy(commands)) {
          ensure(!started.has(id), `${id} is started once`);
          started.add(id);
        }
        ensure(state.dates.filter((date) => date.state === 'running').length <= maxActive, 'the window holds');
        ensureSame(JSON.parse(JSON.stringify(state)), state, 'a round trip through JSON');
      };
      look(first.commands);
      const send = (event: BackfillEvent | null): void => {
        if (event === null) return;
        const step = advanceBackfill(state, event);
        state = step.state;
        look(step.commands);
      };
      for (const { kind, pick } of happenings) send(eventOf(state, kind, pick));
      send({ kind: 'window_changed', window: maxActive, at });
      send({ kind: 'resumed', at });
      for (let rounds = 0; rounds < count; rounds += 1) send(eventOf(state, 'end', 0));
      ensure(state.endedAt !== null, 'it has ended');
      for (const date of state.dates)
        ensure(['success', 'failed', 'cancelled'].includes(date.state), `${date.state} is an end`);
    },
  );
  holds(property, { runs: 200 });
});

function eventOf(state: Backfill, kind: Happening['kind'], pick: number): BackfillEvent | null {
  switch (kind) {
    case 'end': {
      const running = state.dates.filter((date) => date.state === 'running');
      const date = running[pick % Math.max(1, running.length)];
      const end = pick % 3 === 0 ? 'failed' : 'success';
      return date === undefined ? null : { kind: 'run_ended', runId: date.runId, state: end, label: end, at };
    }
    case 'pause':
      return { kind: 'paused', by: 'bob', at };
    case 'resume':
      return { kind: 'resumed', at };
    case 'cancel':
      return { kind: 'cancelled', by: 'bob', at };
    default:
      return { kind: 'window_changed', window: kind === 'drain' ? 0 : state.request.maxActive, at };
  }
}
