import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { attemptLogPath, HandlerRegistry, type TaskContext } from '../../activities';
import { createTaskActivity } from '../../activities/failure-boundary';
import {
  FailTask,
  type FailureDetails,
  type Json,
  OutsideUnavailable,
  SkipTask,
  type TaskOrder,
  type TaskReport,
} from '../../engine';
import { openWarehouse, type Warehouse } from '../../warehouse';
import { until } from '../support/until';

type AnyHandler = (context: TaskContext, input: never) => Promise<unknown>;

let folder: string;
let warehouse: Warehouse;
let environment: MockActivityEnvironment;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemill-boundary-'));
  warehouse = await openWarehouse({ uri: join(folder, 'warehouse') });
});
afterAll(async () => {
  await warehouse.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  environment = aMockEnvironment(2);
});
afterEach(() => {
  environment.removeAllListeners();
});

/** Temporal's context of one activity. Its own log would repeat every failure that a test makes. */
function aMockEnvironment(attempt: number): MockActivityEnvironment {
  return new MockActivityEnvironment({ attempt }, { logger: new DefaultLogger('ERROR') });
}

const versions = { spec: 's1', code: 'c1' };
let runCount = 0;

function anOrder(facts: Partial<TaskOrder> = {}): TaskOrder {
  runCount += 1;
  return {
    dagId: 'shop',
    runId: `manual__${runCount}`,
    execution: 'e1',
    instance: null,
    taskId: 'sell',
    kind: 'task',
    sensor: null,
    tryNumber: 3,
    pokeCount: 0,
    interval: { start: '2010-12-01T00:00:00Z', end: '2010-12-02T00:00:00Z' },
    timezone: 'UTC',
    params: { limit: 5 },
    input: { name: 'lamp' },
    versions,
    executionTimeoutMs: 60_000,
    ...facts,
  };
}

/** The activity of a worker whose one DAG has this handler for its one task. */
function activityOf(handler: AnyHandler): (order: TaskOrder) => Promise<TaskReport> {
  const dag = { dagId: 'shop', versions, handlers: new Map([['sell', handler]]) };
  const registry = new HandlerRegistry([dag], {});
  return createTaskActivity({ registry, warehouse, logFolder: join(folder, 'logs'), worker: 'worker-1' });
}

async function perform(handler: AnyHandler, order: TaskOrder = anOrder()): Promise<TaskReport> {
  return await environment.run(activityOf(handler), order);
}

/** The failure by which an attempt ends, as Temporal would get it. */
async function failureOf(
  handler: AnyHandler,
  order?: TaskOrder,
): Promise<{ readonly failure: ApplicationFailure; readonly details: FailureDetails }> {
  const ended = await perform(handler, order).then(
    () => null,
    (error: unknown) => error,
  );
  expect(ended).not.toBeNull();
  const failure = ended as ApplicationFailure;
  return { failure, details: failure.details?.[0] as FailureDetails };
}

interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

function logOf(order: TaskOrder, attempt = 2): readonly LogLine[] {
  const { dagId, runId, execution, taskId, tryNumber } = order;
  const path = attemptLogPath({ dagId, runId, execution, taskId, tryNumber, attempt });
  const lines = readFileSync(join(folder, 'logs', path), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as LogLine);
}

