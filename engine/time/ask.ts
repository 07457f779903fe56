import type { DataInterval } from './interval';
import {
  type ClockChange,
  type DueRun,
  intervalsIn,
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
  /** Of `intervals_in`. */
  readonly range?: DataInterval;
}

export interface TimetableAnswers {
  readonly next_runs: readonly DueRun[];
  readonly around_changes: readonly ClockChange[];
  readonly manual_interval: DataInterval;
  readonly intervals_in: readonly DataInterval[] | null;
}

const answers: {
  readonly [Kind in keyof TimetableAnswers]: (
    state: ScheduleState,
    question: { readonly nowMs: number; readonly count: number; readonly range?: DataInterval },
  ) => TimetableAnswers[Kind];
} = {
  next_runs: (state, { nowMs, count }) => nextRuns(state, nowMs, count),
  around_changes: (state, { nowMs, count }) => runsAroundChanges(state, nowMs, count),
  manual_interval: ({ timetable, startDate, custom }, { nowMs }) =>
    manualInterval(timetable, nowMs, { startDate, custom: custom ?? null }),
  intervals_in: (state, { range, ...bounds }) => (range === undefined ? [] : intervalsIn(state, range, bounds)),
};

/** Answers a question about a timetable. */
export function askTimetable<Kind extends keyof TimetableAnswers>(
  state: ScheduleState,
  question: TimetableQuestion<Kind>,
): TimetableAnswers[Kind] {
  return answers[question.kind](state, question);
}
