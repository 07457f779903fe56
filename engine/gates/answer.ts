import type { QuestionSpec } from '../dag/spec';
import { didYouMean } from '../errors';
import { isJsonObject, type Json } from '../json';

/** An answer as the engine takes it, or why it cannot be one. */
export type AnswerReading =
  | { readonly kind: 'answer'; readonly value: Json }
  | { readonly kind: 'refused'; readonly message: string };

const yes: readonly Json[] = [true, 'approve', 'approved', 'yes'];
const no: readonly Json[] = [false, 'reject', 'rejected', 'no'];

/**
 * Reads what somebody answered, in the forms in which people write it: `approve`, `"approve"`,
 * `{ "choice": "approve" }`. A form's members are checked by its schema, which is not done here.
 */
export function readAnswer(question: QuestionSpec, given: Json, choices: readonly string[]): AnswerReading {
  const said = isJsonObject(given) && 'choice' in given && question.ask !== 'fill' ? (given.choice as Json) : given;
  switch (question.ask) {
    case 'approve':
      return readApprovalAnswer(said);
    case 'choose':
      return readChoice(question, said, choices);
    case 'fill':
      return isJsonObject(said) ? { kind: 'answer', value: said } : refused('give the form as a JSON object');
  }
}

function readApprovalAnswer(said: Json): AnswerReading {
  const word = typeof said === 'string' ? said.toLowerCase() : said;
  if (yes.includes(word)) return { kind: 'answer', value: true };
  if (no.includes(word)) return { kind: 'answer', value: false };
  return refused(`${JSON.stringify(said)} is neither "approve" nor "reject"`);
}

export function readChoice(question: QuestionSpec, said: Json, choices: readonly string[]): AnswerReading {
  const chosen: readonly Json[] = Array.isArray(said) ? said : [said];
  const unknown = chosen.find((one) => typeof one !== 'string' || !choices.includes(one));
  if (unknown !== undefined) {
    const name = typeof unknown === 'string' ? unknown : JSON.stringify(unknown);
    return refused(`"${name}" cannot be chosen.${didYouMean(name, choices)} Choose of: ${choices.join(', ')}`);
  }
  if (chosen.length !== 1 && question.multiple !== true) return refused(`choose one of: ${choices.join(', ')}`);
  return { kind: 'answer', value: chosen };
}

function refused(message: string): AnswerReading {
  return { kind: 'refused', message };
}
