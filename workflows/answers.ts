import { ApplicationFailure } from '@temporalio/workflow';
import {
  type AnswerRequest,
  didYouMean,
  type Json,
  openQuestions,
  type Plan,
  type Run,
  type RunEvent,
  readAnswer,
} from '../engine/interpreter';
import { houseActivities } from './house-activities';

/** Takes the answers to a run's questions: reads them, and lets the first one of each count. */
export class Answers {
  private readonly taken = new Set<string>();

  constructor(
    private readonly plan: Plan,
    private readonly run: () => Run,
    private readonly tell: (event: Omit<Extract<RunEvent, { kind: 'question_answered' }>, 'at'>) => void,
  ) {}

  /** Throws for what cannot be an answer, with a code of ours; whoever sent the update is told. */
  async take(request: AnswerRequest): Promise<{ readonly answer: Json }> {
    const taskId = String(request?.task);
    const answer = await this.read(taskId, request);
    // While a form was read, somebody else may have answered.
    this.open(taskId);
    this.taken.add(this.asking(taskId));
    this.tell({ kind: 'question_answered', taskId, answer, by: request.by ?? 'somebody in the Temporal UI' });
    return { answer };
  }

  private async read(taskId: string, { answer }: AnswerRequest): Promise<Json> {
    const { question, choices } = this.open(taskId);
    const reading = readAnswer(question, answer ?? null, choices);
    if (reading.kind === 'refused') throw badAnswer(taskId, reading.message);
    if (question.form === undefined) return reading.value;
    const { value, problems } = await houseActivities.checkForm({ form: question.form, answer: reading.value });
    if (problems.length > 0) throw badAnswer(taskId, problems.join('; '));
    return value;
  }

  private open(taskId: string) {
    const open = openQuestions(this.plan, this.run()).filter((one) => !this.taken.has(this.asking(one.taskId)));
    const found = open.find((one) => one.taskId === taskId);
    if (found !== undefined) return found;
    const ids = open.map((one) => one.taskId);
    const state = this.plan.tasks.has(taskId) ? (this.run().tasks[taskId]?.state ?? 'none') : 'no task of this DAG';
    throw ApplicationFailure.nonRetryable(
      `"${taskId}" waits for no answer (it is ${state}).${didYouMean(taskId, ids)} Open questions: ${ids.join(', ') || 'none'}.`,
      'no_open_question',
    );
  }

  /** A question may be asked again: each asking takes one answer. */
  private asking(taskId: string): string {
    return `${taskId}#${this.run().tasks[taskId]?.tryNumber}`;
  }
}

function badAnswer(taskId: string, why: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(`The answer to ${taskId} is refused: ${why}.`, 'bad_answer');
}

/** A signal has nobody to tell; the question stays open. */
export function ignoreRefusal(error: unknown): void {
  if (!(error instanceof ApplicationFailure)) throw error;
}
