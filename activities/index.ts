export {
  type AttemptEdge,
  type AttemptOutcome,
  type AttemptServices,
  describeFailure,
  performAttempt,
} from './attempt';
export { attemptLogPath } from './attempt-log';
export { createBuiltins } from './builtins';
export type { AttemptIdentity, TaskContext, TaskHandler, TaskLogger } from './context';
export { type BuiltinHandlers, type DagHandlers, HandlerRegistry } from './registry';
