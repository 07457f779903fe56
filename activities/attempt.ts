import { createHash } from 'node:crypto';
import type { AttemptFacts, Failure, Json, TaskOrder, TaskReport } from '../engine';
import {
  EngineBug,
  isEngineError,
  isJsonObject,
  OutsideUnavailable,
  runWorkflowId,
  TaskError,
  UserCodeFailed,
} from '../engine';
import type { Vault } from '../vault';
import type { Warehouse } from '../warehouse';
import { AttemptLog } from './attempt-log';
import { Checkpoints } from './checkpoints';
import { completionOf } from './completion';
import { type AttemptIdentity, folderName, type TaskContext, type TaskHandler } from './context';
import { jsonOrNull } from './json-text';
import { keptOutput, type Prepared, prepare } from './mapping/prepare';
import type { HandlerRegistry } from './registry';

/** What attempts share within one process. */
export interface AttemptServices {
  readonly registry: Pick<HandlerRegistry, 'find'>;
  readonly warehouse: Warehouse;
  readonly logFolder: string;
  /** Connections and variables; without one there are none. */
  readonly vault?: Vault;
  readonly isolation?: Isolation;
  /** Names the process in attempt records. */
  readonly worker: string;
}

/** Runs handlers outside of this process's event loop. */
export interface Isolation {
  /** Settles as the handler does; ends it, whatever it does, soon after the context's signal aborted. */
  run(order: TaskOrder, context: TaskContext): Promise<unknown>;
}

/** What the driver brings to one attempt. */
export interface AttemptEdge {
  readonly attempt: number;
  readonly signal: AbortSignal;
  heartbeat(progress: Json): void;
}

export type AttemptOutcome =
  | { readonly kind: 'succeeded'; readonly report: TaskReport }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly facts: AttemptFacts }
  | { readonly kind: 'skipped'; readonly message: string; readonly facts: AttemptFacts }
  | { readonly kind: 'cancelled'; readonly facts: AttemptFacts };

/** Outputs are references and counts; rows belong into the warehouse. Temporal warns at 256 KB. */
const maxOutputBytes = 128 * 1024;

/** Of one failure; the workflow keeps that of every task, and its query answers all of them. */
const maxDetailsBytes = 16 * 1024;

/**
 * Performs one execution of one task, in the same way for every driver, and never rejects: each
 * outcome, failure included, is something that the engine can reason about.
 */
export async function performAttempt(
  order: TaskOrder,
  services: AttemptServices,
  edge: AttemptEdge,
): Promise<AttemptOutcome> {
  const startedAt = new Date().toISOString();
  const identity = identityOf(order, edge.attempt);
  const clean = cleanerOf(services.vault);
  const log = new AttemptLog(services.logFolder, identity, clean.text);
  const deadline = new Deadline(order, edge.signal);
  const checkpoints = new Checkpoints(
    services.warehouse.store,
    { ...order, ...identity, taskId: folderName(identity) },
    deadline.signal,
  );
  let label: string | null = null;
  const facts = (): AttemptFacts => ({
    attempt: edge.attempt,
    startedAt,
    endedAt: new Date().toISOString(),
    worker: services.worker,
    ...(label === null ? {} : { label }),
  });
  try {
    const { store } = services.warehouse;
    const found = prepare(order, { registry: services.registry, store });
    const prepared = found instanceof Promise ? await found : found;
    label = prepared.label === null ? null : clean.text(prepared.label);
    const context = createContext({ order, identity, services, edge, log, checkpoints, signal: deadline.signal });
    const named = label === null ? {} : { label };
    log.info({ ...named, input: prepared.shown, interval: order.interval, worker: services.worker }, 'attempt started');
    const { input } = prepared;
    const work = placeOf(order, prepared, services.isolation);
    const returned = checkOutput(order, await Promise.race([work(context, input), deadline.expiry]));
    const output = clean.json(returned);
    if (order.kind !== 'sensor' || output === true) await dropped(checkpoints, log);
    const kept = await keptOutput(store, order, edge.attempt, output);
    const report = { output: kept, rowCount: rowCountOf(output), facts: facts() };
    log.info({ row_count: report.rowCount }, 'attempt succeeded');
    return { kind: 'succeeded', report };
  } catch (error) {
    if (edge.signal.aborted) {
      log.warn({}, 'attempt cancelled');
      return { kind: 'cancelled', facts: facts() };
    }
    if (isEngineError(error) && error.code === 'task_skipped') {
      log.info({}, `attempt skipped: ${error.message}`);
      return { kind: 'skipped', message: clean.text(error.message), facts: facts() };
    }
    const failure = clean.json(describeFailure(error) as unknown as Json) as unknown as Failure;
    log.error(
      { code: failure.code, retryable: failure.retryable, details: failure.details },
      `attempt failed: ${failure.message}`,
    );
    return { kind: 'failed', failure: order.instance === null ? failure : shortened(failure), facts: facts() };
  } finally {
    deadline.clear();
    log.close();
  }
}

