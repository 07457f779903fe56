// npm run bench: sets up what is missing, then runs bench/main.ts with the arguments given.
import { join } from 'node:path';
import { runChild } from './run-child.mjs';
import { root, setUp } from './set-up.mjs';

await setUp();
const args = [join(root, 'tools/run-typescript.cjs'), join(root, 'bench/main.ts'), ...process.argv.slice(2)];
const { code } = await runChild(process.execPath, args);
process.exit(code);
