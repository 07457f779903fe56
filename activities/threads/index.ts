export { closeThreads, runInThread, type ThreadCall, type ThreadModule, threadModule } from './run-in-thread';
