import type { Json } from '../../engine/json';
import { advance, startRun } from '../../engine/run/advance';
import type { AttemptFacts, RunCommand, RunEvent } from '../../engine/run/events';
import type { Plan } from '../../engine/run/plan';
import type { Run } from '../../engine/run/run';
import type { TaskState } from '../../engine/run/task-state';
import { plusMs } from '../../engine/time/instant';
import { anIdentity, dayBreak } from './builders';

/** A run that a test drives event by event, on a clock that the test moves. */
export interface Machine {
  readonly run: Run;
  /** The commands of the last step. */
  readonly commands: readonly RunCommand[];
  readonly states: { readonly [taskId: string]: TaskState };
  send(...events: readonly RunEvent[]): Machine;
}

export function aMachine(plan: Plan): Machine {
  const first = startRun(plan, anIdentity({ dagId: plan.spec.dagId }), dayBreak);
  return machineAt(plan, first.state, first.commands);
}

export function machineAt(plan: Plan, run: Run, commands: readonly RunCommand[] = []): Machine {
  return {
    run,
    commands,
    states: Object.fromEntries(Object.entries(run.tasks).map(([taskId, task]) => [taskId, task.state])),
    send: (...events) => {
      const step = advance(plan, run, events);
      return machineAt(plan, step.state, step.commands);
    },
  };
}

/** The instant so many seconds after the run's start. */
export function second(count: number): string {
  return plusMs(dayBreak, count * 1_000);
}

function facts(at: string): AttemptFacts {
  return { attempt: 1, startedAt: dayBreak, endedAt: at, worker: 'worker-1' };
}

export function started(taskId: string, at: string = second(0)): RunEvent {
  return { kind: 'task_started', taskId, at };
}

export function succeeded(taskId: string, output: Json = null, at: string = second(1)): RunEvent {
  return { kind: 'task_succeeded', taskId, at, output, rowCount: null, facts: facts(at) };
}

export function failed(
  taskId: string,
  {
    at = second(1),
    retryable = true,
    code = 'user_code_failed',
  }: { at?: string; retryable?: boolean; code?: string } = {},
): RunEvent {
  const failure = { code, message: `${taskId} broke`, retryable, details: null };
  return { kind: 'task_failed', taskId, at, failure, facts: facts(at) };
}

export function skipped(taskId: string, at: string = second(1)): RunEvent {
  return { kind: 'task_skipped', taskId, at, message: 'no rows today', facts: facts(at) };
}

export function cancelled(taskId: string, at: string = second(1)): RunEvent {
  return { kind: 'task_cancelled', taskId, at, facts: facts(at) };
}

export function timerFired(taskId: string, at: string): RunEvent {
  return { kind: 'timer_fired', taskId, until: at, at };
}

export function stop(by = 'ada', at: string = second(1)): RunEvent {
  return { kind: 'stop_requested', by, at };
}

export function restart(taskId: string, at: string = second(1)): RunEvent {
  return { kind: 'restart_requested', taskId, by: 'ada', at };
}
