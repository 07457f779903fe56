export { dagControl } from './dag-control';
export { dagRun } from './dag-run';
export { type DagTickInput, dagTick } from './dag-tick';
