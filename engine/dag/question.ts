import type { z } from 'zod';
import { DefinitionError } from '../errors';
import { readChoice } from '../gates/answer';
import type { Json } from '../json';
import { durationMs } from '../time/duration';
import type { ApproveOptions, ChooseOptions, FillOptions, QuestionOptions } from './authoring';
import { choicesAfter } from './choices';
import { paramsJsonSchema } from './params';
import type { QuestionSpec, TaskSpec } from './spec';

export function readApproval(id: string, options: ApproveOptions): QuestionSpec {
  const { default: answer, failOnReject } = options;
  return {
    ...common(id, 'approve', options),
    ...(answer === undefined ? {} : { default: answer }),
    ...(failOnReject === true ? { failOnReject } : {}),
  };
}

/** Whether the default can be chosen is known once the graph is ({@link checkDefaultChoices}). */
export function readChoose(id: string, options: ChooseOptions): QuestionSpec {
  const { default: answer, multiple } = options;
  return {
    ...common(id, 'choose', options),
    ...(answer === undefined ? {} : { default: answer as Json }),
    ...(multiple === true ? { multiple } : {}),
  };
}

export function readForm(id: string, options: FillOptions<unknown>): QuestionSpec {
  const form = paramsJsonSchema(`question ${id}`, options.form);
  const given = options.default === undefined ? {} : { default: parseDefault(id, options.form, options.default) };
  return { ...common(id, 'fill', options), ...given, form };
}

function common(id: string, ask: QuestionSpec['ask'], { subject, timeout, ...rest }: QuestionOptions): QuestionSpec {
  if ('default' in rest && rest.default !== undefined && timeout === undefined)
    throw badDefault(id, 'it has one and no timeout after which it would count. Add a timeout');
  return { ask, subject, timeoutMs: timeout === undefined ? null : durationMs(timeout, `question ${id}: timeout`) };
}

function parseDefault(id: string, form: z.ZodType, value: unknown): Json {
  const result = form.safeParse(value);
  if (result.success) return value as Json;
  throw badDefault(id, result.error.issues.map((issue) => `"${issue.path.join('.')}": ${issue.message}`).join('; '));
}

/** Throws `bad_default` when what a choice falls back to is not directly downstream of it. */
export function checkDefaultChoices(dagId: string, tasks: readonly TaskSpec[]): void {
  for (const { taskId, question } of tasks) {
    if (question?.ask !== 'choose' || question.default === undefined) continue;
    const answer = readChoice(question, question.default, choicesAfter(tasks, taskId));
    if (answer.kind === 'refused') throw badDefault(`${taskId} of DAG ${dagId}`, answer.message);
  }
}

function badDefault(question: string, why: string): DefinitionError {
  return new DefinitionError({
    code: 'bad_default',
    message: `The default answer of question ${question}: ${why}.`,
    details: { question },
  });
}
