import { expect, test } from '@jest/globals';
import { ExitWith, exitCodeOf } from '../../../cli/exit-codes';
import { DefinitionError, EngineBug, OutsideUnavailable, RequestError, TaskError } from '../../../engine/errors';

const facts = { code: 'some_code', message: 'Something.' };
const silent = new Error('service error', { cause: Object.assign(new Error('14 UNAVAILABLE'), { code: 14 }) });

test.each<[string, unknown, number]>([
  ['a failed task', new TaskError(facts), 1],
  ['a wrong request', new RequestError(facts), 2],
  ['a broken DAG file', new DefinitionError(facts), 2],
  ['something outside that is not there', new OutsideUnavailable(facts), 3],
  ['a Temporal server that does not answer', silent, 3],
  ['a bug', new EngineBug('An invariant broke'), 4],
  ['an error that nobody expected', new TypeError('x is not a function'), 4],
  ['an end that was asked for', new ExitWith(1), 1],
])('%s ends with its exit code', (_title, error, code) => {
  expect(exitCodeOf(error)).toBe(code);
});
