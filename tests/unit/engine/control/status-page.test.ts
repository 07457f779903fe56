import { describe, expect, test } from '@jest/globals';
import { dagListing } from '../../../../engine/control/listing';
import type { ControlEvent } from '../../../../engine/control/state';
import { controlPage, controlSummary, stateSymbol } from '../../../../engine/control/status-page';
import { taskStates } from '../../../../engine/run/task-state';
import { aDay } from '../../../support/builders';
import { aControl, aSummary, deployed, due, ended, paused, second, seen, triggered } from '../../../support/control';

const lines = (text: string): readonly string[] => text.split('\n');

describe('the two lines of the memo', () => {
  test('of a DAG that nobody deployed', () => {
    expect(lines(controlSummary(aControl().control))).toEqual([
      'shop: active, 0 active, 0 queued, next by trigger only',
      'last run: none, fresh until -, version -',
    ]);
  });

  test('of a DAG at work', () => {
    const { control } = aControl(
      deployed({ maxActiveRuns: 1 }),
      {
        kind: 'run_ended',
        summary: aSummary('r1', { label: 'success, 1 failed', freshUntil: aDay.end }),
        at: second(1),
      },
      due([aDay]),
      triggered([aDay]),
      paused('bob'),
    );
    expect(lines(controlSummary(control))).toEqual([
      'shop: paused by bob, 1 active, 1 queued, next 2010-12-04T02:00:00Z',
      'last r1 success, 1 failed, fresh until 2010-12-02T00:00:00Z, version v1',
    ]);
  });
});

describe('the status page', () => {
  test('of a DAG that nobody deployed says so', () => {
    expect(lines(controlPage(aControl().control))).toEqual([
      '**active** · 0 active, 0 queued · next run by trigger only · fresh until unknown',
      '',
      'not deployed',
    ]);
  });

  test('has what is running, what ran, what waits and what was refused', () => {
    const { control } = aControl(
      deployed({ maxActiveRuns: 1 }),
      {
        kind: 'run_ended',
        summary: aSummary('r1', { state: 'failed', label: 'failed', tasks: { a: 'failed', b: 'upstream_failed' } }),
        at: second(60),
      },
      due([aDay]),
      triggered([aDay]),
      { kind: 'run_lost', runId: 'scheduled__2010-12-01T00:00:00Z', how: 'terminated', at: second(61) },
      triggered([aDay]),
    );
    expect(lines(controlPage(control))).toEqual([
      '**active** · 1 active, 1 queued · next run 2010-12-04T02:00:00Z · fresh until unknown',
      '',
      `Sells things. Version v1, deployed ${second(0)} by ada.`,
      '',
      '| run | interval | state | duration | tasks |',
      '|---|---|---|--:|---|',
      `| manual__2010-12-05T00:00:00.000Z | 2010-12-01 to 2010-12-02 | running | since ${second(61)} |  |`,
      '| r1 | 2010-12-01 to 2010-12-02 | failed | 1m 00s | ✗ ⊘ |',
      '',
      'Tasks in order: a, b',
      '',
      '| waits | interval | for |',
      '|---|---|---|',
      '| manual__2010-12-05T00:00:00.001Z | 2010-12-01 to 2010-12-02 | 1 of 1 active runs (maxActiveRuns) |',
      '',
      '| at | not run | why |',
      '|---|---|---|',
      `| ${second(61)} | scheduled__2010-12-01T00:00:00Z | terminated |`,
    ]);
  });

  test('shows the tasks of an active run as they were when it was last looked at, and its retries', () => {
    const machine = aControl(deployed(), triggered([aDay, aDay]));
    const [first, other] = machine.control.active.map((run) => run.runId) as [string, string];
    const waits = [{ taskId: 'b', message: 'try 2 of 4 at noon, after no_disk: full | really' }];
    const { control } = machine.send(
      seen({ runId: first, label: 'running', retries: 1, tasks: { a: 'success', b: 'up_for_retry' }, waits }),
    );
    const page = lines(controlPage(control));

    expect(page).toContain(`| ${first} | 2010-12-01 to 2010-12-02 | running | since ${second(0)} | ■ ↻ |`);
    expect(page).toContain(`| ${other} | 2010-12-01 to 2010-12-02 | running | since ${second(0)} |  |`);
    expect(page).toContain('| run | waits for a retry | which |');
    expect(page).toContain(`| ${first} | b | try 2 of 4 at noon, after no_disk: full \\| really |`);
    expect(controlPage(aControl(deployed()).control)).not.toContain('retry');
  });

  test('names fifteen retries and counts the others', () => {
    const machine = aControl(deployed({ maxActiveRuns: 9 }), triggered(Array.from({ length: 4 }, () => aDay)));
    const waits = Array.from({ length: 5 }, (_, index) => ({ taskId: `t${index}`, message: 'soon' }));
    const looks = machine.control.active.map(({ runId }) => ({ runId, waits, moreWaits: 2 }));
    const page = lines(controlPage(machine.send(seen(...looks)).control));

    expect(page.filter((line) => line.endsWith('| soon |'))).toHaveLength(15);
    expect(page).toContain('and 13 more retries');
  });

  test('of a paused DAG says by whom and since when', () => {
    const { control } = aControl(deployed(), paused('ada'));
    expect(lines(controlPage(control))[0]).toContain(`**paused by ada at ${second(0)}**`);
    const self = { ...control, paused: { by: 'Tidemill', at: second(0), reason: '3 runs in a row failed' } };
    expect(controlPage(self)).toContain(`**paused by Tidemill at ${second(0)}: 3 runs in a row failed**`);
  });

  test('names the instant until which data are fresh, and leaves the verdict to who knows the time', () => {
    const { control } = aControl({
      kind: 'run_ended',
      summary: aSummary('r1', { freshUntil: second(2) }),
      at: second(0),
    });
    expect(controlPage(control)).toContain(`fresh until ${second(2)}`);
  });

  test('names until when every published table is fresh; a run for an older day takes nothing away', () => {
    const published = (runId: string, freshTables: { readonly [table: string]: string }) =>
      ({ kind: 'run_ended', summary: aSummary(runId, { freshTables }), at: second(9) }) as const;
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`z.t${index}`, second(3)]));
    const { control } = aControl(
      published('new', { 'core.fact_sales': second(5), 'core.dim_date': second(5) }),
      published('old', { 'core.fact_sales': second(4) }),
    );
    expect(controlPage(control)).toContain(
      `| table | fresh until |\n|---|---|\n| core.dim_date | ${second(5)} |\n| core.fact_sales | ${second(5)} |`,
    );
    expect(controlPage(aControl(published('wide', many)).control)).toContain('and 10 more');
  });

  test('a run that may start at any moment says so', () => {
    const { control } = aControl(deployed(), ended('r0'));
    const waiting = aControl(triggered([aDay])).control.queued;
    expect(controlPage({ ...control, queued: waiting })).toContain('| about to start |');
  });

  test('a task that an older version did not have keeps its column', () => {
    const { control } = aControl(deployed(), {
      kind: 'run_ended',
      summary: aSummary('old', { tasks: { b: 'success' } }),
      at: second(1),
    });
    expect(controlPage(control)).toContain('| old | 2010-12-01 to 2010-12-02 | success | 1m 00s | · ■ |');
  });

  test('a run of a DAG that is too wide to draw has no grid', () => {
    const { control } = aControl(deployed(), {
      kind: 'run_ended',
      summary: aSummary('w', { tasks: {} }),
      at: second(1),
    });
    expect(controlPage(control)).toContain('| w | 2010-12-01 to 2010-12-02 | success | 1m 00s |  |');
  });

  test('is bounded: fifteen runs, ten that wait and a count of the others', () => {
    const { control } = aControl(
      deployed({ maxActiveRuns: 1 }),
      ...Array.from({ length: 30 }, (_, index) => ended(`r${index}`)),
      triggered(Array.from({ length: 400 }, () => aDay)),
    );
    const page = lines(controlPage(control));
    expect(page.filter((line) => line.startsWith('| r') && line.includes('success'))).toHaveLength(15);
    expect(page.filter((line) => line.includes('(maxActiveRuns)'))).toHaveLength(10);
    expect(page).toContain('and 389 more');
    const busy = aControl(deployed({ maxActiveRuns: 20 }), triggered(Array.from({ length: 20 }, () => aDay)));
    expect(lines(controlPage(busy.control)).filter((line) => line.includes('running'))).toHaveLength(15);
    expect(controlPage(busy.control)).toContain('and 5 more active');
  });
});