/** A handler's error as the engine reads it. What is not ours is the author's, and keeps its stack. */
export function describeFailure(error: unknown): Failure {
  const known = isEngineError(error) ? error : new UserCodeFailed(error);
  const stack =
    known instanceof UserCodeFailed && known.cause instanceof Error
      ? { stack: known.cause.stack?.slice(0, 4_000) ?? '' }
      : {};
  const details = plainDetails({ ...known.details, ...stack });
  return { code: known.code, message: known.message.slice(0, 2_000), retryable: known.retryable, details };
}

/** Of one instance of many: the whole of it is in its log. */
function shortened(failure: Failure): Failure {
  return { ...failure, message: failure.message.slice(0, 300), details: null };
}

/** Details as JSON that Temporal carries: what is too large is cut to its begin, what JSON cannot hold is left out. */
function plainDetails(details: { readonly [key: string]: unknown }): Json {
  const text = jsonOrNull(details, bigintAsText) ?? '{"lost":"the details were no JSON"}';
  if (Buffer.byteLength(text) <= maxDetailsBytes) return JSON.parse(text) as Json;
  return { cut: text.slice(0, maxDetailsBytes / 4), byte_count: Buffer.byteLength(text) };
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

function identityOf(order: TaskOrder, attempt: number): AttemptIdentity {
  const { dagId, runId, execution, taskId, tryNumber } = order;
  const mapIndex = order.instance === null ? {} : { mapIndex: order.instance.index };
  return { dagId, runId, execution, taskId, ...mapIndex, tryNumber, attempt };
}

function createContext(parts: {
  readonly order: TaskOrder;
  readonly identity: AttemptIdentity;
  readonly services: AttemptServices;
  readonly edge: AttemptEdge;
  readonly log: AttemptLog;
  readonly checkpoints: Checkpoints;
  readonly signal: AbortSignal;
}): TaskContext {
  const { order, identity, services, edge, log, checkpoints, signal } = parts;
  return {
    identity,
    attemptName: attemptName(identity, order.pokeCount),
    interval: order.interval,
    timezone: order.timezone,
    params: order.params,
    warehouse: order.isLocal === true ? noWarehouse(order) : services.warehouse,
    log,
    completion: completionOf(order),
    signal,
    ...settingsOf(services.vault, order),
    heartbeat: (progress = null) => edge.heartbeat(cleanerOf(services.vault).json(progress)),
    checkpoint: async (state) => (order.isLocal === true ? refuseFiles(order) : checkpoints.save(state)),
    lastCheckpoint: () => checkpoints.last(),
  };
}

/** Takes secrets out of what leaves the attempt. */
function cleanerOf(vault: Vault | undefined): { text(text: string): string; json(value: Json): Json } {
  const redactor = vault?.redactor;
  return { text: (text) => redactor?.text(text) ?? text, json: (value) => redactor?.json(value) ?? value };
}

function settingsOf(vault: Vault | undefined, { taskId }: TaskOrder): Pick<TaskContext, 'connection' | 'variable'> {
  const known = (): Vault => {
    if (vault === undefined) throw new EngineBug(`No vault for ${taskId}, which asks for a connection or a variable`);
    return vault;
  };
  return { connection: async (id) => await known().connection(id), variable: async (id) => await known().variable(id) };
}

/** The handler of an order at its place. What a mapped task is mapped over is found out here, wherever its instances run. */
function placeOf(order: TaskOrder, prepared: Prepared, isolation: Isolation | undefined): Prepared['work'] {
  if (order.kind === 'map') return prepared.work;
  return isolated({ ...order, input: prepared.shown }, isolation) ?? prepared.work;
}

/** The handler of an order, at its place; null when that is here. */
function isolated(order: TaskOrder, isolation: Isolation | undefined): TaskHandler<unknown, unknown> | null {
  if (order.isolation === undefined) return null;
  if (isolation === undefined) throw new EngineBug(`No place for ${order.taskId}, which has isolation`);
  return (context) => isolation.run(order, context);
}

/** Stands for the warehouse in a local task, and refuses every use of it. */
function noWarehouse(order: TaskOrder): Warehouse {
  return new Proxy({} as Warehouse, { get: () => refuseFiles(order) });
}

function refuseFiles({ taskId }: TaskOrder): never {
  throw new TaskError({
    code: 'local_task_has_no_files',
    message: `Task ${taskId} is local and has neither warehouse nor checkpoints. Write local: false.`,
    details: { task: taskId },
  });
}

/** What is left over does no harm: no later attempt of this execution will come to read it. */
async function dropped(checkpoints: Checkpoints, log: AttemptLog): Promise<void> {
  await checkpoints
    .drop()
    .catch((error: unknown) => log.warn({ error: String(error) }, 'checkpoints were not removed'));
}

/** Unique for ever and short enough for file names: a hash of everything that tells attempts apart. */
function attemptName(identity: AttemptIdentity, pokeCount: number): string {
  const { dagId, runId, execution, taskId, mapIndex, tryNumber, attempt } = identity;
  const parts = [runWorkflowId(dagId, runId), execution, taskId, tryNumber, attempt, pokeCount];
  const text = (mapIndex === undefined ? parts : [...parts, mapIndex]).join('\u0000');
  return createHash('sha256').update(text).digest('hex').slice(0, 20);
}

export function checkOutput(order: TaskOrder, output: unknown): Json {
  const text = jsonOrNull(output ?? null);
  if (text === null) {
    const kind = typeof output === 'object' ? 'an object with a bigint or a cycle in it' : `a ${typeof output}`;
    throw badOutput(order, { code: 'output_not_json', what: `${kind}, which JSON cannot hold. Return plain values` });
  }
  const byteCount = Buffer.byteLength(text);
  if (byteCount > maxOutputBytes) {
    const advice = 'Write rows to the warehouse and return a reference';
    const what = `${byteCount} bytes of JSON; ${maxOutputBytes} are allowed. ${advice}`;
    throw badOutput(order, { code: 'output_too_large', what });
  }
  return JSON.parse(text) as Json;
}

function badOutput(order: TaskOrder, { code, what }: { readonly code: string; readonly what: string }): TaskError {
  return new TaskError({ code, message: `Task ${order.taskId} returned ${what}.`, details: { task: order.taskId } });
}

function rowCountOf(output: Json): number | null {
  if (!isJsonObject(output)) return null;
  const count = output.rowCount ?? output.row_count;
  return typeof count === 'number' ? count : null;
}

/** The bound of one try. A handler that does not listen to its signal is left behind: its files have names that nobody will ask for. */
class Deadline {
  readonly expiry: Promise<never>;
  readonly signal: AbortSignal;
  private readonly timer: NodeJS.Timeout;

  constructor(order: TaskOrder, cancellation: AbortSignal) {
    const controller = new AbortController();
    this.signal = AbortSignal.any([cancellation, controller.signal]);
    let expire: (error: Error) => void = () => undefined;
    this.expiry = new Promise<never>((_resolve, reject) => {
      expire = reject;
    });
    this.expiry.catch(() => undefined);
    cancellation.addEventListener('abort', () => expire(new Error('cancelled')), { once: true });
    this.timer = setTimeout(() => {
      expire(timedOut(order));
      controller.abort();
    }, order.executionTimeoutMs);
  }

  clear(): void {
    clearTimeout(this.timer);
  }
}

function timedOut(order: TaskOrder): OutsideUnavailable {
  const seconds = order.executionTimeoutMs / 1_000;
  return new OutsideUnavailable({
    code: 'execution_timeout',
    message: `Try ${order.tryNumber} of ${order.taskId} took longer than its executionTimeout of ${seconds} s. Give it more time, or make it do less.`,
    details: { task: order.taskId, execution_timeout_ms: order.executionTimeoutMs },
  });
}
