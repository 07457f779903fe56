// Run by "npm pack" and "npm publish": makes the workflow bundle that the package brings along, so that an installed
// worker starts without bundling.
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { shipWorkflowBundle } from '../worker/workflow-bundle';

rmSync(resolve(__dirname, '../dist'), { recursive: true, force: true });
shipWorkflowBundle().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
