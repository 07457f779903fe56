'use strict';
// A thread beside a handler in a process of its own: when the worker is gone, in whatever way, it ends the process,
// also one whose event loop never comes to rest.
const { workerData } = require('node:worker_threads');

setInterval(() => {
  if (process.ppid !== workerData.parent) process.kill(process.pid, 'SIGKILL');
}, 250);
