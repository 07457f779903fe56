/** What a DAG file imports from `tidemill`. */
export { z } from 'zod';
export type { AttemptIdentity, TaskContext, TaskHandler, TaskLogger } from './activities/context';
export {
  cron,
  type DagDefinition,
  type DataInterval,
  type DatasetRef,
  defineDag,
  FailTask,
  type Given,
  type Json,
  noSchedule,
  OutsideUnavailable,
  type Ref,
  SkipTask,
  TaskError,
  type TaskOptions,
  type TaskRef,
} from './engine';
