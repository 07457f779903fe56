/**
 * Words. *DAG*: a named graph of tasks, as data. *Task*: one unit of work in a DAG. *Run*: one
 * execution of a DAG for one data interval. *Try*: one go of a task that counts against its retries.
 * *Attempt*: one execution of a try; a lost worker makes a second one. *Interval*: half-open range of
 * time `[start, end)` that a run is responsible for. *Gate*: a rule that decides whether a task may
 * start. *Verdict*: a gate's answer with its reason. *Check*: a query that must return no rows.
 * *SQL model*: one `.sql` file that defines one table. *Analytical model*: a fitted function.
 */
export {
  type Asset,
  type AssetCondition,
  type AssetSchedule,
  asset,
  assets,
  eachPartition,
} from './assets/condition';
export { backfillIntervals, checkDirection, mostBackfillDates } from './backfill/plan';
export type * from './dag/authoring';
export { type CompiledDag, compile, type SqlModelFacts, versionOf } from './dag/compile';
export { defineDag } from './dag/define';
export { diffSpecs, type FieldChange, type SpecDiff } from './dag/diff';
export { type DagDefinition, isDagDefinition } from './dag/draft';
export { label } from './dag/labels';
export type { ItemList, Items } from './dag/lists';
export { email, logLine, type Notifier, type NotifyEvent, webhook } from './dag/notify';
export { type ParamHelp, paramHelp, parseParamTexts } from './dag/param-help';
export { checkObject, checkParams } from './dag/params';
export { type DeepRef, type Given, memberAt, type Ref, referredTasks, resolveReferences } from './dag/references';
export { dagVersion } from './dag/version';
export type { DatasetRef } from './dataset';
export * from './errors';
export { decideTriggerRule, type TriggerRule, triggerRules, type Verdict } from './gates/trigger-rule';
export * from './interpreter';
export { canonicalJson } from './json';
export { renderIndex } from './map/index-label';
export type { ListSpec, MapInput, OverSpec } from './map/spec';
export { askTimetable, type TimetableAnswers, type TimetableQuestion } from './time/ask';
export { businessDays, type Weekday } from './time/business-days';
export type { CustomTimetable } from './time/custom-timetable';
export { type Duration, durationMs } from './time/duration';
export { parseInterval, splitByDay } from './time/parse-interval';
export {
  type ClockChange,
  dueRuns,
  manualInterval,
  nextRuns,
  runsAroundChanges,
  type ScheduleState,
} from './time/timetable';
export {
  type CronOptions,
  type CustomOptions,
  type CustomSchedule,
  continuous,
  cron,
  cronTrigger,
  customTimetable,
  dates,
  delta,
  deltaTrigger,
  noSchedule,
  once,
  type TriggerOptions,
} from './time/timetables';
export { type Wake, wakesOf } from './time/wake';
export { dayOf, localTime, plusDays, startOfDay } from './time/zone';
