import { expect, test } from '@jest/globals';
import type { TaskContext } from '../../activities';
import { defineDag, runWorkflowId } from '../../engine';
import { uniqueDagId, withRunServer } from '../support/run-server';

test('a local task is retried, timed out and recorded like any other, and makes no activity of its own', async () => {
  const id = uniqueDagId('local');
  const flaky = async ({ identity }: TaskContext): Promise<number> => {
    if (identity.tryNumber < 2) throw new Error('not yet');
    return identity.tryNumber;
  };
  const dag = defineDag({ id, defaults: { local: true, retryDelay: '50 milliseconds' } }, ({ task }) => {
    const one = task('one', flaky, {}, { retries: 1 });
    task('two', async (_ctx: never, input: { n: number }) => input.n + 1, { n: one });
    task('slow', () => new Promise<null>(() => undefined), {}, { executionTimeout: '100 milliseconds' }).after(one);
  });

  await withRunServer([dag], async (server) => {
    const summary = await server.execute(id, { runId: 'r1' });
    const { run } = await server.client.run(id, 'r1');
    const { events } = await server.temporal.workflow.getHandle(runWorkflowId(id, 'r1')).fetchHistory();

    expect(summary.tasks).toEqual({ one: 'success', two: 'success', slow: 'failed' });
    expect(run.tasks.two?.output).toBe(3);
    expect(run.tasks.slow?.failure?.code).toBe('execution_timeout');
    expect(run.attempts.map(({ taskId, state }) => `${taskId} ${state}`).sort()).toEqual([
      'one failed',
      'one success',
      'slow failed',
      'two success',
    ]);
    expect((events ?? []).filter((event) => event.activityTaskScheduledEventAttributes)).toEqual([]);
  });
});
