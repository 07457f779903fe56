import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import { signatureOf } from '../../activities/notify/webhook';
import { defineDag, email, logLine, mapWorkflowId, runWorkflowId, webhook } from '../../engine';
import { withRunServer } from '../support/run-server';
import { until } from '../support/until';

interface Post {
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

const withinMs = 60_000;
let http: Server;
let smtp: SMTPServer;
let posts: Post[];
let mails: string[];
/** How many posts are answered with an error first. */
let outage: number;

beforeEach(async () => {
  [posts, mails, outage] = [[], [], 0];
  http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      outage -= 1;
      response.statusCode = outage >= 0 ? 503 : request.url === '/refuses' ? 403 : 200;
      if (response.statusCode === 200)
        posts.push({ body: Buffer.concat(chunks).toString('utf8'), headers: request.headers });
      response.end();
    });
  });
  smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData: (stream, _session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push(Buffer.concat(chunks).toString('utf8'));
        done();
      });
    },
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', () => resolve()));
});
afterEach(async () => {
  await new Promise((resolve) => http.close(resolve));
  await new Promise<void>((resolve) => smtp.close(() => resolve()));
});

function environment(): NodeJS.ProcessEnv {
  const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;
  return {
    TIDEMILL_CONN_HOOK: `http://:hook-s3cret@127.0.0.1:${portOf(http)}/hook`,
    TIDEMILL_CONN_REFUSES: `http://127.0.0.1:${portOf(http)}/refuses`,
    TIDEMILL_CONN_MAIL: `smtp://127.0.0.1:${portOf(smtp.server)}?tls=off&from=tidemill%40example.com`,
  };
}

const fine = async (): Promise<null> => null;
const broken = async (): Promise<never> => {
  throw new Error('a plate broke');
};

test('what becomes of a run and its tasks is told: signed by webhook, by mail, in the log, also after an outage', async () => {
  const dag = defineDag({ id: 'told', notify: [{ on: ['failure', 'success'], by: webhook('hook') }] }, ({ task }) => {
    task('quiet', fine, {});
    task(
      'fails',
      broken,
      {},
      {
        ...{ retries: 1, retryDelay: '100 milliseconds' },
        notify: [
          { on: ['retry', 'failure'], by: email('mail', { to: ['ada@example.com', 'bob@example.com'] }) },
          { on: 'failure', by: logLine() },
        ],
      },
    );
  });
  const lines: string[] = [];
  outage = 2;
  await withRunServer(
    [dag],
    async (server) => {
      const { runId, state } = await server.execute('told');
      expect(state).toBe('failed');
      await until(() => posts.length === 1 && mails.length === 2 && lines.length === 1, withinMs);

      const { body, headers } = posts[0] as Post;
      expect(JSON.parse(body)).toMatchObject({ event: 'failure', dagId: 'told', runId, taskId: null, state: 'failed' });
      expect(headers['tidemill-signature']).toBe(
        signatureOf('hook-s3cret', String(headers['tidemill-timestamp']), body),
      );
      expect(headers['tidemill-id']).toBe(`told/${runId}/#failure##0`);
      expect(mails.sort().map((mail) => /^Subject: (.*)$/m.exec(mail)?.[1])).toEqual(
        expect.arrayContaining(['told fails failed (2010-12-01)', 'told fails will be tried again (2010-12-01)']),
      );
      expect(mails.join()).toContain('a plate broke');
      expect(JSON.parse(lines[0] ?? '')).toMatchObject({ notice: { event: 'failure', taskId: 'fails', tryNumber: 2 } });
    },
    { env: environment(), log: (line) => lines.push(line) },
  );
}, 120_000);

test('a notification that nobody takes changes nothing for its run', async () => {
  const dag = defineDag(
    {
      id: 'untold',
      notify: [
        { on: 'success', by: webhook('refuses') },
        { on: 'success', by: webhook('missing') },
      ],
    },
    ({ task }) => task('quiet', fine, {}),
  );
  await withRunServer(
    [dag],
    async (server) => {
      const { runId, state } = await server.execute('untold');
      expect(state).toBe('success');
      const { status } = await server.temporal.workflow.getHandle(runWorkflowId('untold', runId)).describe();
      expect(status.name).toBe('COMPLETED');
      const failures: string[] = [];
      await until(async () => {
        failures.length = 0;
        for await (const { workflowId } of server.temporal.workflow.list({
          query: `WorkflowType = 'notify' AND ExecutionStatus = 'Failed' AND WorkflowId STARTS_WITH 'notify/untold/${runId}/'`,
        }))
          failures.push(workflowId);
        return failures.length === 2;
      }, withinMs);
    },
    { env: environment() },
  );
}, 120_000);

test('of a mapped task people are told once, however many of its instances failed, and nothing by its shards', async () => {
  const lines: string[] = [];
  const dag = defineDag(
    { id: 'each', notify: [{ on: 'failure', by: logLine() }], deadline: { after: '1 hour' } },
    ({ mapped }) => mapped('load', broken, { notify: [{ on: 'failure', by: logLine() }] }).expand({ file: [1, 2, 3] }),
  );
  await withRunServer(
    [dag],
    async (server) => {
      const { runId, state } = await server.execute('each', { queuedAt: new Date().toISOString() });
      expect(state).toBe('failed');
      await until(() => lines.length === 2, withinMs);
      const told = lines.map((line) => JSON.parse(line).notice).sort((a, b) => (a.id < b.id ? -1 : 1));
      expect(told).toMatchObject([
        { runId, taskId: null, event: 'failure' },
        { runId, taskId: 'load', event: 'failure', reason: '3 of 3 instances failed: load[0], load[1], load[2]' },
      ]);
      const childrenOf = async (workflowId: string): Promise<readonly unknown[]> => {
        const { events } = await server.temporal.workflow.getHandle(workflowId).fetchHistory();
        return (events ?? []).flatMap(
          ({ startChildWorkflowExecutionInitiatedEventAttributes: child }) => child?.workflowType?.name ?? [],
        );
      };
      expect(await childrenOf(runWorkflowId('each', runId))).toEqual(['taskMap', 'notify', 'notify']);
      expect(await childrenOf(mapWorkflowId('each', runId, { taskId: 'load', shard: 0 }))).toEqual([]);
    },
    { env: environment(), log: (line) => lines.push(line) },
  );
}, 120_000);

test('a run that is not over at its deadline is told of, and goes on', async () => {
  let isReleased = false;
  const dag = defineDag(
    { id: 'late', deadline: { after: '1 second' }, notify: [{ on: 'deadline', by: webhook('hook') }] },
    ({ sensor }) => sensor('release', async () => isReleased, {}, { pokeInterval: '500 milliseconds' }),
  );
  await withRunServer(
    [dag],
    async (server) => {
      const ended = server.execute('late', { queuedAt: new Date().toISOString() });
      await until(() => posts.length === 1, withinMs);
      expect(JSON.parse(posts[0]?.body ?? '')).toMatchObject({
        event: 'deadline',
        reason: 'not over at its deadline; open: release',
      });
      isReleased = true;
      expect((await ended).state).toBe('success');
    },
    { env: environment() },
  );
}, 120_000);