describe('an attempt that succeeds', () => {
  test('reports its output, the rows that it counted and who performed it', async () => {
    const report = await perform(async () => ({ row_count: 7, files: ['a'] }));

    expect(report).toMatchObject({
      output: { row_count: 7, files: ['a'] },
      rowCount: 7,
      facts: { attempt: 2, worker: 'worker-1' },
    });
    expect(Date.parse(report.facts.endedAt)).toBeGreaterThanOrEqual(Date.parse(report.facts.startedAt));
  });

  test('gives its handler the order: input, interval, parameters, and a name that no other attempt has', async () => {
    const seen: TaskContext[] = [];
    const inputs: unknown[] = [];
    const handler = async (context: TaskContext, input: never): Promise<null> => {
      seen.push(context);
      inputs.push(input);
      return null;
    };
    const order = anOrder();
    await perform(handler, order);
    await perform(handler, { ...order, tryNumber: 4 });
    environment = aMockEnvironment(3);
    await perform(handler, order);

    expect(inputs[0]).toEqual({ name: 'lamp' });
    expect(seen[0]).toMatchObject({
      identity: { dagId: 'shop', runId: order.runId, execution: 'e1', taskId: 'sell', tryNumber: 3, attempt: 2 },
      interval: order.interval,
      params: { limit: 5 },
      timezone: 'UTC',
    });
    expect(new Set(seen.map((context) => context.attemptName)).size).toBe(3);
  });

  test('may give nothing', async () => {
    expect(await perform(async () => undefined)).toMatchObject({ output: null, rowCount: null });
  });

  test('logs its begin, what the handler says, and its end as JSON lines of its own file', async () => {
    const order = anOrder();
    await perform(async (context) => {
      context.log.info({ rows: 12n, table: 'sales' }, 'half way');
      return null;
    }, order);

    expect(logOf(order)).toMatchObject([
      { level: 'info', message: 'attempt started', task_id: 'sell', try: 3, attempt: 2, input: { name: 'lamp' } },
      { level: 'info', message: 'half way', rows: '12', table: 'sales' },
      { level: 'info', message: 'attempt succeeded' },
    ]);
  });
});

describe('an attempt that fails', () => {
  test('crosses by the code of its error, and never lets Temporal retry', async () => {
    const outside = new OutsideUnavailable({ code: 'disk_full', message: 'No space.', details: { free_bytes: 0n } });

    const { failure, details } = await failureOf(() => Promise.reject(outside));

    expect(failure).toMatchObject({
      name: 'ApplicationFailure',
      type: 'disk_full',
      nonRetryable: true,
      message: 'No space.',
    });
    expect(details).toMatchObject({
      failure: { code: 'disk_full', message: 'No space.', retryable: true, details: { free_bytes: '0' } },
      facts: { attempt: 2, worker: 'worker-1' },
      isSkip: false,
    });
  });

  test('keeps the message and the stack of an error of its author', async () => {
    const order = anOrder();
    const { failure, details } = await failureOf(async function sellTheLamp() {
      throw new RangeError('the lamp is broken');
    }, order);

    expect(failure.type).toBe('user_code_failed');
    expect(details.failure).toMatchObject({
      message: 'the lamp is broken',
      retryable: true,
      details: { name: 'RangeError', stack: expect.stringContaining('sellTheLamp') },
    });
    expect(logOf(order).at(-1)).toMatchObject({
      level: 'error',
      code: 'user_code_failed',
      message: 'attempt failed: the lamp is broken',
      details: { stack: expect.stringContaining('failure-boundary.test') },
    });
  });

  test.each([
    ['a text', 'out of lamps', 'out of lamps', 'string'],
    ['undefined', undefined, 'undefined', 'undefined'],
    ['an object', { lamps: 0 }, '[object Object]', 'object'],
  ])('takes %s that was thrown for an error of its author', async (_what, thrown, message, name) => {
    const { details } = await failureOf(() => Promise.reject(thrown));

    expect(details.failure).toMatchObject({ code: 'user_code_failed', message, details: { name } });
  });

  test('that was failed for good by its handler is not to be tried again by the engine either', async () => {
    const { details } = await failureOf(() => Promise.reject(new FailTask('no such lamp')));

    expect(details.failure).toMatchObject({ code: 'task_failed', message: 'no such lamp', retryable: false });
  });

  test('keeps within what Temporal carries, whatever its error brings', async () => {
    const circular: { self?: unknown } = {};
    circular.self = circular;
    const loop = await failureOf(() => Promise.reject(new FailTask('round and round', { circular })));
    const vast = await failureOf(() =>
      Promise.reject(new FailTask('x'.repeat(1_000_000), { rows: Array.from({ length: 100_000 }, (_, row) => row) })),
    );

    expect(loop.details.failure).toMatchObject({ code: 'task_failed', message: 'round and round' });
    expect(vast.details.failure.code).toBe('task_failed');
    expect(JSON.stringify(vast.details).length).toBeLessThan(64 * 1024);
  });

  test('without a handler says which versions were asked for and which are here', async () => {
    const order = anOrder({ versions: { spec: 's0', code: 'c0' } });

    const { failure, details } = await failureOf(async () => null, order);

    expect(failure.type).toBe('handler_missing');
    expect(details.failure.details).toEqual({ asked: { spec: 's0', code: 'c0' }, present: versions });
  });
});

