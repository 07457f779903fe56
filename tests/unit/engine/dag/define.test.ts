import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { defineDag } from '../../../../engine/dag/define';
import { isDagDefinition } from '../../../../engine/dag/draft';
import { cron } from '../../../../engine/time/timetables';
import { aDefinition, anyHandler } from '../../../support/authoring';
import { thrownBy } from '../../../support/errors';

describe('the header of a DAG', () => {
  test('has defaults for everything that was not said', () => {
    const { header, defaults } = aDefinition(({ task }) => task('a', anyHandler, {}));
    expect(header).toEqual({
      description: '',
      owner: null,
      tags: [],
      timetable: { kind: 'none' },
      startDate: null,
      endDate: null,
      catchup: false,
      maxActiveRuns: 16,
      maxActiveTasks: 40,
      dagRunTimeoutMs: null,
    });
    expect(defaults).toEqual({
      triggerRule: 'all_success',
      retries: 0,
      retryDelayMs: 300_000,
      retryExponentialBackoff: 0,
      maxRetryDelayMs: null,
      executionTimeoutMs: 3_600_000,
      heartbeatTimeoutMs: 10_000,
    });
  });

  test('says what was said, dates as instants of the zone of the schedule', () => {
    const { header, defaults } = aDefinition(({ task }) => task('a', anyHandler, {}), {
      description: 'Loads invoices.',
      owner: 'finance',
      tags: ['retail', 'daily'],
      schedule: cron('0 0 * * *', { timezone: 'Europe/London' }),
      startDate: '2024-07-01',
      endDate: '2024-08-01T00:00:00Z',
      catchup: true,
      maxActiveRuns: 4,
      maxActiveTasks: 8,
      dagRunTimeout: '6 hours',
      failFast: true,
      defaults: { retries: 3, retryDelay: '30 seconds', retryExponentialBackoff: 2, maxRetryDelay: '1 hour' },
    });
    expect(header).toMatchObject({
      owner: 'finance',
      tags: ['retail', 'daily'],
      startDate: '2024-06-30T23:00:00Z',
      endDate: '2024-08-01T00:00:00Z',
      catchup: true,
      maxActiveRuns: 4,
      maxActiveTasks: 8,
      dagRunTimeoutMs: 21_600_000,
      failFast: true,
    });
    expect(defaults).toMatchObject({
      retries: 3,
      retryDelayMs: 30_000,
      retryExponentialBackoff: 2,
      maxRetryDelayMs: 3_600_000,
      executionTimeoutMs: 3_600_000,
    });
  });
});

