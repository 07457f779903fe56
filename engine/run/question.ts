import { choicesAfter } from '../dag/choices';
import type { QuestionSpec } from '../dag/spec';
import { type AnswerReading, readAnswer } from '../gates/answer';
import { reason } from '../gates/reason';
import type { Json } from '../json';
import { plusMs } from '../time/instant';
import type { RunDraft } from './draft';
import type { RunEvent } from './events';
import { inputOf } from './input';
import { conclude, fail } from './outcome';
import { type Plan, plannedTask } from './plan';
import { type Run, taskOf } from './run';

/** Puts a question: it takes no slot and no worker, and waits until somebody answers or its time is over. */
export function ask(
  draft: RunDraft,
  { taskId, question }: { readonly taskId: string; readonly question: QuestionSpec },
  at: string,
): void {
  const { timeoutMs, subject } = question;
  const until = timeoutMs === null ? null : plusMs(at, timeoutMs);
  const { tryNumber, firstStartedAt } = draft.task(taskId);
  draft.set(taskId, {
    state: 'awaiting_input',
    tryNumber: tryNumber + 1,
    startedAt: at,
    firstStartedAt: firstStartedAt ?? at,
    endedAt: null,
    wakeAt: until,
    reason: reason('awaiting_input', until === null ? subject : `${subject} (until ${until})`),
  });
  if (until !== null) draft.command({ kind: 'set_timer', taskId, until, purpose: 'answer' });
}

/** The first answer counts; a later one changes nothing. */
export function answered(draft: RunDraft, event: Extract<RunEvent, { kind: 'question_answered' }>): void {
  const { taskId, answer, by, at } = event;
  const { state, startedAt, wakeAt } = draft.task(taskId);
  if (state !== 'awaiting_input') return;
  if (wakeAt !== null) draft.command({ kind: 'cancel_timer', taskId });
  draft.set(taskId, { wakeAt: null, answer: { by, at, value: answer } });
  const facts = { attempt: 1, startedAt: startedAt as string, endedAt: at, worker: by };
  const task = plannedTask(draft.plan, taskId);
  conclude(draft, task, { kind: 'task_succeeded', taskId, at, output: answer, rowCount: null, facts });
}

/** The time of a question is over: its default counts, or it has failed. */
export function unanswered(draft: RunDraft, taskId: string, at: string): void {
  const task = plannedTask(draft.plan, taskId);
  const question = task.question as QuestionSpec;
  draft.set(taskId, { wakeAt: null });
  if (question.default !== undefined) {
    const reading = readAnswer(question, question.default, choicesAfter(draft.plan.spec.tasks, taskId));
    const answer = (reading as Extract<AnswerReading, { kind: 'answer' }>).value;
    return answered(draft, { kind: 'question_answered', taskId, answer, by: 'its default', at });
  }
  const failure = {
    code: 'question_timed_out',
    message: `Nobody answered "${question.subject}" in time. Give it a default, or more time.`,
    retryable: false,
    details: null,
  };
  const facts = { attempt: 1, startedAt: draft.task(taskId).startedAt as string, endedAt: at, worker: null };
  fail(draft, task, { kind: 'task_failed', taskId, at, failure, facts });
}

/** A question that waits for its answer, as somebody who could answer has to see it. */
export interface OpenQuestion {
  readonly taskId: string;
  readonly question: QuestionSpec;
  /** Of a choice: what can be chosen. */
  readonly choices: readonly string[];
  readonly askedAt: string;
  readonly until: string | null;
  readonly details: Json;
}

/** The questions of a run that wait for an answer, in the order of the spec. */
export function openQuestions(plan: Plan, run: Run): readonly OpenQuestion[] {
  return plan.spec.tasks.flatMap(({ taskId, question }) => {
    const { state, startedAt, wakeAt } = taskOf(run, taskId);
    if (question === undefined || state !== 'awaiting_input') return [];
    const { details = null } = inputOf(plan, run, taskId) as { readonly details?: Json };
    const choices = question.ask === 'choose' ? choicesAfter(plan.spec.tasks, taskId) : [];
    return [{ taskId, question, choices, askedAt: startedAt as string, until: wakeAt, details }];
  });
}
