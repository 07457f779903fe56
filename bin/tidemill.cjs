#!/usr/bin/env node
// CommonJS on purpose: the size of libuv's thread pool must be set before anything touches the pool, and
// Node's ES module loader does so before the first line of a module runs.
process.env.UV_THREADPOOL_SIZE ??= '16';

const [major] = process.versions.node.split('.').map(Number);
if (major < 20) {
  process.stderr.write(`tidemill needs Node 20 or newer; this is Node ${process.versions.node}.\n`);
  process.exit(1);
}

// Caught here, because Node would print the line of the loader that threw, which is ten thousand characters long.
function fail(error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
}

try {
  require('tsx/cjs/api').register();
  const { main } = require('../cli/main.ts');
  main(process.argv.slice(2)).then((code) => process.exit(code), fail);
} catch (error) {
  fail(error);
}