describe('an output that cannot travel', () => {
  const circular: { self?: unknown } = {};
  circular.self = circular;

  test.each([
    ['a function', () => undefined],
    ['a symbol', Symbol('lamp')],
    ['a bigint', 5n],
    ['an object with a bigint in it', { rows: 5n }],
    ['an object that holds itself', circular],
  ])('%s is output_not_json, which no retry can mend', async (_what, output) => {
    const { failure, details } = await failureOf(async () => output);

    expect(failure.type).toBe('output_not_json');
    expect(details.failure).toMatchObject({ retryable: false, message: expect.stringContaining('sell') });
  });

  test('one of more than 128 KB is output_too_large and says how large', async () => {
    const { failure, details } = await failureOf(async () => ({ rows: 'x'.repeat(128 * 1024) }));

    expect(failure.type).toBe('output_too_large');
    expect(details.failure.message).toMatch(/131083 bytes/);
    expect(details.failure.retryable).toBe(false);
  });

  test('one of just below 128 KB travels', async () => {
    const text = 'x'.repeat(128 * 1024 - 2);

    expect((await perform(async () => text)).output).toBe(text);
  });
});

test('a handler that skips its task fails nothing: the reason travels as a skip', async () => {
  const order = anOrder();

  const { failure, details } = await failureOf(() => Promise.reject(new SkipTask('no lamps today')), order);

  expect(failure).toMatchObject({ type: 'task_skipped', nonRetryable: true });
  expect(details).toMatchObject({ isSkip: true, failure: { message: 'no lamps today' }, facts: { attempt: 2 } });
  expect(logOf(order).at(-1)).toMatchObject({ level: 'info', message: 'attempt skipped: no lamps today' });
});

describe('a cancellation', () => {
  test('reaches the handler by its signal and ends as cancelled, not as a failure', async () => {
    const order = anOrder();
    let aborted = false;
    const attempt = perform(
      (context) =>
        new Promise((_resolve, reject) => {
          context.signal.addEventListener('abort', () => {
            aborted = true;
            reject(new Error('stopped in the middle'));
          });
        }),
      order,
    );
    environment.cancel('CANCELLED');

    await expect(attempt).rejects.toBeInstanceOf(CancelledFailure);
    expect(aborted).toBe(true);
    expect(logOf(order).at(-1)).toMatchObject({ level: 'warn', message: 'attempt cancelled' });
  });

  test('ends the attempt also when the handler does not listen', async () => {
    const attempt = perform(() => new Promise(() => undefined));
    environment.cancel('CANCELLED');

    await expect(attempt).rejects.toBeInstanceOf(CancelledFailure);
  });
});

describe('a time-out', () => {
  test('ends the try as execution_timeout, to be tried again, and tells the handler to stop', async () => {
    let aborted = false;
    const { failure, details } = await failureOf(
      (context) =>
        new Promise(() => {
          context.signal.addEventListener('abort', () => {
            aborted = true;
          });
        }),
      anOrder({ executionTimeoutMs: 30 }),
    );

    expect(failure.type).toBe('execution_timeout');
    expect(details.failure).toMatchObject({
      retryable: true,
      message: 'Try 3 of sell took longer than its executionTimeout of 0.03 s. Give it more time, or make it do less.',
      details: { task: 'sell', execution_timeout_ms: 30 },
    });
    await until(() => aborted);
  });
});

describe('heartbeats', () => {
  test('are sent for a handler that sends none, and carry the last progress that it told', async () => {
    const heartbeats: unknown[] = [];
    environment.on('heartbeat', (progress: unknown) => heartbeats.push(progress));

    await perform(async (context) => {
      await until(() => heartbeats.length === 1);
      context.heartbeat({ files: 1 });
      context.heartbeat({ files: 2 });
      await until(() => heartbeats.length === 2);
      return null;
    });

    expect(heartbeats).toEqual([null, { files: 2 }]);
  });

  test('end with the attempt, also when it failed', async () => {
    let count = 0;
    environment.on('heartbeat', () => {
      count += 1;
    });
    await failureOf(() => Promise.reject(new Error('broken')));
    const order = anOrder({ executionTimeoutMs: 700 });
    await failureOf(() => new Promise(() => undefined), order);

    // The first attempt was over before a heartbeat was due; a timer of it that lived on would have counted twice here.
    expect(count).toBe(1);
  });
});

