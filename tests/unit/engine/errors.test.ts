import { describe, expect, test } from '@jest/globals';
import {
  assertNever,
  DefinitionError,
  didYouMean,
  EngineBug,
  FailTask,
  isEngineError,
  nearestName,
  OutsideUnavailable,
  QualityCheckFailed,
  RequestError,
  SkipTask,
  SqlFailed,
  TaskError,
  UserCodeFailed,
} from '../../../engine/errors';

describe('the taxonomy', () => {
  const facts = { code: 'some_code', message: 'It broke.' };

  test.each([
    [new DefinitionError(facts), 'DefinitionError', 'some_code', false],
    [new RequestError(facts), 'RequestError', 'some_code', false],
    [new TaskError(facts), 'TaskError', 'some_code', false],
    [new OutsideUnavailable(facts), 'OutsideUnavailable', 'some_code', true],
    [new UserCodeFailed(new Error('boom')), 'UserCodeFailed', 'user_code_failed', true],
    [new SkipTask('no rows today'), 'SkipTask', 'task_skipped', false],
    [new FailTask('the file is wrong'), 'FailTask', 'task_failed', false],
    [new EngineBug('two tasks with one id'), 'EngineBug', 'engine_bug', false],
  ])('%s has its name, code and whether it is worth another try', (error, name, code, retryable) => {
    expect(error).toMatchObject({ name, code, retryable });
    expect(isEngineError(error)).toBe(true);
  });

  test('a bug of the engine says that it is one', () => {
    expect(new EngineBug('two tasks with one id').message).toBe('two tasks with one id; this is a bug in the engine');
  });

  test('what an author threw is kept whole', () => {
    const cause = new TypeError('boom');
    expect(new UserCodeFailed(cause)).toMatchObject({ message: 'boom', cause, details: { name: 'TypeError' } });
    expect(new UserCodeFailed('boom')).toMatchObject({ message: 'boom', details: { name: 'string' } });
  });

  test('failed SQL names its model and keeps a bounded statement', () => {
    const error = new SqlFailed({ model: 'core.fact_sales', statement: 'x'.repeat(9_000), message: 'Binder Error' });
    expect(error).toMatchObject({ code: 'sql_failed', message: 'SQL of core.fact_sales failed: Binder Error' });
    expect(String(error.details.statement)).toHaveLength(2_000);
  });

  test('a failed check shows the first row and keeps five', () => {
    const many = new QualityCheckFailed({ check: 'no_gaps', failingRows: 7, sample: [1, 2, 3, 4, 5, 6] });
    expect(many).toMatchObject({
      code: 'quality_check_failed',
      message: 'Check no_gaps found 7 failing rows, first: 1',
      details: { failing_rows: 7, sample: [1, 2, 3, 4, 5] },
    });
    expect(new QualityCheckFailed({ check: 'no_gaps', failingRows: 1, sample: [] }).message).toBe(
      'Check no_gaps found 1 failing row, first: null',
    );
  });

  test('an error keeps its cause, and has none when none was given', () => {
    const cause = new Error('socket closed');
    expect(new OutsideUnavailable({ ...facts, cause })).toHaveProperty('cause', cause);
    expect(new RequestError(facts)).not.toHaveProperty('cause');
    expect(new FailTask('wrong', { file: 'a.csv' }).details).toEqual({ file: 'a.csv' });
  });

  test.each([
    [new Error('x')],
    [Object.assign(new Error('x'), { code: 'EEXIST' })],
    [Object.assign(new Error('x'), { code: 'EEXIST', retryable: false })],
    [{ code: 'x', retryable: false, details: {} }],
    [null],
    ['x'],
  ])('%p is no engine error', (value) => {
    expect(isEngineError(value)).toBe(false);
  });

  test('an error of another copy of the module counts by its members', () => {
    expect(isEngineError(Object.assign(new Error('x'), { code: 'x', retryable: true, details: {} }))).toBe(true);
  });

  test('a union with a member too many ends in a bug', () => {
    expect(() => assertNever('surprise' as never)).toThrow('Unexpected value "surprise"');
  });
});

describe('the nearest name', () => {
  const names = ['extract', 'core.dim_customer', 'core.dim_product', 'a'];

  test.each([
    ['extrakt', 'extract'],
    ['etxract', 'extract'],
    ['core.dim_costumer', 'core.dim_customer'],
    ['core.product', 'core.dim_product'],
    ['b', 'a'],
    ['publish', null],
    ['', 'a'],
  ])('of "%s" is %s', (name, nearest) => {
    expect(nearestName(name, names)).toBe(nearest);
  });

  test('is the first of equally near ones, and none among none', () => {
    expect(nearestName('cat', ['bat', 'hat'])).toBe('bat');
    expect(nearestName('cat', [])).toBeNull();
  });

  test('is offered as a question, or not at all', () => {
    expect(didYouMean('extrakt', names)).toBe(' Did you mean "extract"?');
    expect(didYouMean('publish', names)).toBe('');
  });
});
