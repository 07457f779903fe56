import { durationMs } from '../time/duration';
import type {
  ApproveOptions,
  Builders,
  ChooseOptions,
  Conditions,
  DagOptions,
  FillOptions,
  Handler,
  QuestionOptions,
  SensorOptions,
  TaskOptions,
  TaskRef,
  TeardownOptions,
} from './authoring';
import { behindConditions } from './conditions';
import type { DagDefinition } from './draft';
import { checkId } from './id';
import { policyOptionNames, readHeader, readPolicy, readTeardownPolicy, splitCheck } from './options';
import { readApproval, readChoose, readForm } from './question';
import { recordMapGroup, recordMapped } from './record-mapped';
import { type NewTask, Recorder } from './recorder';
import { makeDeepRef, makeRef } from './references';
import { customOf } from './schedule';
import { readSensor } from './sensor';
import type { QuestionSpec, TaskPolicy } from './spec';

/**
 * Defaults of a task. Retry delay and count are Airflow's. The heartbeat is a compromise: shorter
 * notices a lost worker sooner, longer forgives a busy one. Forty in flight keep within what a server
 * buffers while a workflow task is open (ADR 0013).
 */
const policyDefaults: TaskPolicy = {
  triggerRule: 'all_success',
  retries: 0,
  retryDelayMs: 300_000,
  retryExponentialBackoff: 0,
  maxRetryDelayMs: null,
  executionTimeoutMs: 3_600_000,
  heartbeatTimeoutMs: 10_000,
};

/**
 * Defines a DAG. The body runs once, at load, and only records; nothing is executed. Wrong names,
 * durations and dates are `DefinitionError`s here, cycles and unknown tasks in `compile`.
 */
export function defineDag<Params = Record<never, never>>(
  options: DagOptions<Params>,
  body: (builders: Builders<Params>) => unknown,
): DagDefinition {
  checkId('DAG', options.id);
  const recorder = new Recorder(options.id);
  body(createBuilders<Params>(recorder));
  return {
    kind: 'dag',
    dagId: options.id,
    header: readHeader(options),
    timetable: customOf(options),
    defaults: { ...policyDefaults, ...readPolicy(options.defaults ?? {}, `DAG ${options.id}`, policyOptionNames) },
    paramsSchema: options.params ?? null,
    ...recorder.result(),
  };
}

function createBuilders<Params>(recorder: Recorder): Builders<Params> {
  const own = authored(recorder);
  const policy = policyReader(recorder);
  return {
    task: (id, handler, input, options) => own({ id, kind: 'task', handler, input }, options),
    setup: (id, handler, input, options) => own({ id, kind: 'task', handler, input, role: 'setup' }, options),
    teardown: (id, handler, input, options) => teardown(recorder, { id, handler, input }, options),
    sql: (model, { from = {}, ...options } = {}) => recorder.addSql(model, from, policy(model, options)),
    check: (name, options) => {
      recorder.describe(name, options);
      return recorder.addCheck(name, ...splitCheck(name, options));
    },
    sensor: (id, handler, input, { pokeInterval, timeout, pokeBackoff, maxPokeInterval, softFail, ...rest } = {}) =>
      own(
        {
          id,
          kind: 'sensor',
          handler,
          input,
          sensor: readSensor(id, { pokeInterval, timeout, pokeBackoff, maxPokeInterval, softFail } as SensorOptions),
        },
        rest,
      ),
    branch: (id, handler, input, options) => own({ id, kind: 'branch', handler, input }, options),
    shortCircuit: (id, handler, input, options) => own({ id, kind: 'short_circuit', handler, input }, options),
    deferred: (id, handler, input, { timeout = '7 days', ...options } = {}) => {
      const deferral = { timeoutMs: durationMs(timeout, `task ${id}: timeout`) };
      return own({ id, kind: 'deferred', handler, input, deferral }, options);
    },
    approve: (id, options) => question(recorder, id, readApproval(id, options), options),
    choose: (id, options) => question(recorder, id, readChoose(id, options), options),
    fill: (id, options) => question(recorder, id, readForm(id, options), options),
    latestOnly: (id, options) =>
      recorder.add({ taskId: id, kind: 'latest_only', handler: null, input: {}, policy: policy(id, options) }),
    group: (id, groupBody) => recorder.addGroup(id, groupBody),
    mapped: (id, handler, options) => recordMapped(recorder, id, handler, options),
    mapGroup: (id, lists, groupBody, options) => recordMapGroup(recorder, id, { lists, body: groupBody, options }),
    publish: (id, what, { wholes = [], freshWithin, ...options } = {}) =>
      recorder.addPublish(id, what, {
        wholes,
        freshWithinMs: freshWithin === undefined ? null : durationMs(freshWithin, `publish ${id}: freshWithin`),
        policy: policy(id, options),
      }),
    run: {
      params: makeDeepRef({ kind: 'run', path: ['params'] }),
      interval: makeDeepRef({ kind: 'run', path: ['interval'] }),
      runId: makeDeepRef({ kind: 'run', path: ['run_id'] }),
      assetEvents: makeRef({ kind: 'run', path: ['asset_events'] }),
    },
  };
}

/** What an author writes of a task with a function of theirs. */
interface Authored extends Pick<NewTask, 'kind' | 'input' | 'role' | 'sensor' | 'deferral'> {
  readonly id: string;
  readonly handler: Handler;
}

/** Records tasks with an author's function, behind their conditions. */
function authored(recorder: Recorder) {
  const policy = policyReader(recorder);
  return <Output>(
    { id, handler, ...task }: Authored,
    { runIf, skipIf, ...options }: TaskOptions & Conditions<never> = {},
  ): TaskRef<Output> =>
    recorder.add<Output>({
      ...task,
      taskId: id,
      handler: behindConditions(handler, { runIf, skipIf } as Conditions<never>),
      policy: policy(id, options),
    });
}

function teardown<Output>(
  recorder: Recorder,
  { id, handler, input }: Pick<Authored, 'id' | 'handler' | 'input'>,
  { setups = [], failsRun = false, runIf, skipIf, ...options }: TeardownOptions & Conditions<never> = {},
): TaskRef<Output> {
  recorder.describe(id, options);
  const task: NewTask = {
    taskId: id,
    kind: 'task',
    handler: behindConditions(handler, { runIf, skipIf } as Conditions<never>),
    input,
    policy: readTeardownPolicy(options, `teardown ${id}`),
    role: 'teardown',
    ...(failsRun ? { failsRun } : {}),
  };
  return recorder.addTeardown<Output>(task, 'taskId' in setups ? [setups] : setups);
}

/** Reads a task's options, and keeps what they say for people. */
function policyReader(recorder: Recorder): (id: string, options?: TaskOptions) => Partial<TaskPolicy> {
  return (id, options = {}) => {
    recorder.describe(id, options);
    return readPolicy(options, `task ${id}`);
  };
}

/** What is left of a question's options are those of every task. */
type AnyQuestion = Partial<ApproveOptions & ChooseOptions & FillOptions<unknown>>;

function question<Output>(
  recorder: Recorder,
  id: string,
  asked: QuestionSpec,
  options: QuestionOptions,
): TaskRef<Output> {
  const {
    subject,
    details = null,
    timeout,
    default: answer,
    failOnReject,
    multiple,
    form,
    ...rest
  } = options as AnyQuestion;
  return recorder.add<Output>({
    taskId: id,
    kind: 'question',
    handler: null,
    input: { details },
    policy: policyReader(recorder)(id, rest),
    question: asked,
  });
}
