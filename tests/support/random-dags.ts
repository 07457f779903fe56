import fc from 'fast-check';
import {
  type DagSpec,
  type MapSpec,
  type QuestionSpec,
  type TaskKind,
  type TaskPolicy,
  type TaskSpec,
  weightRules,
} from '../../engine/dag/spec';
import { triggerRules } from '../../engine/gates/trigger-rule';
import type { Json } from '../../engine/json';
import type { TaskState } from '../../engine/run/task-state';
import { aDag, type TaskSketch } from './builders';
import { type Call, everyInstance, type Outcome, type World } from './simulate';

/** A DAG and everything that its run cannot decide, drawn at random. */
export interface Scene {
  readonly spec: DagSpec;
  readonly world: World;
  /** A second account of the world, for what is printed when a property fails. */
  readonly toString: () => string;
}

/** Numbers that decide what happens, in the order in which it is asked: shrinking them makes a case simpler. */
interface Chance {
  readonly durations: readonly number[];
  readonly outcomes: readonly number[];
  readonly batches: readonly number[];
}

const kinds = [
  'task',
  'task',
  'task',
  'sensor',
  'branch',
  'short_circuit',
  'latest_only',
  'question',
  'deferred',
  'publish',
  'map',
  'map',
] as const satisfies TaskKind[];

const somePolicy: fc.Arbitrary<Partial<TaskPolicy>> = fc.record(
  {
    triggerRule: fc.constantFrom(...triggerRules),
    retries: fc.integer({ min: 0, max: 2 }),
    retryDelayMs: fc.constantFrom(0, 1_000, 90_000),
    retryExponentialBackoff: fc.constantFrom(0, 2),
    past: fc.constantFrom('none' as const, 'own' as const, 'own_and_downstream' as const),
    pool: fc.constant('etl'),
    maxActive: fc.constant(2),
    priorityWeight: fc.integer({ min: -3, max: 3 }),
    weightRule: fc.constantFrom(...weightRules),
  },
  { requiredKeys: [], noNullPrototype: true },
);

const someTask = (index: number): fc.Arbitrary<TaskSketch> =>
  fc
    .record({
      kind: fc.constantFrom(...kinds),
      group: fc.constantFrom(null, null, 'left', 'right'),
      policy: somePolicy,
      role: fc.constantFrom('work', 'work', 'work', 'setup', 'teardown'),
      failsRun: fc.boolean(),
      parents: fc.array(fc.nat({ max: Math.max(0, index - 1) }), { maxLength: index === 0 ? 0 : 4 }),
    })
    .map(({ parents, role, failsRun, ...rest }) => ({
      ...rest,
      after: [...new Set(parents)].map((parent) => `t${parent}`),
      ...(rest.kind === 'question' ? { question: aQuestion(failsRun) } : {}),
      ...(rest.kind === 'map' ? { map: aMap(`t${index}`, failsRun) } : {}),
      ...(rest.kind === 'deferred' ? { deferral: { timeoutMs: 50_000 } } : {}),
      ...(rest.kind === 'sensor' ? { sensor: { pokeIntervalMs: 30_000, timeoutMs: 100_000 } } : {}),
      ...(rest.kind === 'map' ? {} : aRole(role, failsRun, rest.policy)),
    }));

/** Nobody answers in these scenes: the default counts, or the time-out. */
function aQuestion(hasDefault: boolean): QuestionSpec {
  const asked = { ask: 'approve', subject: 'Go on?', timeoutMs: 40_000 } as const;
  return hasDefault ? { ...asked, default: 'approve' } : asked;
}

function aRole(
  role: string,
  failsRun: boolean,
  policy: Partial<TaskPolicy>,
): Partial<Exclude<TaskSketch, readonly string[]>> {
  if (role === 'setup') return { role };
  if (role !== 'teardown') return {};
  const said = { role, policy: { ...policy, triggerRule: 'all_done_setup_success' as const } } as const;
  return failsRun ? { ...said, failsRun } : said;
}

const someSpec: fc.Arbitrary<DagSpec> = fc
  .tuple(
    fc
      .integer({ min: 1, max: 9 })
      .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => someTask(index)))),
    fc.integer({ min: 1, max: 6 }),
    fc.constantFrom(null, null, null, 45_000),
  )
  .map(([tasks, maxActiveTasks, dagRunTimeoutMs]) =>
    aDag(Object.fromEntries(tasks.map((task, index) => [`t${index}`, task])), { maxActiveTasks, dagRunTimeoutMs }),
  );

const someChance: fc.Arbitrary<Chance> = fc.record({
  durations: fc.array(fc.nat({ max: 40_000 }), { minLength: 1, maxLength: 12 }),
  outcomes: fc.array(fc.nat({ max: 99 }), { minLength: 1, maxLength: 24 }),
  batches: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 }),
});

