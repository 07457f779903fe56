import { describe, expect, test } from '@jest/globals';
import { advanceControl, waitingReason } from '../../../../engine/control/advance';
import type { ControlEvent, QueuedRun } from '../../../../engine/control/state';
import type { DataInterval } from '../../../../engine/time/interval';
import { aDag } from '../../../support/builders';
import {
  aControl,
  aSummary,
  backfilled,
  deployed,
  due,
  ended,
  paused,
  second,
  triggered,
  unpaused,
} from '../../../support/control';

const day = (date: number): DataInterval => ({
  start: `2010-12-0${date}T00:00:00Z`,
  end: `2010-12-0${date + 1}T00:00:00Z`,
});

const scheduled = (date: number) => `scheduled__2010-12-0${date}T00:00:00Z`;

describe('deploying', () => {
  test('a DAG that is new here begins paused when it is asked to', () => {
    expect(aControl(deployed({ startsPaused: true })).control.paused).toEqual({ by: 'deploy', at: second(0) });
    expect(aControl(deployed({ startsPaused: false })).control.paused).toBeNull();
  });

  test('one that is known keeps what it is', () => {
    const running = aControl(deployed()).send(deployed({ startsPaused: true }));
    expect(running.control.paused).toBeNull();
    const stopped = aControl(deployed({ startsPaused: true })).send(deployed({ startsPaused: false }));
    expect(stopped.control.paused?.by).toBe('deploy');
  });

  test('a run starts on the version that is deployed when it starts', () => {
    const control = aControl(
      deployed({ maxActiveRuns: 1 }),
      triggered([day(1), day(2)]),
      deployed({ spec: 'v2', maxActiveRuns: 1 }),
    );
    const { commands } = control.send(ended(control.control.active[0]?.runId as string));
    expect(commands).toMatchObject([{ kind: 'start_run', deployment: { versions: { spec: 'v2' } } }]);
  });

  test('nothing starts before there is a deployment; what was asked for starts with it', () => {
    const early = aControl(triggered([day(1)]));
    expect(early.commands).toEqual([]);
    expect(early.control.queued).toHaveLength(1);
    expect(early.send(deployed()).commands).toHaveLength(1);
  });
});

describe('runs that the timetable names', () => {
  test('are started with the run id of their interval and the defaults of the parameters', () => {
    const { control, commands } = aControl(deployed(), due([day(1)]));
    expect(commands).toEqual([
      {
        kind: 'start_run',
        deployment: control.deployment,
        run: {
          runId: scheduled(1),
          runType: 'scheduled',
          interval: day(1),
          params: { source: 'landing' },
          triggeredBy: 'schedule',
          queuedAt: second(0),
          startedAt: second(0),
        },
      },
    ]);
    expect(control).toMatchObject({ watermark: '2010-12-02T00:00:00Z', nextRunAt: '2010-12-04T02:00:00Z' });
  });

  test('are taken over once, however often they are named', () => {
    const { control } = aControl(deployed(), due([day(1), day(2)]), due([day(1), day(2)]), due([day(2), day(3)]));
    expect(control.active.map((run) => run.runId)).toEqual([scheduled(1), scheduled(2), scheduled(3)]);
    expect(control.watermark).toBe('2010-12-04T00:00:00Z');
  });

  test('are not taken over while the DAG is paused, and the watermark stays, so that they come again', () => {
    const asleep = aControl(deployed(), due([day(1)]), paused(), due([day(2)]));
    expect(asleep.control).toMatchObject({
      watermark: '2010-12-02T00:00:00Z',
      queued: [],
      nextRunAt: expect.anything(),
    });
    expect(asleep.send(unpaused()).send(due([day(2)])).commands).toMatchObject([{ run: { runId: scheduled(2) } }]);
  });

  test('none at all leave the watermark where it was', () => {
    expect(aControl(deployed(), due([day(1)]), due([])).control.watermark).toBe('2010-12-02T00:00:00Z');
    expect(aControl(deployed(), due([])).control.watermark).toBeNull();
  });

  test('of a DAG that is not deployed have no parameters', () => {
    expect(aControl(due([day(1)])).control.queued).toMatchObject([{ params: {} }]);
  });
});

