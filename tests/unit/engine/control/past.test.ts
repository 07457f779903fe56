import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  admitted,
  asked,
  emptyLedger,
  forgotten,
  lost,
  over,
  type PastLedger,
  settled,
  tellWaiting,
} from '../../../../engine/control/past';
import type { ActiveRun } from '../../../../engine/control/state';
import type { PastAnswer } from '../../../../engine/gates/past';
import { isoInstant } from '../../../../engine/time/instant';
import { aDag } from '../../../support/builders';
import { aControl, deployed, ended, paused, second, triggered, unpaused } from '../../../support/control';
import { ensure, ensureSame, holds } from '../../../support/properties';

const day = (index: number) => ({
  start: isoInstant(Date.parse('2010-12-01') + index * 86_400_000),
  end: isoInstant(Date.parse('2010-12-02') + index * 86_400_000),
});
const run = (runId: string, index: number): ActiveRun => ({
  runId,
  runType: 'scheduled',
  interval: day(index),
  params: {},
  triggeredBy: 'schedule',
  queuedAt: second(0),
  startedAt: second(0),
});
const own = { a: { policy: { past: 'own' } } } as const;
const spec = aDag({ ...own, b: ['a'] });

/** What a run for a day hears when it asks. */
function hears(ledger: PastLedger, index: number): PastAnswer['previous'] | undefined {
  return tellWaiting(asked(ledger, 'asker', day(index).start)).news.find(({ runId }) => runId === 'asker')?.answer
    .previous;
}

describe('the run before', () => {
  const three = admitted(admitted(admitted(emptyLedger, run('r1', 1)), run('r3', 3)), run('r2', 2));

  test('is the one of the newest interval that begins earlier, in whatever order runs were admitted', () => {
    expect([0, 1, 2, 3, 9].map((index) => hears(three, index)?.runId)).toEqual([
      undefined,
      undefined,
      'r1',
      'r2',
      'r3',
    ]);
    expect(hears(three, 0)).toBeNull();
  });

  test('of an interval that was run again is the one admitted last', () => {
    const again = admitted(over(three, 'r1', { a: 'failed' }), run('r1_again', 1));
    expect(hears(again, 2)).toEqual({ runId: 'r1_again', isOver: false, states: {} });
  });

  test('that was deleted never was', () => {
    expect(hears(forgotten(three, 'r2'), 3)?.runId).toBe('r1');
    expect(forgotten(asked(three, 'r2', day(2).start), 'r2').waits).toEqual([]);
  });

  test('that is gone without a word failed in what it had not told', () => {
    const told = settled(three, 'r1', { a: 'success' });
    expect(hears(lost(told, 'r1', spec), 2)).toEqual({ runId: 'r1', isOver: true, states: { b: 'failed' } });
    expect(hears(lost(three, 'r1', spec), 2)?.states).toEqual({ a: 'failed', b: 'failed' });
    expect(lost(three, 'nobody', spec)).toEqual(three);
  });
});

describe('who waits', () => {
  const waiting = tellWaiting(asked(admitted(emptyLedger, run('r1', 1)), 'r2', day(2).start)).ledger;

  test('hears each change once, until all is well', () => {
    expect(tellWaiting(waiting).news).toEqual([]);
    const settledOne = tellWaiting(settled(waiting, 'r1', { a: 'success' }));
    expect(settledOne.news).toMatchObject([{ runId: 'r2', answer: { previous: { states: { a: 'success' } } } }]);
    const done = tellWaiting(over(settledOne.ledger, 'r1', {}));
    expect(done.news).toMatchObject([{ runId: 'r2', answer: { previous: { isOver: true, states: {} } } }]);
    expect(done.ledger.waits).toEqual([]);
  });

  test('goes on waiting when the past failed, and hears when it was run again', () => {
    const failed = tellWaiting(over(waiting, 'r1', { a: 'failed' })).ledger;
    expect(failed.waits).toHaveLength(1);
    const again = tellWaiting(over(admitted(failed, run('again', 1)), 'again', {}));
    expect(again.news).toMatchObject([{ answer: { previous: { runId: 'again', isOver: true } } }]);
  });

  test('is forgotten with its own end', () => {
    expect(over(waiting, 'r2', {}).waits).toEqual([]);
  });
});

test('a thousand runs are remembered, those that are over go first', () => {
  let ledger = admitted(emptyLedger, run('active', 0));
  for (let index = 1; index <= 1_001; index += 1)
    ledger = over(admitted(ledger, run(`r${index}`, index)), `r${index}`, {});
  expect(ledger.entries).toHaveLength(1_000);
  expect(ledger.entries.map((entry) => entry.runId).slice(0, 2)).toEqual(['active', 'r3']);
  let busy = emptyLedger;
  for (let index = 0; index <= 1_000; index += 1) busy = admitted(busy, run(`r${index}`, index));
  expect(busy.entries).toHaveLength(1_000);
});

