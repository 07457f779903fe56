import { expect, test } from '@jest/globals';
import { defineDag } from '../../engine';
import { uniqueDagId, withRunServer } from '../support/run-server';
import { until } from '../support/until';

test('what a setup made is removed when the work fails, and when the run is stopped', async () => {
  const failing = uniqueDagId('failing');
  const stopped = uniqueDagId('stopped');
  const made = new Set<string>();
  const make = async (_ctx: never, input: { place: string }): Promise<{ place: string }> => {
    made.add(input.place);
    return input;
  };
  const remove = async (_ctx: never, input: { place: string }): Promise<void> => {
    made.delete(input.place);
  };
  const define = (id: string, work: (ctx: { signal: AbortSignal }) => Promise<null>) =>
    defineDag({ id }, ({ setup, task, teardown }) => {
      const place = setup('make', make, { place: id });
      const worked = task('work', work, {}).after(place);
      teardown('remove', remove, place).after(worked);
      task('report', async () => null, {}).after(worked);
    });
  const endless = (ctx: { signal: AbortSignal }): Promise<null> =>
    new Promise((resolve) => ctx.signal.addEventListener('abort', () => resolve(null)));

  const dags = [define(failing, () => Promise.reject(new Error('broken'))), define(stopped, endless)];
  await withRunServer(dags, async (server) => {
    const summary = await server.execute(failing);
    expect(summary).toMatchObject({
      state: 'failed',
      tasks: { make: 'success', work: 'failed', remove: 'success', report: 'upstream_failed' },
    });

    await server.deploy(stopped);
    const [runId = ''] = await server.client.trigger({ dagId: stopped });
    await until(async () => {
      const view = await server.client.run(stopped, runId).catch(() => null);
      return view?.run.tasks.work?.state === 'running';
    }, 30_000);
    expect(made).toEqual(new Set([stopped]));
    await server.client.stop(stopped, runId);
    const ended = await server.client.result(stopped, runId);

    expect(ended).toMatchObject({ state: 'failed', tasks: { work: 'failed', remove: 'success', report: 'skipped' } });
    expect(made).toEqual(new Set());
  });
});
