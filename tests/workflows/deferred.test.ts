import { expect, test } from '@jest/globals';
import type { TaskContext } from '../../activities';
import { defineDag, type Json } from '../../engine';
import { uniqueDagId, withRunServer } from '../support/run-server';
import { until } from '../support/until';

test('work that was started elsewhere is completed from outside, by the client or by Temporal itself', async () => {
  const id = uniqueDagId('deferred');
  const tokens = new Map<string, { readonly workflowId: string; readonly activityId: string }>();
  const startElsewhere = async (ctx: TaskContext, input: { job: string }): Promise<{ job: string }> => {
    if (ctx.completion !== null) tokens.set(input.job, ctx.completion);
    return input;
  };
  const rows = async (_ctx: never, input: Json): Promise<Json> => input;
  const dag = defineDag({ id, defaults: { retryDelay: '10 milliseconds' } }, ({ deferred, task }) => {
    task('after_client', rows, deferred('by_client', startElsewhere, { job: 'a' }));
    task('after_token', rows, deferred('by_token', startElsewhere, { job: 'b' }));
    deferred('broken', startElsewhere, { job: 'c' });
    deferred('late', startElsewhere, { job: 'd' }, { timeout: '50 milliseconds' });
  });

  await withRunServer([dag], async ({ client, deploy, temporal }) => {
    await deploy(id);
    const [runId = ''] = await client.trigger({ dagId: id });
    const stateOf = async (taskId: string): Promise<string | undefined> =>
      (await client.run(id, runId).catch(() => null))?.run.tasks[taskId]?.state;
    await until(async () => (await stateOf('by_token')) === 'deferred', 60_000);
    await until(async () => (await stateOf('late')) === 'failed', 60_000);

    const at = { dagId: id, runId };
    await client.completeTask({ ...at, taskId: 'by_client', output: { rows: 5 } });
    const token = tokens.get('b');
    if (token === undefined) throw new Error('the handler was given no token');
    // The wait begins a moment after the handler has ended.
    await until(async () => {
      await temporal.activity.complete(token, { rows: 6 }).catch(() => undefined);
      return (await stateOf('by_token')) === 'success';
    }, 60_000);
    await client.failTask({ ...at, taskId: 'broken', message: 'disk full' });
    for (const taskId of ['late', 'after_token', 'nobody'])
      await expect(client.completeTask({ ...at, taskId })).rejects.toMatchObject({ code: 'not_deferred' });

    expect(await client.result(id, runId)).toMatchObject({ state: 'failed', tasks: { after_client: 'success' } });
    const { tasks } = (await client.run(id, runId)).run;
    expect([tasks.after_client?.output, tasks.after_token?.output]).toEqual([{ rows: 5 }, { rows: 6 }]);
    expect(tasks.broken?.failure).toMatchObject({ code: 'failed_outside', message: 'disk full' });
    expect(tasks.late?.failure?.code).toBe('deferred_timed_out');
  });
});