/** What operators do to a run while it is under way. */
const someRequests = (count: number): fc.Arbitrary<NonNullable<World['requests']>> => {
  const afterMs = fc.nat({ max: 120_000 });
  const stop = afterMs.map((ms) => ({
    afterMs: ms,
    event: (at: string) => ({ kind: 'stop_requested' as const, by: 'ada', at }),
  }));
  const restart = fc.tuple(afterMs, fc.nat({ max: count })).map(([ms, index]) => ({
    afterMs: ms,
    event: (at: string) => ({ kind: 'restart_requested' as const, taskId: `t${index}`, by: 'ada', at }),
  }));
  const window = fc.tuple(afterMs, fc.integer({ min: 1, max: 6 })).map(([ms, width]) => ({
    afterMs: ms,
    event: (at: string) => ({ kind: 'window_changed' as const, window: width, at }),
  }));
  return fc.array(
    fc.oneof({ weight: 1, arbitrary: stop }, { weight: 4, arbitrary: restart }, { weight: 2, arbitrary: window }),
    {
      maxLength: 4,
    },
  );
};

/** Any scene; without operators nothing but the DAG's own tasks and timers happens. */
export function someScene({ operators }: { readonly operators: boolean }): fc.Arbitrary<Scene> {
  return someSpec.chain((spec) => {
    const requests = operators ? someRequests(spec.tasks.length) : fc.constant([]);
    // Every driver hears of the past again, so that fewer than three batches would let it hear of nothing else.
    const replaceDriverEvery = fc.constantFrom(undefined, undefined, 3, 5);
    return fc
      .record({
        chance: someChance,
        requests,
        replaceDriverEvery: operators ? replaceDriverEvery : fc.constant(undefined),
      })
      .map(({ chance, ...rest }) => ({
        spec,
        world: aWorld(spec, chance, rest),
        toString: () => JSON.stringify({ spec, chance, ...rest }),
      }));
  });
}

function aWorld(
  spec: DagSpec,
  chance: Chance,
  rest: { readonly requests: NonNullable<World['requests']>; readonly replaceDriverEvery: number | undefined },
): World {
  let batch = 0;
  const { replaceDriverEvery, requests } = rest;
  const draw = (numbers: readonly number[], call: Call): number =>
    Number(numbers[(Number(call.taskId.slice(1)) * 7 + call.tryNumber * 3 + call.pokeCount) % numbers.length]);
  return {
    requests,
    ...(replaceDriverEvery === undefined ? {} : { replaceDriverEvery }),
    slotsAfterMs: (lease) => Number(chance.durations[lease.length % chance.durations.length]),
    durationMs: (call) => 1 + draw(chance.durations, call),
    outcome: (call) => anOutcome(spec, call, draw(chance.outcomes, call)),
    shard: (plan, shard) =>
      everyInstance(plan, shard, outcomesOfShards[(shard.from + requests.length) % 5] ?? ['success']),
    heedsCancel: (call) => draw(chance.outcomes, call) % 3 !== 0,
    batchSize: () => {
      batch += 1;
      return Number(chance.batches[batch % chance.batches.length]);
    },
  };
}

/** From nothing to more than all shards that may be in flight at once. */
const lengths = [0, 1, 3, 499, 501, 2_600];

const outcomesOfShards: readonly (readonly TaskState[])[] = [
  ['success'],
  ['success', 'failed'],
  ['skipped'],
  ['success', 'skipped', 'upstream_failed'],
  ['failed'],
];

/** A mapped task, or a group of two tasks; with bounds that make one, two or four shards at once. */
function aMap(taskId: string, isGroup: boolean): MapSpec {
  const one = (id: string, upstream: readonly string[]): TaskSpec => ({
    taskId: id,
    kind: 'task',
    group: null,
    upstream,
    input: null,
    policy: {},
  });
  const body = isGroup ? [one('a', []), one('b', ['a'])] : [one(taskId, [])];
  return { body, output: isGroup ? null : taskId, maxActive: isGroup ? 2 : null };
}

function anOutcome(spec: DagSpec, { taskId }: Call, number: number): Outcome {
  const task = spec.tasks.find((one) => one.taskId === taskId);
  if (number < 20) return { kind: 'fail', retryable: number < 14, isLost: number < 3 };
  if (number < 28) return { kind: 'skip' };
  switch (task?.kind) {
    case 'map':
      return { kind: 'succeed', output: { length: lengths[number % lengths.length] ?? 0, folder: 'maps' } };
    case 'sensor':
      return { kind: 'succeed', output: number < 65 };
    case 'short_circuit':
      return { kind: 'succeed', output: number < 75 };
    case 'branch':
      return { kind: 'succeed', output: aChoice(spec, taskId, number) };
    default:
      return { kind: 'succeed', output: { rows: number }, rowCount: number };
  }
}

/** Some of the direct downstream, a group, nothing, or what the branch may not choose. */
function aChoice(spec: DagSpec, taskId: string, number: number): Json {
  const downstream = spec.tasks.filter((task) => task.upstream.includes(taskId));
  const chosen = downstream.filter((_, index) => (number >> index) % 2 === 1);
  if (number % 13 === 0) return 'nobody';
  if (number % 7 === 0) return chosen[0]?.group ?? chosen[0]?.taskId ?? [];
  return chosen.map((task) => task.taskId);
}
