import { expect } from '@jest/globals';
import type { FrameLocator, Page } from 'playwright-core';
import { type DagDefinition, defineDag, FailTask, OutsideUnavailable } from '../../engine';
import { testWith } from '../support/requirements';
import { type RunServer, uniqueDagId, withRunServer } from '../support/run-server';
import { sharedServer } from '../support/server';
import { until } from '../support/until';
import { withPage, workflowPage } from './browser';

const testTimeoutMs = 240_000;
const pageTimeoutMs = 60_000;
const nothing = async (): Promise<null> => null;

function sharedUi(): { readonly uiUrl: string; readonly namespace: string } {
  const { uiUrl, namespace } = sharedServer();
  if (uiUrl === null) throw new Error('Nothing is known of the UI of the server in TEMPORAL_ADDRESS. Unset it.');
  return { uiUrl, namespace };
}

/** The page of a workflow, of its latest execution. */
async function pageOf(server: RunServer, workflowId: string, tab: 'history' | 'user-metadata'): Promise<string> {
  const { runId } = await server.temporal.workflow.getHandle(workflowId).describe();
  return workflowPage(sharedUi(), { workflowId, runId }, tab);
}

/** The current details, once their table is there. The UI renders Markdown in frames; this one comes last. */
async function detailsOf(page: Page): Promise<FrameLocator> {
  const frame = page.frameLocator('iframe').last();
  await frame.locator('table').first().waitFor();
  return frame;
}

/** The cells of the first table, as a reader of the page sees them. */
async function tableOf(frame: FrameLocator): Promise<readonly (readonly string[])[]> {
  const rows = await frame.locator('table').first().locator('tr').all();
  return await Promise.all(
    rows.map(async (row) =>
      (await row.locator('th, td').allTextContents()).map((cell) => cell.replace(/\s+/g, ' ').trim()),
    ),
  );
}

async function textOf(frame: FrameLocator): Promise<string> {
  return ((await frame.locator('main').textContent()) ?? '').replace(/\s+/g, ' ').trim();
}

/** Whether everything down to the end of the last table or paragraph that is not empty can be seen without scrolling. */
async function isWhole(frame: FrameLocator): Promise<boolean> {
  const element = await frame.owner().boundingBox();
  const last = await frame.locator('main > *').filter({ hasText: /\w/ }).last().boundingBox();
  return last !== null && element !== null && last.y + last.height <= element.y + element.height;
}

/** A shop whose delivery comes at the second try, and whose print shop is closed for good. */
function shop(id: string): DagDefinition {
  let calls = 0;
  const receive = async (): Promise<{ row_count: number }> => {
    calls += 1;
    if (calls === 1) throw new OutsideUnavailable({ code: 'door_locked', message: 'The door is | still locked.' });
    return { row_count: 42 };
  };
  const description = 'Receives goods and sells them.';
  return defineDag({ id, description, defaults: { retries: 1, retryDelay: '100 milliseconds' } }, ({ task }) => {
    const received = task('receive', receive, {});
    const printed = task('print_labels', () => Promise.reject(new FailTask('the print shop is closed')), {});
    task('sell', nothing, {}).after(received);
    task('post', nothing, {}).after(received, printed);
  });
}

testWith(
  'chromium',
  "a run's page has its task table: state, try, reason and rows of every task",
  async (executable) => {
    const id = uniqueDagId('ui_run');
    await withRunServer([shop(id)], async (server) => {
      await server.execute(id, { runId: 'r1' });
      await withPage({ executable }, async (page) => {
        await page.goto(await pageOf(server, `dag_run/${id}/r1`, 'user-metadata'));
        const details = await detailsOf(page);
        const [head, ...rows] = await tableOf(details);

        expect(await textOf(details)).toMatch(/^failed .*2 success, 1 failed, 1 upstream_failed/);
        expect(head).toEqual(['task', 'state', 'try', 'reason', 'rows', 'duration']);
        expect(rows.map((row) => row.slice(0, 5))).toEqual([
          ['receive', 'success', '2 of 2', 'after door_locked: The door is | still locked.', '42'],
          ['print_labels', 'failed', '1 of 2', 'task_failed: the print shop is closed', ''],
          ['sell', 'success', '1 of 2', '', ''],
          ['post', 'upstream_failed', '', expect.stringContaining('print_labels'), ''],
        ]);
        await until(() => isWhole(details));
      });
    });
  },
  testTimeoutMs,
);

