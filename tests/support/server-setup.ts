import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { findTemporalServer, startTemporalServer, type TemporalServer, tidemillHome } from '../../server';
import watchTheCommand from './global-setup';
import type { SharedServer } from './server';

/** What the teardown, which runs in this same process, has to stop. */
export const running: { server: TemporalServer | null; folder: string | null } = { server: null, folder: null };

const root = resolve(__dirname, '../..');

/**
 * Starts ONE Temporal dev server (in memory, with its UI) and bundles the workflows ONCE for all tests of the
 * `server` project; hands both to them as a file named in the environment, which Jest's workers inherit.
 */
export default async function serverSetup(): Promise<void> {
  watchTheCommand();
  const home = tidemillHome(process.env, root);
  const [found, bundle] = await Promise.all([findTemporalServer({ home }), bundleWorkflows()]);
  const folder = mkdtempSync(join(tmpdir(), 'tidemill-test-server-'));
  running.folder = folder;

  const bundlePath = join(folder, 'workflows.js');
  writeFileSync(bundlePath, bundle);
  const shared: SharedServer =
    found.kind === 'running'
      ? {
          address: found.address,
          uiUrl: null,
          namespace: process.env.TEMPORAL_NAMESPACE ?? 'default',
          executable: null,
          bundlePath,
        }
      : { ...(await start(found.path, folder)), executable: found.path, bundlePath };
  const file = join(folder, 'shared.json');
  writeFileSync(file, JSON.stringify(shared));
  process.env.TIDEMILL_TEST_SERVER = file;
}

async function start(executable: string, folder: string) {
  const server = await startTemporalServer({ executable, folder, database: 'memory', ui: true });
  running.server = server;
  process.stderr.write(`Temporal for the tests: ${server.address}, UI ${server.uiUrl}\n`);
  return { address: server.address, uiUrl: server.uiUrl, namespace: server.namespace };
}

async function bundleWorkflows(): Promise<string> {
  const workflowsPath = join(root, 'workflows/index.ts');
  const silent = { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error };
  return (await bundleWorkflowCode({ workflowsPath, logger: silent })).code;
}
