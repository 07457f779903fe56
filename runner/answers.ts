import {
  checkObject,
  isJsonObject,
  type Json,
  type OpenQuestion,
  openQuestions,
  type Plan,
  RequestError,
  type Run,
  type RunEvent,
  readAnswer,
  taskOf,
} from '../engine';

/**
 * What answers given beforehand mean to the questions that are open now, and to tasks that wait to be
 * completed from outside. What nobody can answer and would wait for ever, or for days, stops the run, which
 * says so.
 */
export function answersTo(
  { plan, run, at }: { readonly plan: Plan; readonly run: Run; readonly at: string },
  answers: { readonly [taskId: string]: Json },
): readonly RunEvent[] {
  const questions = openQuestions(plan, run).flatMap((open): readonly RunEvent[] => {
    const { taskId, until } = open;
    const given = answers[taskId];
    if (given !== undefined)
      return [{ kind: 'question_answered', taskId, answer: read(open, given), by: 'the terminal', at }];
    if (until !== null || run.ending !== null) return [];
    return [nobody(taskId, at)];
  });
  const deferred = plan.spec.tasks.filter(({ taskId }) => taskOf(run, taskId).state === 'deferred');
  const completions = deferred.map(({ taskId }): RunEvent => {
    const output = answers[taskId];
    return output === undefined ? nobody(taskId, at) : { kind: 'completed_outside', taskId, at, output };
  });
  return [...questions, ...completions];
}

function nobody(taskId: string, at: string): RunEvent {
  return { kind: 'stop_requested', by: `the terminal, where nobody answers ${taskId}: give --answer ${taskId}=…`, at };
}

function read({ taskId, question, choices }: OpenQuestion, given: Json): Json {
  const reading = readAnswer(question, given, choices);
  if (reading.kind === 'refused') throw badAnswer(taskId, reading.message);
  if (question.form === undefined || !isJsonObject(reading.value)) return reading.value;
  const { value, problems } = checkObject(question.form, reading.value);
  if (problems.length > 0) throw badAnswer(taskId, problems.join('; '));
  return value;
}

function badAnswer(taskId: string, why: string): RequestError {
  return new RequestError({
    code: 'bad_answer',
    message: `The answer to ${taskId} is refused: ${why}.`,
    details: { task: taskId },
  });
}