describe('a body that is wrong', () => {
  const withOption = (options: object) => () =>
    defineDag({ id: 'shop' }, ({ task }) => task('a', anyHandler, {}, options));
  const withHeader = (options: object) => () =>
    defineDag({ id: 'shop', ...options }, ({ task }) => task('a', anyHandler, {}));

  test.each<[string, () => unknown, string, object]>([
    ['an empty id', withHeader({ id: '' }), 'bad_id', { what: 'DAG', id: '' }],
    ['an id with a blank', withHeader({ id: 'retail daily' }), 'bad_id', { id: 'retail daily' }],
    ['an id that is a path', withHeader({ id: '../etc' }), 'bad_id', { id: '../etc' }],
    ['an id that is too long', withHeader({ id: 'x'.repeat(201) }), 'bad_id', { what: 'DAG' }],
    [
      'a task id with a slash',
      () => aDefinition(({ task }) => task('a/b', anyHandler, {})),
      'bad_id',
      { what: 'Task' },
    ],
    ['a group id with a colon', () => aDefinition(({ group }) => group('a:b', () => [])), 'bad_id', { what: 'Group' }],
    [
      'two tasks with one id',
      () => aDefinition(({ task }) => [task('a', anyHandler, {}), task('a', anyHandler, {})]),
      'duplicate_task',
      { dag: 'shop', id: 'a' },
    ],
    [
      'a group with the id of a task',
      () => aDefinition(({ task, group }) => [task('a', anyHandler, {}), group('a', () => [])]),
      'duplicate_task',
      { id: 'a' },
    ],
    [
      'a task with the id of a group around it',
      () => aDefinition(({ task, group }) => group('a', () => task('a', anyHandler, {}))),
      'duplicate_task',
      { id: 'a' },
    ],
    ['a fraction of a retry', withOption({ retries: 1.5 }), 'bad_retries', { where: 'task a', retries: 1.5 }],
    ['retries below none', withOption({ retries: -1 }), 'bad_retries', { retries: -1 }],
    ['retries in the defaults', withHeader({ defaults: { retries: -1 } }), 'bad_retries', { where: 'DAG shop' }],
    ['a trigger rule that does not exist', withOption({ triggerRule: 'all_sucess' }), 'unknown_trigger_rule', {}],
    ['a duration in another form', withOption({ retryDelay: '5m' }), 'bad_duration', { option: 'task a: retryDelay' }],
    ['a time-out in another form', withOption({ executionTimeout: 5 }), 'bad_duration', { value: 5 }],
    ['a time-out of nothing', withOption({ executionTimeout: '0 seconds' }), 'bad_limit', { value: 0 }],
    ['a factor below 0', withOption({ retryExponentialBackoff: -1 }), 'bad_limit', { value: -1 }],
    [
      'a factor that is no number',
      withOption({ retryExponentialBackoff: Number.NaN }),
      'bad_limit',
      { where: 'task a' },
    ],
    [
      'a retry rule without a code',
      withOption({ retryPolicy: [{ do: 'fail' }] }),
      'bad_retry_rule',
      { where: 'task a: rule 1 of retryPolicy' },
    ],
    ['a retry rule with an empty code', withOption({ retryPolicy: [{ on: '', do: 'fail' }] }), 'bad_retry_rule', {}],
    ['a retry rule that says nothing', withOption({ retryPolicy: [{ on: 'x', do: 'stop' }] }), 'bad_retry_rule', {}],
    ['a mistyped retry rule', withOption({ retryPolicy: [{ one: 'x', do: 'fail' }] }), 'bad_retry_rule', {}],
    [
      'a delay before a failure',
      withOption({ retryPolicy: [{ on: 'x', do: 'fail', delay: '1 second' }] }),
      'bad_retry_rule',
      {},
    ],
    [
      'a retry of what failed for good',
      withOption({ retryPolicy: [{ on: ['x', 'task_failed'], do: 'retry' }] }),
      'bad_retry_rule',
      {},
    ],
    ['a place that does not exist', withOption({ isolation: 'proces' }), 'bad_isolation', { where: 'task a' }],
    ['memory of the worker', withOption({ memory: '1 GB' }), 'bad_isolation', {}],
    ['memory in another form', withOption({ isolation: 'thread', memory: '1gb' }), 'bad_isolation', {}],
    ['too little memory', withOption({ isolation: 'process', memory: '128 MB' }), 'bad_isolation', {}],
    ['a pool with a colon', withOption({ pool: 'a:b' }), 'bad_id', { what: 'Pool' }],
    ['half a slot', withOption({ poolSlots: 0.5 }), 'bad_limit', { option: 'task a: poolSlots' }],
    ['none at a time', withOption({ maxActive: 0 }), 'bad_limit', { option: 'task a: maxActive' }],
    ['half a weight', withOption({ priorityWeight: 1.5 }), 'bad_limit', { option: 'task a: priorityWeight' }],
    ['a weight rule that does not exist', withOption({ weightRule: 'upsteam' }), 'unknown_weight_rule', {}],
    ['no task at a time over all runs', withHeader({ maxActiveTasksOverRuns: 0 }), 'bad_limit', { value: 0 }],
    ['an option that does not exist', withOption({ retires: 3 }), 'unknown_option', { option: 'retires' }],
    [
      'no run at a time',
      withHeader({ maxActiveRuns: 0 }),
      'bad_limit',
      { option: 'DAG shop: maxActiveRuns', value: 0 },
    ],
    ['half a task at a time', withHeader({ maxActiveTasks: 0.5 }), 'bad_limit', { value: 0.5 }],
    ['a start date in another form', withHeader({ startDate: '1 May' }), 'bad_date', { option: 'DAG shop: startDate' }],
    ['an end date that does not exist', withHeader({ endDate: '2024-02-30' }), 'bad_date', { value: '2024-02-30' }],
    ['a run time-out in another form', withHeader({ dagRunTimeout: 'long' }), 'bad_duration', { value: 'long' }],
    [
      'a poke interval in another form',
      () => aDefinition(({ sensor }) => sensor('s', async () => true, {}, { pokeInterval: '1m' as '1 minute' })),
      'bad_duration',
      { option: 'sensor s: pokeInterval' },
    ],
    [
      'a sensor time-out in another form',
      () => aDefinition(({ sensor }) => sensor('s', async () => true, {}, { timeout: '1m' as '1 minute' })),
      'bad_duration',
      { option: 'sensor s: timeout' },
    ],
    [
      'freshness in another form',
      () => aDefinition(({ publish }) => publish('p', [], { freshWithin: '1d' as '1 day' })),
      'bad_duration',
      { option: 'publish p: freshWithin' },
    ],
  ])('%s is a DefinitionError', (_what, define, code, details) => {
    expect(thrownBy(define)).toMatchObject({ name: 'DefinitionError', code, details });
  });

  test('a wrong trigger rule is answered with the nearest one', () => {
    expect(withOption({ triggerRule: 'all_sucess' })).toThrow('Did you mean "all_success"?');
  });
});

