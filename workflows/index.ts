export { dagControl } from './dag-control';
export { dagRun } from './dag-run';
export { dagTick } from './dag-tick';
