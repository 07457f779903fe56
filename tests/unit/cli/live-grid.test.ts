import { describe, expect, test } from '@jest/globals';
import { failureText, gridLines, taskListLines } from '../../../cli/live-grid';
import { unseenRun, type WatchedRun } from '../../../cli/run-watch';
import { clipPainted, LiveScreen } from '../../../cli/screen';
import { createPaint, widthOf } from '../../../cli/style';
import type { TaskRow, TaskState } from '../../../engine/interpreter';
import { captured } from './captured';

const nowMs = Date.parse('2026-11-20T12:00:00Z');
const view = { width: 79, height: 24, nowMs };
const tasks = ['extract', 'load', 'publish'];

function aRun(
  day: string,
  state: WatchedRun['state'],
  states: readonly TaskState[],
  more: Partial<WatchedRun> = {},
): WatchedRun {
  const start = `${day}T00:00:00Z`;
  const end = new Date(Date.parse(start) + 86_400_000).toISOString().replace('.000Z', 'Z');
  return {
    ...unseenRun('shop', `manual__${day}`),
    interval: { start, end },
    state,
    label: state,
    tasks: Object.fromEntries(tasks.flatMap((id, index) => (states[index] === undefined ? [] : [[id, states[index]]]))),
    startedAt: state === 'queued' ? null : '2026-11-20T11:59:57Z',
    endedAt: state === 'success' || state === 'failed' ? '2026-11-20T11:59:59Z' : null,
    ...more,
  };
}

function days(count: number, state: WatchedRun['state'] = 'success'): readonly WatchedRun[] {
  return Array.from({ length: count }, (_, index) => {
    const day = new Date(Date.parse('2026-10-30T00:00:00Z') + index * 86_400_000).toISOString().slice(0, 10);
    return aRun(day, state, ['success', 'success', 'success']);
  });
}

function picture(runs: readonly WatchedRun[], notice: string | null = null) {
  return { dagId: 'shop', taskIds: tasks, runs, startedAtMs: nowMs - 4_200, notice };
}

describe('the grid of several runs', () => {
  test('has a column for each run and a row for each task', () => {
    const runs = [
      aRun('2026-10-31', 'success', ['success', 'success', 'success']),
      aRun('2026-11-01', 'running', ['success', 'running']),
      aRun('2026-11-02', 'queued', [], { reason: '2 of 2 active runs (maxActiveRuns)' }),
    ];

    expect(gridLines(picture(runs), view)).toEqual([
      'shop  1 of 3 runs done · 1 running · 4.2s',
      '',
      '            Nov 2026',
      '          3 0 0',
      '          1 1 2',
      'extract   ■ ■ ·',
      'load      ■ ▶ ·',
      'publish   ■ · ·',
      '',
      '▶ 2026-11-01    3.0s  load',
      '○ 1 queued: 2 of 2 active runs (maxActiveRuns)',
      '',
      '■ success  ▶ running  ○ queued  ↻ retry  ✗ failed  – skipped',
    ]);
  });

  test('says why a run has failed', () => {
    const failures = [{ taskId: 'extract', code: 'source_missing', message: 'Source "x"\ndoes not exist' }];
    const lines = gridLines(
      picture([...days(2), aRun('2026-11-01', 'failed', ['failed', 'upstream_failed'], { failures })]),
      view,
    );

    expect(lines).toContain('✗ 2026-11-01  extract: Source "x" does not exist');
    expect(lines[0]).toContain('1 failed');
  });

  test('shows the runs around the first unfinished one when there are more than columns', () => {
    const runs = [...days(200), aRun('2027-05-18', 'running', ['running']), ...days(60, 'queued')];
    const lines = gridLines(picture(runs), view);

    expect(lines[0]).toMatch(/200 of 261 runs done .* shown$/);
    expect(lines.find((line) => line.startsWith('extract'))).toContain('▶');
  });

  test.each([40, 79, 139])('never is wider than %i columns', (width) => {
    const painted = gridLines(picture(days(300)), { ...view, width, paint: createPaint(true) });
    const cut = painted.map((line) => clipPainted(line, width));

    expect(cut.filter((line) => widthOf(line) > width)).toEqual([]);
  });

  test('fits on a terminal of 24 lines with eleven tasks, four active runs and its legend', () => {
    const taskIds = Array.from({ length: 11 }, (_, index) => `task_${index}`);
    const active = ['2026-12-01', '2026-12-02', '2026-12-03', '2026-12-04'].map((day) =>
      aRun(day, 'running', ['running']),
    );
    const lines = gridLines({ ...picture([...days(10), ...active]), taskIds }, view);

    expect(lines.length).toBeLessThanOrEqual(23);
    expect(lines.filter((line) => line.startsWith('task_'))).toHaveLength(11);
    expect(lines.at(-1)).toContain('■ success');
  });

  test('tells what people should know now', () => {
    expect(gridLines(picture(days(2, 'running'), 'No worker polls queue tidemill'), view)).toContain(
      'No worker polls queue tidemill',
    );
  });
});

describe('the list of one run', () => {
  const row = (taskId: string, state: TaskState, more: Partial<TaskRow> = {}): TaskRow => ({
    taskId,
    state,
    tryNumber: 1,
    maxTries: 4,
    reason: '',
    rowCount: null,
    startedAt: null,
    durationMs: null,
    ...more,
  });

  test('has state, try, rows, time and reason of every task', () => {
    const rows = [
      row('extract', 'success', { rowCount: 1_200, durationMs: 340 }),
      row('load', 'up_for_retry', { tryNumber: 2, reason: 'try 3 of 4 at 12:00' }),
      row('publish', 'none', { tryNumber: 0 }),
    ];

    expect(taskListLines(aRun('2026-11-01', 'running', [], { rows }), view)).toEqual([
      'shop  2026-11-01  running  3.0s',
      '',
      '   task     state         try      rows   time  reason',
      '■  extract  success               1,200  340ms',
      '↻  load     up_for_retry  2 of 4                try 3 of 4 at 12:00',
      '·  publish',
    ]);
  });

  test('shows what somebody may have to act on when it is higher than the terminal', () => {
    const rows = [...Array.from({ length: 50 }, (_, index) => row(`ok_${index}`, 'success')), row('bad', 'failed')];
    const lines = taskListLines(aRun('2026-11-01', 'running', [], { rows }), view);

    expect(lines.length).toBeLessThanOrEqual(24);
    expect(lines.at(-1)).toContain('bad');
  });
});

test('a failed run is told by its first failure and the number of others', () => {
  const failures = ['a', 'b', 'c'].map((taskId) => ({ taskId, code: 'x', message: `${taskId} broke` }));

  expect(failureText(aRun('2026-11-01', 'failed', [], { failures }))).toBe(
    '2026-11-01  a: a broke (and 2 more failed)',
  );
});

describe('a screen', () => {
  test('draws in its place, never higher than the terminal, and gives the cursor back', () => {
    const sink = captured({ columns: 20, rows: 4 });
    const screen = new LiveScreen(sink);
    screen.draw(['1', '2', '3', '4', '5']);
    screen.draw(['a line that is longer than the terminal']);
    screen.finish();

    const [first = '', second = ''] = sink.text().split('\u001b[3A');
    expect(first).toBe('\u001b[?25l\r1\u001b[K\n2\u001b[K\n3\u001b[K\n\u001b[J');
    expect(second).toBe('\ra line that is lon…\u001b[0m\u001b[K\n\u001b[J\u001b[?25h');
  });
});
