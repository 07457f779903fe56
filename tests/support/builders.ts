import type { DagSpec, TaskPolicy, TaskSpec } from '../../engine/dag/spec';
import { planOf } from '../../engine/run/plan';
import type { Run, RunIdentity, TaskInstance } from '../../engine/run/run';
import { untouchedTask } from '../../engine/run/run';
import type { DataInterval } from '../../engine/time/interval';

/** The day that most tests are about, and the instant at which its run begins. */
export const aDay: DataInterval = { start: '2010-12-01T00:00:00Z', end: '2010-12-02T00:00:00Z' };
export const dayBreak = '2010-12-02T02:00:00Z';

export const aPolicy: TaskPolicy = {
  triggerRule: 'all_success',
  retries: 0,
  retryDelayMs: 60_000,
  retryExponentialBackoff: 0,
  maxRetryDelayMs: null,
  executionTimeoutMs: 600_000,
  heartbeatTimeoutMs: 10_000,
};

/** One task of {@link aDag}: the ids that it comes after, or these and what else is said of it. */
export type TaskSketch =
  | readonly string[]
  | (Partial<Omit<TaskSpec, 'taskId' | 'upstream'>> & { readonly after?: readonly string[] });

/** A spec from a picture of its edges: `aDag({ a: [], b: ['a'] })`. Tasks in topological order. */
export function aDag(tasks: { readonly [taskId: string]: TaskSketch }, head: Partial<DagSpec> = {}): DagSpec {
  return {
    format: 1,
    dagId: 'shop',
    description: 'Sells things.',
    owner: null,
    tags: [],
    timetable: { kind: 'none' },
    startDate: null,
    endDate: null,
    catchup: false,
    maxActiveRuns: 16,
    maxActiveTasks: 40,
    dagRunTimeoutMs: null,
    params: { type: 'object', properties: {} },
    defaults: aPolicy,
    tasks: Object.entries(tasks).map(([taskId, sketch]) => aTask(taskId, sketch)),
    ...head,
  };
}

function aTask(taskId: string, sketch: TaskSketch): TaskSpec {
  const said = isEdgeList(sketch) ? { after: sketch } : sketch;
  const { after = [], ...rest } = said;
  const isSensor = rest.kind === 'sensor';
  return {
    taskId,
    kind: 'task',
    group: null,
    upstream: [...after].sort(),
    input: {},
    policy: {},
    ...(isSensor ? { sensor: { pokeIntervalMs: 60_000, timeoutMs: 3_600_000 } } : {}),
    ...rest,
  };
}

function isEdgeList(sketch: TaskSketch): sketch is readonly string[] {
  return Array.isArray(sketch);
}

export function anIdentity(facts: Partial<RunIdentity> = {}): RunIdentity {
  return {
    dagId: 'shop',
    runId: `scheduled__${aDay.start}`,
    runType: 'scheduled',
    interval: aDay,
    params: {},
    triggeredBy: 'schedule',
    queuedAt: dayBreak,
    ...facts,
  };
}

/** A run as it stands, with the given tasks in the given states; nothing is decided. */
export function aRun(
  tasks: { readonly [taskId: string]: TaskInstance['state'] | Partial<TaskInstance> } = {},
  head: Partial<Run> = {},
): Run {
  return {
    format: 1,
    identity: anIdentity(),
    state: 'running',
    reason: null,
    startedAt: dayBreak,
    endedAt: null,
    window: 40,
    ending: null,
    tasks: Object.fromEntries(
      Object.entries(tasks).map(([taskId, said]) => [
        taskId,
        { ...untouchedTask, ...(typeof said === 'string' ? { state: said } : said) },
      ]),
    ),
    attempts: [],
    ...head,
  };
}

/** A plan from a picture of its edges. */
export function aPlan(
  tasks: { readonly [taskId: string]: TaskSketch },
  head: Partial<DagSpec> = {},
): ReturnType<typeof planOf> {
  return planOf(aDag(tasks, head));
}
