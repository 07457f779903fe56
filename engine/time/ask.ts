import type { DataInterval } from './interval';
import {
  type ClockChange,
  type DueRun,
  manualInterval,
  nextRuns,
  runsAroundChanges,
  type ScheduleState,
} from './timetable';

/** What is asked of a timetable besides what is due; plain data, for only a worker has an author's own timetable. */
export interface TimetableQuestion<Kind extends keyof TimetableAnswers = keyof TimetableAnswers> {
  readonly kind: Kind;
  readonly nowMs: number;
  readonly count: number;
}

export interface TimetableAnswers {
  readonly next_runs: readonly DueRun[];
  readonly around_changes: readonly ClockChange[];
  readonly manual_interval: DataInterval;
}

const answers: {
  readonly [Kind in keyof TimetableAnswers]: (
    state: ScheduleState,
    question: { readonly nowMs: number; readonly count: number },
  ) => TimetableAnswers[Kind];
} = {
  next_runs: (state, { nowMs, count }) => nextRuns(state, nowMs, count),
  around_changes: (state, { nowMs, count }) => runsAroundChanges(state, nowMs, count),
  manual_interval: ({ timetable, startDate, custom }, { nowMs }) =>
    manualInterval(timetable, nowMs, { startDate, custom: custom ?? null }),
};

/** Answers a question about a timetable. */
export function askTimetable<Kind extends keyof TimetableAnswers>(
  state: ScheduleState,
  question: TimetableQuestion<Kind>,
): TimetableAnswers[Kind] {
  return answers[question.kind](state, question);
}
