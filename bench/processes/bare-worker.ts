import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger, Worker, type WorkerOptions } from '@temporalio/worker';
import { startWorker } from '../../worker';

/**
 * A worker for the baseline workflows in `bench/workflows/`. It is started by our own `startWorker`, so
 * that every option is ours now and after the next change of them; only what it runs is exchanged.
 *
 * Arguments: address, task queue, warehouse, home, folder of DAGs, file to write when it polls.
 */
async function main([address, taskQueue, warehouse, home, dagFolder, readyFile]: readonly string[]): Promise<void> {
  if (!address || !taskQueue || !warehouse || !home || !dagFolder || !readyFile)
    throw new Error('bare-worker: arguments are missing');
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(__dirname, '..', 'workflows', 'bare.ts'),
    logger: new DefaultLogger('WARN'),
  });
  const create = Worker.create.bind(Worker);
  Worker.create = (options: WorkerOptions) =>
    create({ ...options, workflowBundle: { code }, activities: { noOp: async () => null } });
  const worker = await startWorker({ address, taskQueue, warehouse, home, dagFolders: [dagFolder] });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void worker.stop());
  writeFileSync(readyFile, String(process.pid));
  await worker.done;
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
