/** What a DAG file imports from `tidemill`. */
export { z } from 'zod';
export type { AttemptIdentity, TaskContext, TaskHandler, TaskLogger } from './activities/context';
export {
  type AssetEvent,
  asset,
  assets,
  businessDays,
  continuous,
  cron,
  cronTrigger,
  customTimetable,
  type DagDefinition,
  type DataInterval,
  type DatasetRef,
  dates,
  defineDag,
  delta,
  deltaTrigger,
  eachPartition,
  FailTask,
  type Given,
  type Json,
  label,
  noSchedule,
  OutsideUnavailable,
  once,
  type Ref,
  SkipTask,
  TaskError,
  type TaskOptions,
  type TaskRef,
} from './engine';
export type { Connection } from './vault';
