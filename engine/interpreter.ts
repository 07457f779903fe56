/**
 * The interpreter's door: what workflows and other drivers need. It leaves out the author's half,
 * and with it the schema and time-zone libraries, which do not belong into a workflow bundle.
 */
export { assetNames, conditionText } from './assets/condition';
export type { AssetEvent } from './assets/event';
export { type AssetHub, advanceHub, type HubCommand, type HubEvent, newHub } from './assets/hub';
export type { EventRecord, Outcome } from './assets/mailbox';
export { pendingText, scheduleText } from './assets/schedule-text';
export { advanceBackfill, startBackfill } from './backfill/advance';
export {
  type BackfillListing,
  backfillCounts,
  backfillLabel,
  backfillListing,
  backfillPage,
} from './backfill/page';
export {
  type Backfill,
  type BackfillCommand,
  type BackfillDate,
  type BackfillDateState,
  type BackfillEvent,
  type BackfillRequest,
  type KnownRun,
  type Reprocess,
  reprocessPolicies,
} from './backfill/state';
export { advanceControl, waitingReason } from './control/advance';
export { type DagListing, dagListing } from './control/listing';
export { progressOf } from './control/progress';
export {
  type ActiveRun,
  type Control,
  type ControlCommand,
  type ControlEvent,
  type Deployment,
  newControl,
  type Pause,
  pauseText,
  type QueuedRun,
  type RunNote,
  type TriggerRequest,
} from './control/state';
export { controlPage, controlSummary, shownRuns, stateSymbol } from './control/status-page';
export { intervalWarning } from './dag/interval-warning';
export type { DagSpec, IsolationPolicy, QuestionSpec, SensorPolicy, TaskKind, TaskPolicy, TaskSpec } from './dag/spec';
export { policyOf } from './dag/spec';
export { assertNever, didYouMean, EngineBug } from './errors';
export { type AnswerReading, readAnswer } from './gates/answer';
export type { PastAnswer } from './gates/past';
export type { Reason, ReasonCode } from './gates/reason';
export { isJsonObject, type Json } from './json';
export { type InstanceRow, instanceRows } from './map/instance-rows';
export { type LazyList, type ListRef, listJson, listRefOf } from './map/list-ref';
export {
  instanceId,
  instanceOf,
  instanceOrder,
  lostShardReport,
  shardCounts,
  shardPlan,
  shardSpec,
} from './map/shard';
export { type OutputPage, shardResults } from './map/shard-record';
export {
  type Expansion,
  finishedCount,
  type InstanceCounts,
  type InstanceOrder,
  type MapState,
  type Shard,
  type ShardReport,
  shardSize,
} from './map/state';
export {
  advancePools,
  type Holder,
  type KnownAsk,
  noPools,
  type PoolCommand,
  type PoolEvent,
  type Pools,
  type SlotsAsk,
} from './pool/broker';
export { type PoolView, poolsPage, poolViews, usersOf, waitText } from './pool/look';
export { advance, resume, startRun } from './run/advance';
export { newAssetEvents, outletsOf } from './run/asset-events';
export type { AttemptFacts, RunCommand, RunEvent, Step } from './run/events';
export { explainTask } from './run/explain';
export { inputOf } from './run/input';
export { isBusy } from './run/mapping';
export { deadlineOf, lateNotices, type Notice, noticesOf } from './run/notices';
export { type Plan, type PlannedTask, plannedTask, planOf } from './run/plan';
export { type OpenQuestion, openQuestions } from './run/question';
export { failedTasksAttribute, runRecord, runSummaryText } from './run/record';
export {
  type AttemptRecord,
  type Failure,
  type Run,
  type RunIdentity,
  type RunType,
  type TaskInstance,
  taskOf,
} from './run/run';
export { freshUntilOf, summarizeRun } from './run/summary';
export { isFailure, isInFlight, isTerminal, type RunStateName, type TaskState, taskStates } from './run/task-state';
export { countsLine, type TaskRow, taskRows, taskTableMarkdown } from './run/task-table';
export { failedTasks, retryCount, runLabel } from './run/verdict';
export { priorityKeyOf } from './run/weights';
export type { TimetableAnswers, TimetableQuestion } from './time/ask';
export { durationText, shortDuration } from './time/duration';
export { epochMs, isoInstant, isoInstantMs, plusMs } from './time/instant';
export type { DataInterval } from './time/interval';
export type { DueRun } from './time/timetable';
export { isScheduled, type TimetableSpec, timezoneOf } from './time/timetable-spec';
export { timetableText } from './time/timetable-text';
export * from './wire';
