export { assetHub } from './asset-hub';
export { backfill } from './backfill';
export { dagControl } from './dag-control';
export { dagRun } from './dag-run';
export { type DagTickInput, dagTick } from './dag-tick';
export type { AssetRole } from './messages';
export { notify } from './notify';
export { pools } from './pools';
export { taskMap } from './task-map';
