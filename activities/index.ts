export {
  type AttemptEdge,
  type AttemptOutcome,
  type AttemptServices,
  checkOutput,
  describeFailure,
  type Isolation,
  performAttempt,
} from './attempt';
export { attemptLogPath } from './attempt-log';
export { createBuiltins } from './builtins';
export { completionOf } from './completion';
export type { AttemptIdentity, TaskContext, TaskHandler, TaskLogger } from './context';
export { demoData, type GenerateRequest, generateInvoices } from './extract/generate/generate-invoices';
export { type PendingDay, pendingDays } from './extract/pending-days';
export { withLists } from './mapping/pages';
export {
  type BuiltinHandlers,
  type DagHandlers,
  HandlerRegistry,
  type KeptHandlers,
  type KeptVersions,
} from './registry';
export { closeThreads, type PortableError, portableError, reviveError } from './threads';
