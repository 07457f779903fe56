import type { DagSpec, Run } from '../engine';
import { isTerminal, runLabel, shortDuration } from '../engine/interpreter';
import { taskListLines } from './live-grid';
import { countText } from './output';
import { watchedRun } from './run-watch';
import { LiveScreen } from './screen';
import { paintFor, type Sink } from './style';

/** Shows the tasks of one run as it goes on: in place on a terminal, a line per task elsewhere. */
export interface TaskView {
  show(run: Run): void;
  finish(): void;
}

/** Times of running tasks tick also when nothing happens. */
const tickMs = 200;

export function taskView(sink: Sink, spec: DagSpec): TaskView {
  return sink.isTTY === true ? liveTasks(sink, spec) : taskLines(sink, spec);
}

function liveTasks(sink: Sink, spec: DagSpec): TaskView {
  const screen = new LiveScreen(sink);
  const paint = paintFor(sink);
  let last: Run | null = null;
  const draw = (): void => {
    if (last === null) return;
    const size = { width: (sink.columns ?? 80) - 1, height: sink.rows ?? 24, nowMs: Date.now(), paint };
    screen.draw(taskListLines(watchedRun({ spec, run: last, label: runLabel(last) }), size));
  };
  const timer = setInterval(draw, tickMs);
  return {
    show: (run) => {
      last = run;
      draw();
    },
    finish: () => {
      clearInterval(timer);
      screen.finish();
    },
  };
}

function taskLines(sink: Sink, spec: DagSpec): TaskView {
  const told = new Set<string>();
  return {
    show: (run) => {
      for (const { taskId, state, tryNumber, durationMs, rowCount, reason } of watchedRun({ spec, run, label: '' })
        .rows) {
        const isNews = isTerminal(state) || state === 'up_for_retry';
        const key = `${taskId} ${state} ${tryNumber}`;
        if (!isNews || told.has(key)) continue;
        told.add(key);
        const facts = [
          state,
          ...(durationMs === null ? [] : [shortDuration(durationMs)]),
          ...(rowCount === null ? [] : [countText(rowCount, 'row')]),
          ...(state === 'success' || reason === '' ? [] : [reason]),
        ];
        sink.write(`${taskId}: ${facts.join(', ')}\n`);
      }
    },
    finish: () => undefined,
  };
}
