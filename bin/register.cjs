// Makes TypeScript loadable, as the command does: node --require tidemill/register --test tests/*.test.ts
// CommonJS on purpose: the size of libuv's thread pool must be set before anything touches the pool.
process.env.UV_THREADPOOL_SIZE ??= '16';
require('tsx/cjs/api').register();
