import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { TidemillClient } from '../client';
import { EngineBug, epochMs, runWorkflowId, workflowNames } from '../engine';
import { installationFolder, type LoadedDag, loadProject } from '../runner';
import { type Bench, repeat } from './harness';
import { type Place, startTidemillWorker, withClient, withPlace } from './place';
import { waitForRun } from './runs';

const taskQueue = 'worker-start';
const interval = { start: '2026-01-05T00:00:00Z', end: '2026-01-06T00:00:00Z' };

/** What a roll-out or a crash costs: from starting the worker's process to its first task. */
export const workerStart: Bench = {
  name: 'worker-start',
  title: 'an installed worker, from its start to its first task',
  method:
    'The package is packed, installed into an empty folder, and makes a project there. A run of the project\'s DAG waits on a server (SQLite file) where no worker is; then "tidemill worker" of the installation is started. From that moment to the begin of the run\'s first task, a SQL model, by one clock.',
  measure: async (options) =>
    await withPlace(async (place) => {
      options.progress('packing and installing');
      const installed = join(place.folder, 'installed');
      execFileSync(process.execPath, [join(installationFolder, 'tools/install-package.mjs'), installed]);
      const command = join(installed, 'node_modules/.bin/tidemill');
      execFileSync(command, ['init', 'project'], { cwd: installed });
      const folder = join(installed, 'project/dags');
      const dag = (await loadProject([folder])).dags[0];
      if (dag === undefined) throw new EngineBug('The project that init makes has no DAG');
      const samples = await withClient(place, taskQueue, async (client) => {
        await client.setUp();
        return await repeat(options, (round) => oneStart({ place, client, dag, command, folder, round }));
      });
      return {
        figures: [{ name: 'start to first task', unit: 's', ours: samples, targets: [{ of: 'ours', atMost: 3 }] }],
      };
    }),
};

interface Start {
  readonly place: Place;
  readonly client: TidemillClient;
  readonly dag: LoadedDag;
  readonly command: string;
  readonly folder: string;
  readonly round: number;
}

async function oneStart({ place, client, dag, command, folder, round }: Start): Promise<number> {
  const { dagId, spec, versions } = dag;
  const runId = `manual__${round}`;
  const queuedAt = new Date().toISOString();
  const params = { greeting: 'Today there were' };
  const identity = { dagId, runId, runType: 'manual', interval, params, triggeredBy: 'bench', queuedAt };
  await client.temporal.workflow.start(workflowNames.dagRun, {
    taskQueue,
    workflowId: runWorkflowId(dagId, runId),
    args: [{ spec, versions, identity, run: null }],
  });
  const startedAt = Date.now();
  const worker = await startTidemillWorker(place, {
    taskQueue,
    dags: [folder],
    warehouse: join(place.folder, 'warehouse'),
    command,
  });
  await waitForRun(client, dagId, runId);
  const { run } = await client.run(dagId, runId);
  await worker.stop();
  const first = Math.min(...run.attempts.map((attempt) => epochMs(attempt.startedAt)));
  return (first - startedAt) / 1_000;
}
