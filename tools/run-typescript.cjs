// Runs a TypeScript file without a build step: node tools/run-typescript.cjs FILE …arguments. CommonJS on purpose, as
// in bin/tidemill.cjs: the thread pool's size is set before anything touches the pool, and Node gives the first file
// of a process to its ES module loader, which knows no TypeScript.
const { resolve } = require('node:path');

process.env.UV_THREADPOOL_SIZE ??= '16';
process.argv.splice(1, 1);

try {
  require('tsx/cjs/api').register();
  require(resolve(process.argv[1]));
} catch (error) {
  // Node would print the line of the loader that threw, which is ten thousand characters long.
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}
