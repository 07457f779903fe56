'use strict';
// First file of every thread and process that runs one handler; TypeScript is made loadable here, as in
// activities/threads/thread-bootstrap.cjs.
process.env.UV_THREADPOOL_SIZE ??= '16';
require('tsx/cjs');
const { serve } = require('./handler-side.ts');

serve();