describe('triggers', () => {
  test('make a run each, with ids of their own although they are asked for in one instant', () => {
    const { control } = aControl(deployed(), triggered([day(1), day(2)], 'ada'), triggered([day(3)], 'bob'));
    expect(control.active.map(({ runId, triggeredBy, params }) => [runId, triggeredBy, params])).toEqual([
      ['manual__2010-12-05T00:00:00.000Z', 'ada', { n: 1 }],
      ['manual__2010-12-05T00:00:00.001Z', 'ada', { n: 1 }],
      ['manual__2010-12-05T00:00:00.002Z', 'bob', { n: 1 }],
    ]);
  });

  test('take the instant of asking once the clock has passed the ids', () => {
    const { control } = aControl(deployed(), triggered([day(1), day(2)]), triggered([day(3)], 'ada', second(60)));
    expect(control.active.at(-1)?.runId).toBe('manual__2010-12-05T00:01:00.000Z');
  });

  test('run although the DAG is paused', () => {
    expect(aControl(deployed({ startsPaused: true }), triggered([day(1)])).commands).toHaveLength(1);
  });
});

describe('the limit of active runs', () => {
  const full = aControl(deployed({ maxActiveRuns: 2 }), triggered([day(1), day(2), day(3), day(4)]));

  test('holds for all, and the others wait in the order of asking', () => {
    expect(full.control.active).toHaveLength(2);
    expect(full.control.queued.map((run) => run.interval)).toEqual([day(3), day(4)]);
    const next = full.send(ended(full.control.active[1]?.runId as string));
    expect(next.commands).toMatchObject([{ run: { interval: day(3) } }]);
    expect(next.control.active).toHaveLength(2);
  });

  test('is a reason that says how many run', () => {
    const [queued] = full.control.queued;
    expect(waitingReason(full.control, queued as NonNullable<typeof queued>)).toMatchObject({
      code: 'max_active_runs',
      message: '2 of 2 active runs (maxActiveRuns)',
    });
  });

  test('that was raised lets more start, and one that was lowered ends none', () => {
    expect(full.send(deployed({ maxActiveRuns: 3 })).commands).toHaveLength(1);
    const lower = full.send(deployed({ maxActiveRuns: 1 }));
    expect(lower.commands).toEqual([]);
    expect(lower.send(ended(full.control.active[0]?.runId as string)).commands).toEqual([]);
  });
});

describe('the runs of a backfill', () => {
  const days = [day(1), day(2), day(3)];

  test('are active beside the limit of the DAG, once, and are on the page until they end', () => {
    const machine = aControl(deployed({ maxActiveRuns: 1 }), backfilled(days), backfilled(days), triggered([day(4)]));
    expect(machine.control.active.map((run) => run.runType)).toEqual(['backfill', 'backfill', 'backfill', 'manual']);
    expect(machine.commands).toMatchObject([{ kind: 'start_run', run: { interval: day(4) } }]);
    const full = machine.send(triggered([day(5)]));
    expect(full.control.queued).toHaveLength(1);
    expect(waitingReason(full.control, full.control.queued[0] as QueuedRun)?.message).toBe(
      '1 of 1 active runs (maxActiveRuns)',
    );
    expect(full.send(ended(`backfill__${day(1).start}`)).control.active).toHaveLength(3);
  });

  test('have their place in the past of a DAG whose tasks wait for it', () => {
    const tasks = aDag({ a: { policy: { past: 'own' } } }).tasks;
    const machine = aControl(deployed({ tasks }), backfilled(days));
    expect(machine.control.past.entries.map(({ start }) => start)).toEqual(days.map(({ start }) => start));
  });

  test('are known to a control that has no deployment yet', () => {
    const { control } = aControl(backfilled([day(1)]));
    expect(control.active).toHaveLength(1);
    const gone = aControl(backfilled([day(1)]), {
      kind: 'run_lost',
      runId: `backfill__${day(1).start}`,
      how: 'terminated',
      at: second(1),
    });
    expect(gone.control.active).toEqual([]);
  });
});

describe('a pause', () => {
  const limited = aControl(deployed({ maxActiveRuns: 1 }), due([day(1), day(2)]), paused('ada'));

  test('holds back what the schedule queued, and says who paused it', () => {
    const idle = limited.send(ended(scheduled(1)));
    expect(idle.commands).toEqual([]);
    const [queued] = idle.control.queued;
    expect(waitingReason(idle.control, queued as NonNullable<typeof queued>)).toMatchObject({
      code: 'dag_paused',
      message: `paused by ada at ${second(0)}`,
    });
  });

  test('lets an explicit trigger pass what waits for it', () => {
    const idle = limited.send(ended(scheduled(1)));
    expect(idle.send(triggered([day(5)])).commands).toMatchObject([{ run: { runType: 'manual' } }]);
  });

  test('that ends lets the queue go on', () => {
    expect(limited.send(ended(scheduled(1))).send(unpaused()).commands).toMatchObject([
      { run: { runId: scheduled(2) } },
    ]);
  });

  test('is that of who paused first', () => {
    expect(limited.send(paused('bob')).control.paused?.by).toBe('ada');
  });

  test('a run that would be admitted now has no reason to wait', () => {
    const { control } = aControl(deployed());
    const run = aControl(triggered([day(1)])).control.queued[0];
    expect(waitingReason(control, run as NonNullable<typeof run>)).toBeNull();
  });
});

