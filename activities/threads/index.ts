export type { PortableError } from './messages';
export { portableError, reviveError } from './portable-error';
export { closeThreads, runInThread, type ThreadCall, type ThreadModule, threadModule } from './run-in-thread';
