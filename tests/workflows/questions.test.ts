import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { defineDag } from '../../engine';
import { uniqueDagId, withRunServer } from '../support/run-server';
import { until } from '../support/until';

const nothing = async (): Promise<null> => null;

test('people are asked, answers are checked, the first one counts, and a default comes with the time-out', async () => {
  const id = uniqueDagId('questions');
  const used: unknown[] = [];
  const dag = defineDag({ id }, ({ task, approve, choose, fill }) => {
    const yes = approve('publish_it', { subject: 'Publish?', details: { rows: 5 } });
    const way = choose('way', { subject: 'Which way?' }).after(yes);
    task('left', nothing, {}).after(way);
    task('right', nothing, {}).after(way);
    const limits = fill('limits', { subject: 'How many?', form: z.object({ maximum: z.number() }) });
    task('use', async (_ctx: never, input: { maximum: number }) => void used.push(input), limits);
    const late = approve('late', { subject: 'Still there?', default: 'reject', timeout: '50 milliseconds' });
    task('after_late', nothing, {}).after(late);
  });

  await withRunServer([dag], async ({ client, deploy, temporal }) => {
    await deploy(id);
    const [runId = ''] = await client.trigger({ dagId: id });
    const open = async (): Promise<readonly string[]> =>
      (await client.questions({ dagId: id })).map((one) => one.taskId).sort();
    await until(async () => (await open()).join() === 'limits,publish_it', 60_000);
    const [first] = (await client.questions({ dagId: id })).filter((one) => one.taskId === 'publish_it');
    expect(first).toMatchObject({ dagId: id, runId, details: { rows: 5 }, until: null });

    const at = { dagId: id, runId };
    await expect(client.answer({ ...at, taskId: 'publish_it', answer: 'perhaps' })).rejects.toMatchObject({
      code: 'bad_answer',
    });
    await expect(client.answer({ ...at, taskId: 'limits', answer: { maximum: 'many' } })).rejects.toMatchObject({
      code: 'bad_answer',
    });
    await expect(client.answer({ ...at, taskId: 'publish', answer: 'approve' })).rejects.toMatchObject({
      code: 'no_open_question',
    });
    expect(await client.answer({ ...at, taskId: 'publish_it', answer: 'approve' })).toBe(true);
    await expect(client.answer({ ...at, taskId: 'publish_it', answer: 'reject' })).rejects.toMatchObject({
      code: 'no_open_question',
    });
    expect(await client.answer({ ...at, taskId: 'limits', answer: { maximum: 5 } })).toEqual({ maximum: 5 });

    // As Temporal's UI does it: a signal with plain JSON; one that cannot be read changes nothing.
    await until(async () => (await open()).join() === 'way', 60_000);
    const run = temporal.workflow.getHandle(`dag_run/${id}/${runId}`);
    await run.signal('answer', { task: 'way', answer: 'up' });
    await run.signal('answer', { task: 'way', answer: { choice: 'left' } });

    expect(await client.result(id, runId)).toMatchObject({
      state: 'success',
      tasks: { left: 'success', right: 'skipped', use: 'success', late: 'success', after_late: 'skipped' },
    });
    const { tasks } = (await client.run(id, runId)).run;
    expect([tasks.publish_it?.answer?.by, tasks.way?.answer?.by]).toEqual(['ada', 'somebody in the Temporal UI']);
    expect(used).toEqual([{ maximum: 5 }]);
    await expect(client.answer({ ...at, taskId: 'way', answer: 'right' })).rejects.toMatchObject({
      code: 'no_open_question',
    });
  });
});