describe('the input of a task', () => {
  const inputOf = (input: object) => aDefinition(({ task }) => task('a', anyHandler, input)).tasks[0]?.input;

  test('is JSON', () => {
    expect(inputOf({ text: 'x', number: 1, yes: true, none: null, list: [1, { a: 2 }] })).toEqual({
      text: 'x',
      number: 1,
      yes: true,
      none: null,
      list: [1, { a: 2 }],
    });
  });

  test('an object without a prototype is a plain one', () => {
    expect(inputOf({ bare: Object.assign(Object.create(null), { a: 1 }) })).toEqual({ bare: { a: 1 } });
  });

  test('may be a reference, or hold some, of the run and of tasks', () => {
    const { tasks, edges } = defineDag({ id: 'shop', params: z.object({ source: z.string() }) }, ({ task, run }) => {
      const raw = task('raw', async (_context: unknown, input: { source: string }) => input, {
        source: run.params.source,
      });
      task('all', async (_context: unknown, input: unknown) => input, {
        list: [raw, raw],
        start: run.interval.start,
        id: run.runId,
      });
      task('one', async (_context: unknown, input: { source: string }) => input, raw);
    });
    expect(tasks.map((task) => task.input)).toEqual([
      { source: { $ref: ['run', 'params', 'source'] } },
      {
        list: [{ $ref: ['output', 'raw'] }, { $ref: ['output', 'raw'] }],
        start: { $ref: ['run', 'interval', 'start'] },
        id: { $ref: ['run', 'run_id'] },
      },
      { $ref: ['output', 'raw'] },
    ]);
    expect(edges).toContainEqual({ from: 'raw', to: 'all' });
    expect(edges).toContainEqual({ from: 'raw', to: 'one' });
  });

  class Custom {}

  test.each([
    [{ at: new Date(0) }, 'input.at is a Date'],
    [{ list: [1, { big: 5n }] }, 'input.list[1].big is a value of type bigint'],
    [{ of: Number.NaN }, 'input.of is NaN'],
    [{ of: Number.POSITIVE_INFINITY }, 'input.of is Infinity'],
    [{ call: () => 1 }, 'input.call is a value of type function'],
    [{ map: new Map() }, 'input.map is a Map'],
    [{ custom: new Custom() }, 'input.custom is a Custom'],
    [{ odd: Object.create(Object.create(Object.create(null))) }, 'input.odd is a nameless object'],
    [{ list: [undefined] }, 'input.list[0] is a value of type undefined'],
    // What a member of a task's reference gives: without the error its edge would be lost in silence.
    [{ gone: undefined }, 'input.gone is a value of type undefined'],
  ])('%p is input_not_json: %s', (input, message) => {
    const define = () => inputOf(input);
    expect(define).toThrow(message);
    expect(thrownBy(define)).toMatchObject({ code: 'input_not_json', details: { where: 'task a' } });
  });
});

describe('sensors', () => {
  test('poke every minute for a week unless told otherwise', () => {
    const { tasks } = aDefinition(({ sensor }) => [
      sensor('patient', async () => true, {}),
      sensor('hasty', async () => true, {}, { pokeInterval: '1 second', timeout: '1 minute', retries: 2 }),
    ]);
    expect(tasks[0]).toMatchObject({ kind: 'sensor', sensor: { pokeIntervalMs: 60_000, timeoutMs: 604_800_000 } });
    expect(tasks[1]).toMatchObject({ sensor: { pokeIntervalMs: 1_000, timeoutMs: 60_000 }, policy: { retries: 2 } });
  });
});

describe('branches and short circuits', () => {
  test('are tasks of their own kinds, with policy, handler and input like any other', () => {
    const choose = async () => 'left';
    const isNeeded = async () => true;
    const { tasks } = aDefinition(({ branch, shortCircuit }) => [
      branch('fork', choose, { n: 1 }, { retries: 1 }),
      shortCircuit('gate', isNeeded, {}, { triggerRule: 'all_done' }),
    ]);
    expect(tasks).toMatchObject([
      { taskId: 'fork', kind: 'branch', handler: choose, input: { n: 1 }, policy: { retries: 1 } },
      { taskId: 'gate', kind: 'short_circuit', handler: isNeeded, policy: { triggerRule: 'all_done' } },
    ]);
  });
});

describe('what defineDag returns', () => {
  test('is told from other values, also when another copy of the module made it', () => {
    const definition = aDefinition(({ task }) => task('a', anyHandler, {}));
    expect(isDagDefinition(definition)).toBe(true);
    expect(isDagDefinition({ ...definition })).toBe(true);
    for (const value of [null, undefined, 'dag', {}, { kind: 'dag' }, { kind: 'task', edges: [] }])
      expect(isDagDefinition(value)).toBe(false);
  });
});
