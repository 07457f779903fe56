// npm run demo: sets up what is missing, then hands over to "tidemill demo".
import { join } from 'node:path';
import { runChild } from './run-child.mjs';
import { root, setUp } from './set-up.mjs';

await setUp();
const { code } = await runChild(
  process.execPath,
  [join(root, 'bin/tidemill.cjs'), 'demo', ...process.argv.slice(2)],
  {},
);
process.exit(code);
