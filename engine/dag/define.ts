import { durationMs } from '../time/duration';
import type { Builders, DagOptions, Handler, TaskOptions, TaskRef, TeardownOptions } from './authoring';
import type { DagDefinition } from './draft';
import { checkId } from './id';
import { readHeader, readPolicy, readTeardownPolicy, splitCheck } from './options';
import { Recorder } from './recorder';
import { makeDeepRef } from './references';
import type { TaskPolicy } from './spec';

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
    defaults: { ...policyDefaults, ...readPolicy(options.defaults ?? {}, `DAG ${options.id}`) },
    paramsSchema: options.params ?? null,
    ...recorder.result(),
  };
}

function createBuilders<Params>(recorder: Recorder): Builders<Params> {
  return {
    task: (id, handler, input, options) =>
      recorder.add({ taskId: id, kind: 'task', handler, input, policy: policy(id, options) }),
    setup: (id, handler, input, options) =>
      recorder.add({ taskId: id, kind: 'task', handler, input, policy: policy(id, options), role: 'setup' }),
    teardown: <Output>(
      id: string,
      handler: Handler,
      input: unknown,
      { setups = [], failsRun = false, ...options }: TeardownOptions = {},
    ): TaskRef<Output> =>
      recorder.addTeardown<Output>(
        {
          taskId: id,
          kind: 'task',
          handler,
          input,
          policy: readTeardownPolicy(options, `teardown ${id}`),
          role: 'teardown',
          ...(failsRun ? { failsRun } : {}),
        },
        'taskId' in setups ? [setups] : setups,
      ),
    sql: (model, { from = {}, ...options } = {}) => recorder.addSql(model, from, policy(model, options)),
    check: (name, options) => recorder.addCheck(name, ...splitCheck(name, options)),
    sensor: (id, handler, input, { pokeInterval, timeout, ...options } = {}) =>
      recorder.add({
        taskId: id,
        kind: 'sensor',
        handler,
        input,
        policy: policy(id, options),
        sensor: {
          pokeIntervalMs: durationMs(pokeInterval ?? '60 seconds', `sensor ${id}: pokeInterval`),
          timeoutMs: durationMs(timeout ?? '7 days', `sensor ${id}: timeout`),
        },
      }),
    branch: (id, handler, input, options) =>
      recorder.add({ taskId: id, kind: 'branch', handler, input, policy: policy(id, options) }),
    shortCircuit: (id, handler, input, options) =>
      recorder.add({ taskId: id, kind: 'short_circuit', handler, input, policy: policy(id, options) }),
    group: (id, groupBody) => recorder.addGroup(id, groupBody),
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
    },
  };
}

function policy(id: string, options: TaskOptions = {}): Partial<TaskPolicy> {
  return readPolicy(options, `task ${id}`);
}