testWith(
  'chromium',
  "a run's timeline reads like its DAG: tasks by name with their tries, and waits that say what for",
  async (executable) => {
    const id = uniqueDagId('ui_timeline');
    await withRunServer([shop(id)], async (server) => {
      await server.execute(id, { runId: 'r1' });
      await withPage({ executable }, async (page) => {
        await page.goto(await pageOf(server, `dag_run/${id}/r1`, 'history'));
        const timeline = page.locator('svg');
        const shows = async (text: string): Promise<boolean> => (await timeline.getByText(text).count()) > 0;
        await until(() => shows(`${id}.receive`), pageTimeoutMs);
        const said = (await timeline.locator('text').allTextContents()).map((text) => text.replace(/\s+/g, ' ').trim());

        expect(said).toEqual(
          expect.arrayContaining([
            expect.stringMatching(new RegExp(`^${id}\\.receive • try 1 of 2`)),
            expect.stringMatching(new RegExp(`^${id}\\.receive • try 2 of 2`)),
            expect.stringMatching(new RegExp(`^${id}\\.sell • try 1 of 2`)),
            'retry of receive',
          ]),
        );
      });
    });
  },
  testTimeoutMs,
);

testWith(
  'chromium',
  "a DAG's page has its last runs and their tasks, also the run that ended just now",
  async (executable) => {
    const id = uniqueDagId('ui_control');
    await withRunServer([shop(id)], async (server) => {
      await server.deploy(id);
      const [runId = ''] = await server.client.trigger({ dagId: id });
      await server.client.result(id, runId);
      await until(async () => (await server.client.control(id)).active.length === 0);
      await withPage({ executable }, async (page) => {
        await page.goto(await pageOf(server, `dag_control/${id}`, 'user-metadata'));
        const details = await detailsOf(page);

        expect(await textOf(details)).toMatch(/^paused by deploy .* 0 active, 0 queued/);
        expect(await textOf(details)).toContain('Receives goods and sells them. Version');
        expect(await tableOf(details)).toEqual([
          ['run', 'interval', 'state', 'duration', 'tasks'],
          [runId, expect.stringMatching(/ to /), 'failed', expect.stringMatching(/s$/), '■ ✗ ■ ⊘'],
        ]);
        await until(() => isWhole(details));
      });
    });
  },
  testTimeoutMs,
);

testWith(
  'chromium',
  'a run of five hundred tasks with long reasons still has its page: the urgent ones first',
  async (executable) => {
    const id = uniqueDagId('ui_wide');
    const reason = 'Nobody has seen the key of the back door since the day before yesterday. '.repeat(4);
    const wide = defineDag({ id }, ({ task }) => {
      for (let index = 0; index < 500; index += 1) {
        const handler = index % 2 === 0 ? nothing : () => Promise.reject(new FailTask(reason));
        task(`door_${index}`, handler, {});
      }
    });
    await withRunServer([wide], async (server) => {
      await server.execute(id, { runId: 'r1' });
      await withPage({ executable }, async (page) => {
        await page.goto(await pageOf(server, `dag_run/${id}/r1`, 'user-metadata'));
        const details = await detailsOf(page);
        const [, ...rows] = await tableOf(details);

        expect(rows).toHaveLength(100);
        expect(new Set(rows.map(([, state]) => state))).toEqual(new Set(['failed']));
        expect(rows[0]?.[3]).toMatch(/^task_failed: Nobody has seen the key/);
        expect(await textOf(details)).toContain('400 more tasks');
      });
    });
  },
  testTimeoutMs,
);

testWith(
  'chromium',
  'the list of runs can be filtered by the task that failed',
  async (executable) => {
    const id = uniqueDagId('ui_list');
    await withRunServer([shop(id)], async (server) => {
      await server.deploy(id);
      const [runId = ''] = await server.client.trigger({ dagId: id });
      await server.client.result(id, runId);
      const { uiUrl, namespace } = sharedUi();
      const query = `TidemillDag = "${id}" AND TidemillFailedTasks = "print_labels"`;
      await withPage({ executable }, async (page) => {
        await page.goto(`${uiUrl}/namespaces/${namespace}/workflows?query=${encodeURIComponent(query)}`);
        const links = page.locator('table a').filter({ hasText: id });
        await until(async () => (await links.count()) > 0, pageTimeoutMs);

        expect((await links.allTextContents()).map((text) => text.trim())).toEqual([`dag_run/${id}/${runId}`]);
      });
    });
  },
  testTimeoutMs,
);
