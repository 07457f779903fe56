import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { closeThreads, runInThread, threadModule } from '../../../activities/threads';
import { ThreadPool } from '../../../activities/threads/thread-pool';
import { isEngineError } from '../../../engine/errors';
import { until } from '../../support/until';

const path = join(__dirname, 'thread-work.ts');
const work = threadModule<typeof import('./thread-work')>(path);

afterAll(closeThreads);

describe('a call in a thread', () => {
  test('returns what the function returns, typed arrays and maps included', async () => {
    const result = await runInThread({ module: work, name: 'doubled', input: { values: [1, 2.5] } });

    expect([...(result.get('doubled') ?? [])]).toEqual([2, 5]);
  });

  test('leaves the event loop free while it computes', async () => {
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 5);
    await runInThread({ module: work, name: 'compute', input: { ms: 400 } });
    clearInterval(timer);

    expect(ticks).toBeGreaterThan(20);
  });

  test('takes buffers over without a copy when they are handed over', async () => {
    const numbers = Float64Array.from([1, 2, 3]);
    const total = await runInThread({ module: work, name: 'sum', input: numbers, transfer: [numbers.buffer] });

    expect(total).toBe(6);
    expect(numbers.length).toBe(0);
  });
});

describe('an error in a thread', () => {
  test('keeps code, details, cause and the stack of the thread', async () => {
    const error = await failureOf(runInThread({ module: work, name: 'failByCode', input: undefined as never }));

    expect(isEngineError(error)).toBe(true);
    expect(error).toMatchObject({
      name: 'TaskError',
      code: 'fit_diverged',
      retryable: false,
      details: { steps: 12 },
      message: 'The fit did not converge after 12 steps',
      cause: { name: 'RangeError', message: 'step 12 is not finite' },
    });
    expect(error.stack).toMatch(/failByCode.*thread-work\.ts:2\d/);
  });

  test('that is none of ours keeps its name, code and stack', async () => {
    const error = await failureOf(runInThread({ module: work, name: 'failPlainly', input: undefined as never }));

    expect(isEngineError(error)).toBe(false);
    expect(error).toMatchObject({ name: 'TypeError', code: 'BAD_COLUMN', message: 'the column "price" is text' });
    expect(error.stack).toContain('thread-work.ts');
  });

  test('may be any value that was thrown', async () => {
    const error = await failureOf(runInThread({ module: work, name: 'failOddly', input: undefined as never }));

    expect(error.message).toBe('no error at all');
  });

  test('is told of a result that cannot be cloned, and the thread lives on', async () => {
    const error = await failureOf(runInThread({ module: work, name: 'giveFunction', input: undefined as never }));

    expect(error.name).toBe('DataCloneError');
    await expect(runInThread({ module: work, name: 'sum', input: Float64Array.of(1) })).resolves.toBe(1);
  });

  test('is told of an input that cannot be cloned', async () => {
    const input = { ms: (() => 1) as unknown as number };

    await expect(runInThread({ module: work, name: 'compute', input })).rejects.toThrow('could not be cloned');
  });

  test('thrown where nobody waits for it fails the call', async () => {
    const error = await failureOf(runInThread({ module: work, name: 'failLater', input: undefined as never }));

    expect(error.message).toBe('thrown in a timer');
  });

  test.each([
    ['a name that the module lacks', path, 'missing', 'missing is no exported function'],
    ['a name that is no function', path, 'notCallable', 'notCallable is no exported function'],
    ['a module that is not there', `${path}x`, 'sum', 'thread-work.tsx'],
  ])('names %s', async (_what, module, name, message) => {
    await withPool({}, async (pool) => {
      await expect(pool.run({ module, name, input: null })).rejects.toThrow(message);
    });
  });

  test('a thread that ends by itself fails its call, which may be tried again', async () => {
    const error = await failureOf(runInThread({ module: work, name: 'leave', input: { code: 3 } }));

    expect(error).toMatchObject({
      code: 'thread_ended',
      retryable: true,
      details: { name: 'leave', why: 'exit code 3' },
    });
  });

  test('a thread without memory fails its call and not the process', async () => {
    await withPool({ heapMb: 48 }, async (pool) => {
      const error = await failureOf(pool.run({ module: path, name: 'fillMemory', input: null }));

      expect(error).toMatchObject({ code: 'thread_out_of_memory', retryable: false });
      await expect(pool.run({ module: path, name: 'sum', input: Float64Array.of(4) })).resolves.toBe(4);
    });
  });
});

