import { expect, test } from '@jest/globals';
import type { TaskContext } from '../../activities';
import { defineDag } from '../../engine';
import { uniqueDagId, withRunServer } from '../support/run-server';

test('every try goes on from the last checkpoint of the one before', async () => {
  const id = uniqueDagId('checkpoints');
  const done: number[] = [];
  const threeSteps = async (ctx: TaskContext): Promise<{ steps: number }> => {
    const begun = (await ctx.lastCheckpoint()) as { next: number } | null;
    for (let step = begun?.next ?? 1; step <= 3; step += 1) {
      done.push(step);
      await ctx.checkpoint({ next: step + 1 });
      if (step < 3) throw new Error(`died after step ${step}`);
    }
    return { steps: 3 };
  };
  const dag = defineDag({ id }, ({ task }) => {
    task('steps', threeSteps, {}, { retries: 2, retryDelay: '50 milliseconds' });
  });

  await withRunServer([dag], async (server) => {
    const summary = await server.execute(id);

    expect(summary).toMatchObject({ state: 'success', retries: 2 });
    expect(done).toEqual([1, 2, 3]);
  });
});

test('a retry policy and failFast decide the end of a run', async () => {
  const id = uniqueDagId('policies');
  const dag = defineDag({ id, failFast: true, defaults: { retries: 5, retryDelay: '1 hour' } }, ({ task }) => {
    task(
      'fails',
      () => Promise.reject(new Error('broken')),
      {},
      {
        retryPolicy: [{ on: 'user_code_failed', do: 'fail' }],
      },
    );
    // Ends by its signal alone.
    const endless = (ctx: TaskContext): Promise<null> =>
      new Promise((resolve) => ctx.signal.addEventListener('abort', () => resolve(null)));
    const waits = task('waits', endless, {});
    task('after', async () => null, {}).after(waits);
  });

  await withRunServer([dag], async (server) => {
    const summary = await server.execute(id);

    expect(summary).toMatchObject({ state: 'failed', tasks: { fails: 'failed', waits: 'failed', after: 'skipped' } });
  });
});