describe('checkpoints', () => {
  const save =
    (state: unknown): AnyHandler =>
    async (context) => {
      await context.checkpoint(state as Json);
      throw new Error('died after its checkpoint');
    };

  /** What the attempt with this number finds to go on from, before it fails. */
  async function found(order: TaskOrder, attempt: number, handler?: AnyHandler): Promise<unknown> {
    environment = aMockEnvironment(attempt);
    let last: unknown;
    await failureOf(async (context, input) => {
      last = await context.lastCheckpoint();
      await handler?.(context, input);
      throw new Error('not yet');
    }, order);
    return last;
  }

  test('of a first attempt there are none', async () => {
    expect(await found(anOrder({ tryNumber: 1 }), 1)).toBeNull();
  });

  test('are what the next attempt and the next try go on from, one that kept nothing of its own included', async () => {
    const order = anOrder({ tryNumber: 1 });
    environment = aMockEnvironment(1);
    await failureOf(save({ done: 1 }), order);
    await failureOf(save({ done: 2 }), { ...order, pokeCount: 1 });

    expect(await found({ ...order, pokeCount: 1 }, 2)).toEqual({ done: 2 });
    expect(await found({ ...order, tryNumber: 2 }, 1)).toEqual({ done: 2 });
    expect(await found({ ...order, tryNumber: 3 }, 1, save({ done: 3 }))).toEqual({ done: 2 });
    expect(await found({ ...order, tryNumber: 4 }, 1)).toEqual({ done: 3 });
  });

  test('of an attempt that was replaced are read by nobody', async () => {
    const order = anOrder({ tryNumber: 1 });
    environment = aMockEnvironment(1);
    await failureOf(save({ done: 1 }), order);
    expect(await found(order, 2)).toEqual({ done: 1 });
    environment = aMockEnvironment(1);
    await failureOf(save({ done: 9 }), order);

    expect(await found(order, 3)).toEqual({ done: 1 });
  });

  test('are gone once the task has succeeded, and belong to one execution of a run', async () => {
    const order = anOrder({ tryNumber: 1 });
    environment = aMockEnvironment(1);
    await failureOf(save({ done: 1 }), order);
    expect(await found({ ...order, execution: 'e2' }, 2)).toBeNull();
    environment = aMockEnvironment(2);
    await perform(async (context) => await context.lastCheckpoint(), order);

    expect(await found(order, 3)).toBeNull();
  });

  test('stay for the next poke of a sensor that has found nothing', async () => {
    const order = anOrder({ tryNumber: 1, kind: 'sensor' });
    await perform(async (context) => {
      await context.checkpoint({ seen: 4 });
      return false;
    }, order);

    expect(await found({ ...order, pokeCount: 1 }, 1)).toEqual({ seen: 4 });
  });

  test('are refused from a handler that was left behind at its time-out', async () => {
    let refused: unknown = null;
    const order = anOrder({ tryNumber: 1, executionTimeoutMs: 30 });
    environment = aMockEnvironment(1);
    await failureOf(async (context) => {
      await new Promise((resolve) => context.signal.addEventListener('abort', resolve));
      await context.checkpoint({ done: 1 }).catch((error: unknown) => {
        refused = error;
      });
    }, order);

    await until(() => refused !== null);
    expect(await found({ ...order, executionTimeoutMs: 60_000 }, 2)).toBeNull();
  });

  test.each([
    ['checkpoint_not_json', 1n],
    ['checkpoint_too_large', 'x'.repeat(64 * 1024)],
  ])('that are too much fail the task as %s', async (code, state) => {
    const { failure } = await failureOf(save(state));

    expect(failure.type).toBe(code);
  });
});

describe('a local task', () => {
  test.each<[string, AnyHandler]>([
    ['the warehouse', async (context) => context.warehouse.store.uri],
    ['a checkpoint', async (context) => await context.checkpoint(1)],
  ])('that reaches for %s fails with what to do', async (_what, handler) => {
    const { failure } = await failureOf(handler, anOrder({ isLocal: true }));

    expect(failure.type).toBe('local_task_has_no_files');
  });
});