describe('an aborted call', () => {
  test('ends a computation that never pauses', async () => {
    const controller = new AbortController();
    const call = runInThread({ module: work, name: 'compute', input: { ms: 600_000 }, signal: controller.signal });
    setTimeout(() => controller.abort(new Error('stopped by a user')), 100);
    const begun = performance.now();

    await expect(call).rejects.toThrow('stopped by a user');
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  test('does not begin when its signal was aborted before', async () => {
    const signal = AbortSignal.abort(new Error('too late'));

    await expect(runInThread({ module: work, name: 'compute', input: { ms: 1 }, signal })).rejects.toThrow('too late');
  });

  test('leaves the queue while it waits for its turn', async () => {
    await withPool({ size: 1 }, async (pool) => {
      const controller = new AbortController();
      const first = pool.run({ module: path, name: 'compute', input: { ms: 300 } });
      const second = pool.run({ module: path, name: 'compute', input: { ms: 1 }, signal: controller.signal });
      const third = pool.run({ module: path, name: 'sum', input: Float64Array.of(3) });
      controller.abort(new Error('given up'));

      await expect(second).rejects.toThrow('given up');
      await expect(Promise.all([first, third])).resolves.toEqual(['done', 3]);
    });
  });
});

describe('a pool', () => {
  test('uses a warm thread again', async () => {
    await withPool({ size: 1 }, async (pool) => {
      const counts = [];
      for (let call = 0; call < 3; call += 1)
        counts.push(await pool.run({ module: path, name: 'callsOfThisThread', input: null }));

      expect(counts).toEqual([1, 2, 3]);
    });
  });

  test('never runs more calls at once than it has room for, and answers them all', async () => {
    await withPool({ size: 2 }, async (pool) => {
      const counts = await Promise.all(
        Array.from({ length: 10 }, () => pool.run({ module: path, name: 'callsOfThisThread', input: null })),
      );

      expect(counts.length).toBe(10);
      expect(pool.threadCount).toBeLessThanOrEqual(2);
    });
  });

  test('ends a thread that was idle for long and starts another', async () => {
    await withPool({ size: 1, idleMs: 1 }, async (pool) => {
      await pool.run({ module: path, name: 'callsOfThisThread', input: null });
      await until(() => pool.threadCount === 0);

      expect(await pool.run({ module: path, name: 'callsOfThisThread', input: null })).toBe(1);
    });
  });

  test('fails calls that run or wait when it is closed and works again afterwards', async () => {
    await withPool({ size: 1 }, async (pool) => {
      const calls = [1, 2].map(() => failureOf(pool.run({ module: path, name: 'compute', input: { ms: 600_000 } })));
      await pool.close();

      for (const call of calls) expect(await call).toMatchObject({ code: 'thread_ended' });
      expect(await pool.run({ module: path, name: 'sum', input: Float64Array.of(2) })).toBe(2);
    });
  });
});

async function withPool(
  options: { readonly size?: number; readonly idleMs?: number; readonly heapMb?: number },
  body: (pool: ThreadPool) => Promise<void>,
): Promise<void> {
  const pool = new ThreadPool({ size: 2, idleMs: 10_000, heapMb: 256, ...options });
  try {
    await body(pool);
  } finally {
    await pool.close();
  }
}

async function failureOf(call: Promise<unknown>): Promise<Error> {
  try {
    await call;
  } catch (error) {
    return error as Error;
  }
  throw new Error('The call was expected to fail');
}
