import { advanceControl } from '../../engine/control/advance';
import { type Control, type ControlCommand, type ControlEvent, newControl } from '../../engine/control/state';
import type { DagSpec } from '../../engine/dag/spec';
import { epochMs, isoInstant } from '../../engine/time/instant';
import type { DataInterval } from '../../engine/time/interval';
import type { RunProgress, RunSummary } from '../../engine/wire';
import { aDag, aDay } from './builders';

/** A DAG's control that a test drives event by event. */
export interface ControlMachine {
  readonly control: Control;
  /** The commands of the last event. */
  readonly commands: readonly ControlCommand[];
  send(event: ControlEvent): ControlMachine;
}

export function aControl(...events: readonly ControlEvent[]): ControlMachine {
  return events.reduce<ControlMachine>((machine, event) => machine.send(event), at(newControl('shop'), []));
}

function at(control: Control, commands: readonly ControlCommand[]): ControlMachine {
  const send = (event: ControlEvent): ControlMachine => {
    const step = advanceControl(control, event);
    return at(step.state, step.commands);
  };
  return { control, commands, send };
}

const begin = '2010-12-05T00:00:00Z';

export function second(count: number): string {
  return isoInstant(epochMs(begin) + count * 1_000);
}

export function deployed(
  facts: {
    startsPaused?: boolean;
    spec?: string;
    maxActiveRuns?: number;
    tasks?: DagSpec['tasks'];
    head?: Partial<DagSpec>;
  } = {},
): ControlEvent {
  const { startsPaused = false, spec = 'v1', maxActiveRuns = 4, tasks, head } = facts;
  const params = {
    type: 'object',
    properties: { source: { type: 'string', default: 'landing' }, limit: { type: 'number' } },
  };
  const dag = aDag({ a: [], b: ['a'] }, { maxActiveRuns, params, ...(tasks === undefined ? {} : { tasks }), ...head });
  return {
    kind: 'deployed',
    deployment: { spec: dag, versions: { spec, code: 'c1' }, deployedAt: begin, deployedBy: 'ada', folder: 'dags' },
    startsPaused,
    nextRunAt: null,
    at: begin,
  };
}

export function due(intervals: readonly DataInterval[], instant: string = begin): ControlEvent {
  const runs = intervals.map((interval) => ({ interval, runAt: interval.end }));
  return { kind: 'due', runs, nextRunAt: '2010-12-04T02:00:00Z', at: instant };
}

export function triggered(intervals: readonly DataInterval[], by = 'ada', instant: string = begin): ControlEvent {
  const requests = intervals.map((interval) => ({ interval, params: { n: 1 } }));
  return { kind: 'triggered', requests, by, at: instant };
}

/** A backfill that is about to start these runs. */
export function backfilled(intervals: readonly DataInterval[], at: string = begin): ControlEvent {
  const run = (interval: DataInterval) => ({
    ...{ runId: `backfill__${interval.start}`, runType: 'backfill' as const, interval, params: {} },
    ...{ triggeredBy: 'backfill by ada', queuedAt: at },
  });
  return { kind: 'backfill_admitted', runs: intervals.map(run), at };
}

export function paused(by = 'ada'): ControlEvent {
  return { kind: 'paused', by, at: begin };
}

export function unpaused(): ControlEvent {
  return { kind: 'unpaused', at: begin };
}

export function aSummary(runId: string, facts: Partial<RunSummary> = {}): RunSummary {
  return {
    runId,
    runType: 'scheduled',
    interval: aDay,
    state: 'success',
    label: 'success',
    startedAt: begin,
    endedAt: second(60),
    retries: 0,
    freshUntil: null,
    freshTables: {},
    tasks: { a: 'success', b: 'success' },
    ...facts,
  };
}

/** A look at active runs that found them so far. */
export function seen(...progress: readonly (Partial<RunProgress> & Pick<RunProgress, 'runId'>)[]): ControlEvent {
  const blank = { label: 'running', retries: 0, tasks: {}, waits: [], moreWaits: 0 };
  return { kind: 'runs_seen', seen: progress.map((one) => ({ ...blank, ...one })), at: second(30) };
}

export function ended(runId: string, facts: Partial<RunSummary> = {}): ControlEvent {
  return { kind: 'run_ended', summary: aSummary(runId, facts), at: second(60) };
}
