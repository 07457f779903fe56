/** Finds, installs, starts and supervises Temporal's dev server and other children; ends what was started. */
export { inspectExecutable, type TemporalExecutable } from './executable';
export { type FindOptions, type FoundTemporal, findTemporalServer, type TemporalSource } from './find';
export { freePort } from './free-port';
export { cacheFolder, tidemillHome } from './home';
export { type Ancestor, watchAncestors } from './process-tree.cjs';
export { cleanUp, endWellOnTerminate, isShuttingDown, onShutdown } from './shutdown';
export { type ExitStatus, type GuardedOptions, type GuardedProcess, spawnGuarded } from './spawn-guarded';
export { type StartOptions, startTemporalServer, type TemporalServer } from './start';