describe('runs that end', () => {
  const busy = aControl(deployed(), due([day(1)]));

  test('are remembered, newest first, with how long what they published is fresh', () => {
    const summary = aSummary(scheduled(1), { freshUntil: '2010-12-03T00:00:00Z' });
    const { control } = busy.send({ kind: 'run_ended', summary, at: second(9) });
    expect(control).toMatchObject({ active: [], recent: [summary], freshUntil: '2010-12-03T00:00:00Z' });
  });

  test('say so twice when the first word may have been lost: the second changes nothing', () => {
    const once = busy.send(ended(scheduled(1)));
    expect(once.send(ended(scheduled(1))).control).toEqual(once.control);
  });

  test('that are not known are remembered all the same', () => {
    const { control } = busy.send(ended('manual__by_hand'));
    expect(control.recent.map((run) => run.runId)).toEqual(['manual__by_hand']);
    expect(control.active).toHaveLength(1);
  });

  test('are kept to the last twenty-five', () => {
    const many = Array.from({ length: 30 }, (_, index) => ended(`manual__${index}`));
    const { control } = aControl(deployed(), ...many);
    expect(control.recent).toHaveLength(25);
    expect(control.recent[0]?.runId).toBe('manual__29');
  });

  test.each([
    ['2010-12-03T00:00:00Z', null, '2010-12-03T00:00:00Z'],
    [null, '2010-12-03T00:00:00Z', '2010-12-03T00:00:00Z'],
    ['2010-12-03T00:00:00Z', '2010-12-02T00:00:00Z', '2010-12-03T00:00:00Z'],
    ['2010-12-02T00:00:00Z', '2010-12-03T00:00:00Z', '2010-12-03T00:00:00Z'],
    [null, null, null],
  ])('freshness never goes back: %s then %s is %s', (first, then, expected) => {
    const { control } = busy
      .send({ kind: 'run_ended', summary: aSummary('a', { freshUntil: first }), at: second(1) })
      .send({ kind: 'run_ended', summary: aSummary('b', { freshUntil: then }), at: second(2) });
    expect(control.freshUntil).toBe(expected);
  });
});

describe('runs that never ran to an end', () => {
  const full = aControl(deployed({ maxActiveRuns: 1 }), due([day(1), day(2)]));

  test('a queued one can be cancelled, and who did it is told', () => {
    const { control } = full.send({ kind: 'queued_run_cancelled', runId: scheduled(2), by: 'ada', at: second(3) });
    expect(control.queued).toEqual([]);
    expect(control.refused).toMatchObject([
      { what: scheduled(2), at: second(3), reason: { code: 'stopped', message: 'stopped by ada while queued' } },
    ]);
  });

  test('one that is not queued cannot', () => {
    const after = full.send({ kind: 'queued_run_cancelled', runId: scheduled(1), by: 'ada', at: second(3) });
    expect(after.control).toEqual(full.control);
  });

  test('one that is gone from the server frees its place', () => {
    const { control, commands } = full.send({
      kind: 'run_lost',
      runId: scheduled(1),
      how: 'terminated',
      at: second(3),
    });
    expect(commands).toMatchObject([{ run: { runId: scheduled(2) } }]);
    expect(control.refused).toMatchObject([{ what: scheduled(1), reason: { message: 'terminated' } }]);
  });

  test('one that was not active is not lost', () => {
    const after = full.send({ kind: 'run_lost', runId: scheduled(2), how: 'terminated', at: second(3) });
    expect(after.control).toEqual(full.control);
  });

  test('the last ten are kept', () => {
    const many = Array.from({ length: 12 }, (_, index) => day((index % 8) + 1));
    const queued = aControl(deployed({ maxActiveRuns: 1 }), triggered(many)).control;
    const cancelled = queued.queued.reduce(
      (control, { runId }) =>
        advanceControl(control, { kind: 'queued_run_cancelled', runId, by: 'ada', at: second(1) }).state,
      queued,
    );
    expect(cancelled.refused).toHaveLength(10);
  });
});

test('an event of an unknown kind is a bug of the engine', () => {
  const rumour = { kind: 'rumour', at: second(0) } as unknown as ControlEvent;
  expect(() => aControl(rumour)).toThrow('this is a bug in the engine');
});
