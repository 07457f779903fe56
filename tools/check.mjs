// npm run check: format, lint, types and architecture, side by side; seconds, and no server.

import { setUp } from './set-up.mjs';
import { runSteps, steps } from './steps.mjs';

await setUp();
const failed = await runSteps(Object.keys(steps));
process.stdout.write(failed === 0 ? 'Check passed.\n' : `Check: ${failed} of ${Object.keys(steps).length} failed.\n`);
process.exit(failed === 0 ? 0 : 1);
