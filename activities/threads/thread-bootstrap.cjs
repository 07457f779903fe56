'use strict';
// First file of every thread. Threads do not inherit the module hooks of the process, so TypeScript is
// made loadable here, by CommonJS because the project's modules run that way everywhere.
require('tsx/cjs');
const { serve } = require('./thread-server.ts');

serve();