test('runs that wait for each other never wait in a circle: once those before them end well, all go on', () => {
  const someRuns = fc.array(fc.record({ index: fc.nat({ max: 6 }), fails: fc.boolean() }), {
    minLength: 1,
    maxLength: 8,
  });
  holds(
    fc.property(someRuns, (runs) => {
      let ledger = runs.reduce((sum, { index }, at) => admitted(sum, run(`r${at}`, index)), emptyLedger);
      ledger = runs.reduce((sum, { index }, at) => asked(sum, `r${at}`, day(index).start), ledger);
      const heard = new Map<string, PastAnswer>();
      const listen = (): void => {
        const told = tellWaiting(ledger);
        ledger = told.ledger;
        for (const { runId, answer } of told.news) heard.set(runId, answer);
      };
      const isFree = (at: number): boolean => {
        const previous = heard.get(`r${at}`)?.previous;
        return previous === null || (previous?.isOver === true && Object.keys(previous.states).length === 0);
      };
      listen();
      const done = new Set<number>();
      for (let rounds = 0; rounds <= runs.length; rounds += 1) {
        for (const at of runs.keys()) {
          if (done.has(at) || !isFree(at)) continue;
          done.add(at);
          ledger = over(ledger, `r${at}`, {});
          listen();
        }
      }
      ensureSame(done.size, runs.length, 'runs that went on');
      ensure(ledger.waits.length === 0, 'nobody waits');
    }),
    { runs: 200 },
  );
});

describe('a DAG whose tasks depend on their past', () => {
  const withPast = (): ReturnType<typeof deployed> => deployed({ head: { tasks: spec.tasks } });
  const ids = (machine: ReturnType<typeof aControl>) => machine.control.active.map(({ runId }) => runId);

  test('keeps a ledger of its runs, and answers who asks', () => {
    const machine = aControl(withPast(), triggered([day(1), day(2)]));
    const [first = '', other = ''] = ids(machine);
    const asking = machine.send({ kind: 'past_asked', runId: other, start: day(2).start, at: second(1) });
    expect(asking.commands).toEqual([
      { kind: 'tell_past', runId: other, past: { previous: { runId: first, isOver: false, states: {} } } },
    ]);
    const news = asking.send({ kind: 'tasks_settled', runId: first, states: { a: 'success' }, at: second(2) });
    expect(news.commands).toMatchObject([{ kind: 'tell_past', past: { previous: { states: { a: 'success' } } } }]);
    const end = news.send(ended(first, { unmet: {} }));
    expect(end.commands).toMatchObject([{ past: { previous: { isOver: true, states: {} } } }]);
  });

  test('counts a run that was lost as failed, also when its DAG is not deployed any more', () => {
    const machine = aControl(withPast(), triggered([day(1), day(2)]));
    const [first = '', other = ''] = ids(machine);
    const asking = machine.send({ kind: 'past_asked', runId: other, start: day(2).start, at: second(1) });
    const gone = asking.send({ kind: 'run_lost', runId: first, how: 'terminated', at: second(2) });
    expect(gone.commands).toMatchObject([
      { past: { previous: { isOver: true, states: { a: 'failed', b: 'failed' } } } },
    ]);
  });

  test('and one whose tasks do not keeps none', () => {
    expect(aControl(deployed(), triggered([day(1)])).control.past).toEqual(emptyLedger);
  });
});

describe('a DAG that pauses itself after two failed runs', () => {
  const deploy = deployed({ head: { maxConsecutiveFailedRuns: 2 } });
  const fails = (runId: string) => ended(runId, { state: 'failed', endedAt: second(Number(runId.slice(1))) });

  test('does so, and says why', () => {
    const { control } = aControl(deploy, fails('r1'), fails('r2'));
    expect(control.paused).toEqual({
      by: 'Tidemill',
      at: second(60),
      reason: '2 runs in a row failed (maxConsecutiveFailedRuns)',
    });
  });

  test('begins to count anew after a success, after a pause, and leaves out backfills', () => {
    expect(aControl(deploy, fails('r1'), ended('r2'), fails('r3')).control.paused).toBeNull();
    const resumed = aControl(deploy, fails('r1'), fails('r2'), unpaused(), fails('r3'));
    expect(resumed.control).toMatchObject({ paused: null, failedInRow: 1 });
    const backfills = ['r1', 'r2', 'r3'].map((runId) => ended(runId, { state: 'failed', runType: 'backfill' }));
    expect(aControl(deploy, ...backfills).control.paused).toBeNull();
  });

  test('leaves the pause of a person as it is', () => {
    expect(aControl(deploy, paused('ada'), fails('r1'), fails('r2')).control.paused).toMatchObject({ by: 'ada' });
  });
});