test('every state has a symbol', () => {
  for (const state of taskStates) expect(stateSymbol(state)).toMatch(/^.$/u);
});

describe('what a list shows of a DAG', () => {
  test('that nobody deployed is next to nothing', () => {
    expect(dagListing(aControl().control)).toMatchObject({
      timetable: null,
      owner: null,
      tags: [],
      taskCount: 0,
      lastRun: null,
    });
  });

  test('at work is its schedule, its runs, and who paused it', () => {
    const { control } = aControl(
      deployed({ maxActiveRuns: 1 }),
      { kind: 'run_ended', summary: aSummary('r1', { label: 'success, 1 failed' }), at: second(1) },
      triggered([aDay]),
      triggered([aDay]),
      paused('bob'),
    );
    expect(dagListing(control)).toMatchObject({
      dagId: 'shop',
      pausedBy: 'bob',
      timetable: { kind: 'none' },
      taskCount: 2,
      activeCount: 1,
      queuedCount: 1,
      lastRun: { runId: 'r1', state: 'success', label: 'success, 1 failed' },
    });
  });
});

describe('notes about runs', () => {
  const note = (runId: string, text: string, at = second(1)): ControlEvent => ({
    kind: 'noted',
    runId,
    text,
    by: 'ada',
    at,
  });

  test('are on the status page, the newest first, one for each run', () => {
    const { control } = aControl(note('r1', 'first'), note('r2', 'a | b'), note('r1', 'second', second(2)));
    expect(lines(controlPage(control)).slice(-4)).toEqual([
      '| run | note | by |',
      '|---|---|---|',
      `| r1 | second | ada, ${second(2)} |`,
      `| r2 | a \\| b | ada, ${second(1)} |`,
    ]);
  });

  test('are taken away by an empty one, and the oldest by the fifty-first', () => {
    expect(aControl(note('r1', 'first'), note('r1', '')).control.notes).toEqual([]);
    const many = Array.from({ length: 60 }, (_, index) => note(`r${index}`, 'x'));
    const { notes } = aControl(...many).control;
    expect([notes.length, notes[0]?.runId, notes.at(-1)?.runId]).toEqual([50, 'r59', 'r10']);
  });
});
