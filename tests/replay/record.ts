/**
 * `npm run record-histories [NAME…]`: plays the recordings on real servers of their own and keeps their histories in
 * `tests/replay/histories`. Run it when a workflow gets a new shape on purpose, and keep the old histories too as long
 * as runs of them may be under way anywhere.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { findTemporalServer, freePort, spawnGuarded, tidemillHome } from '../../server';
import { withRunServer } from '../support/run-server';
import type { SharedServer } from '../support/server';
import { until } from '../support/until';
import { type HistoryJson, type RecordedHistory, writeHistories } from './histories';
import { type Recording, recordings } from './recordings';

const root = resolve(__dirname, '../..');

async function main(names: readonly string[]): Promise<void> {
  const wanted = recordings.filter(({ name }) => names.length === 0 || names.includes(name));
  const found = await findTemporalServer({ home: tidemillHome(process.env, root) });
  if (found.kind === 'running')
    throw new Error('Unset TEMPORAL_ADDRESS: histories are recorded on servers of their own.');
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-record-'));
  const bundlePath = join(folder, 'workflows.js');
  const workflowsPath = join(root, 'workflows/index.ts');
  writeFileSync(bundlePath, (await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') })).code);
  for (const isShort of [false, true]) {
    const chosen = wanted.filter(({ shortHistories = false }) => shortHistories === isShort);
    if (chosen.length > 0) await recordAll(chosen, { executable: found.path, isShort, folder, bundlePath });
  }
  rmSync(folder, { recursive: true });
}

interface Place {
  readonly executable: string;
  readonly isShort: boolean;
  readonly folder: string;
  readonly bundlePath: string;
}

async function recordAll(chosen: readonly Recording[], place: Place): Promise<void> {
  const { executable, isShort, folder, bundlePath } = place;
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const settings = isShort ? ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=60'] : [];
  const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--headless', ...settings];
  const server = await spawnGuarded(executable, args, { output: { file: join(folder, 'server.log') } });
  const shared: SharedServer = { address, uiUrl: null, namespace: 'default', executable, bundlePath };
  process.env.TIDEMILL_TEST_SERVER = join(folder, 'shared.json');
  writeFileSync(process.env.TIDEMILL_TEST_SERVER, JSON.stringify(shared));
  try {
    await until(() => isServing(executable, address), 30_000);
    for (const recording of chosen) await record(recording);
  } finally {
    await server.stop();
  }
}

async function isServing(executable: string, address: string): Promise<boolean> {
  const args = ['operator', 'namespace', 'describe', '-n', 'default', '--address', address];
  const asked = await spawnGuarded(executable, args, { output: 'ignore' });
  return (await asked.exited).code === 0;
}

async function record(recording: Recording): Promise<void> {
  await withRunServer([recording.dag], async (server) => {
    const kept: Omit<RecordedHistory, 'name'>[] = [];
    for (const workflowId of await recording.play(server))
      kept.push(...(await historiesOf(server.temporal, workflowId)));
    writeHistories(recording.name, kept);
    const events = kept.map(({ history }) => history.events.length);
    process.stdout.write(`${recording.name}: ${kept.length} histories, ${events.join(' + ')} events\n`);
  });
}

/** The histories of all executions of a workflow id, the oldest first. */
async function historiesOf(client: Client, workflowId: string): Promise<readonly Omit<RecordedHistory, 'name'>[]> {
  const executions: { readonly runId: string; readonly startTime: Date }[] = [];
  const query = `WorkflowId = '${workflowId}'`;
  for await (const { runId, startTime } of client.workflow.list({ query })) executions.push({ runId, startTime });
  executions.sort((a, b) => a.startTime.getTime() - b.startTime.getTime());
  const histories: Omit<RecordedHistory, 'name'>[] = [];
  for (const { runId } of executions) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    histories.push({ workflowId, history: JSON.parse(historyToJSON(history)) as HistoryJson });
  }
  return histories;
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
