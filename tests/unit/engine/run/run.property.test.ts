import { describe, test } from '@jest/globals';
import fc from 'fast-check';
import { advance } from '../../../../engine/run/advance';
import type { RunCommand, Step } from '../../../../engine/run/events';
import { explainTask } from '../../../../engine/run/explain';
import { type Plan, plannedTask, planOf } from '../../../../engine/run/plan';
import { type Run, taskOf } from '../../../../engine/run/run';
import { isFailure, isInFlight, isTerminal } from '../../../../engine/run/task-state';
import { taskTableMarkdown } from '../../../../engine/run/task-table';
import { runLabel } from '../../../../engine/run/verdict';
import { ensure, ensureSame, holds } from '../../../support/properties';
import { type Scene, someScene } from '../../../support/random-dags';
import { type LogEntry, replay, simulate } from '../../../support/simulate';
import { expectedOfTask } from '../../../support/trigger-rules';

const anything = someScene({ operators: true });
const undisturbed = someScene({ operators: false });
const runs = 300;

type Look = (plan: Plan, step: Step<Run, RunCommand>, entry: LogEntry) => void;

/** Plays a scene to its end and shows every step to `look`. */
function play({ spec, world }: Scene, look: Look = () => {}) {
  const plan = planOf(spec);
  return { plan, ...simulate(plan, { ...world, onStep: (entry, step) => look(plan, step, entry) }) };
}

const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** Whether nothing but the run before holds a task back. */
function awaitsPast(plan: Plan, run: Run, taskId: string): boolean {
  return taskOf(run, taskId).state === 'none' && explainTask(plan, run, taskId)?.code === 'past_run';
}

describe('any DAG, with any handlers, rules, windows, operators and order of events', () => {
  test('ends, with every task in a state that is an end, and a reason for each that did not succeed', () => {
    holds(
      fc.property(anything, (scene) => {
        const { plan, run } = play(scene);
        for (const { taskId } of plan.spec.tasks) {
          const { state, reason } = taskOf(run, taskId);
          ensure(isTerminal(state), `${taskId} is at its end, and not ${state}`);
          ensure((state === 'success') === (reason === null), `${taskId} has a reason unless it succeeded`);
          ensure(reason?.message !== '', `the reason of ${taskId} says something`);
        }
        ensure(run.reason !== null, 'the run has a reason');
      }),
      { runs },
    );
  });

  test('has at every step a task in flight, a timer set, a past to hear of, or a driver that drains it', () => {
    holds(
      fc.property(anything, (scene) => {
        play(scene, (plan, { state: run }) => {
          const tasks = plan.spec.tasks.map(({ taskId }) => taskOf(run, taskId));
          const waitsForSlots = Object.values(run.slots ?? {}).some((slots) => !slots.isGranted);
          const isAlive =
            waitsForSlots ||
            tasks.some((task) => isInFlight(task.state) || task.wakeAt !== null || task.state === 'awaiting_input');
          const hears = plan.spec.tasks.some(({ taskId }) => awaitsPast(plan, run, taskId));
          ensure(run.endedAt !== null || run.window === 0 || isAlive || hears, 'something will wake the run');
        });
      }),
      { runs },
    );
  });

  test('starts no task without the slots that it needs, and gives back all that it asked for', () => {
    holds(
      fc.property(anything, (scene) => {
        const open = new Set<string>();
        const { plan } = play(scene, (played, { state, commands }) => {
          for (const command of commands) {
            if (command.kind === 'ask_slots') open.add(command.lease);
            if (command.kind === 'return_slots') open.delete(command.lease);
            if (command.kind !== 'start_task' || plannedTask(played, command.taskId).wants.length === 0) continue;
            ensure(state.slots?.[command.taskId]?.isGranted === true, `${command.taskId} holds its slots`);
          }
        });
        ensureSame([...open], [], `leases of ${plan.spec.dagId} that were not given back`);
      }),
      { runs },
    );
  });

  test('starts no task before its setups and its trigger rule say run, by an account that is not the engine’s', () => {
    holds(
      fc.property(anything, (scene) => {
        play(scene, (plan, { state: run, commands }) => {
          for (const command of commands) {
            if (command.kind !== 'start_task') continue;
            const decision = expectedOfTask(plan.spec, command.taskId, run);
            ensureSame(decision, 'run', `the gates of ${command.taskId}`);
          }
        });
      }),
      { runs },
    );
  });

  test('starts no task that waits for the past before the past is known', () => {
    holds(
      fc.property(anything, (scene) => {
        play(scene, (plan, { state: run, commands }) => {
          for (const command of commands) {
            if (command.kind !== 'start_task') continue;
            const isFree = plannedTask(plan, command.taskId).awaits.length === 0 || run.past !== null;
            ensure(isFree, `${command.taskId} knows its past`);
          }
        });
      }),
      { runs },
    );
  });

  test('says of a task that waits what its gates say', () => {
    holds(
      fc.property(anything, (scene) => {
        play(scene, (plan, { state: run }) => {
          for (const { taskId } of plan.tasks.values()) {
            if (taskOf(run, taskId).state !== 'none' || awaitsPast(plan, run, taskId)) continue;
            ensureSame(expectedOfTask(plan.spec, taskId, run), 'wait', taskId);
            ensure(explainTask(plan, run, taskId)?.code === 'upstream_unfinished', `${taskId} is explained`);
          }
        });
      }),
      { runs: 100 },
    );
  });

  test('begins no more tasks than its window allows, and no try beyond the retries', () => {
    holds(
      fc.property(anything, (scene) => {
        play(scene, (plan, { state: run, commands }) => {
          const inFlight = plan.spec.tasks.filter(({ taskId }) => isInFlight(taskOf(run, taskId).state)).length;
          const isStarting = commands.some((command) => command.kind === 'start_task');
          ensure(!isStarting || inFlight <= run.window, `${inFlight} in flight in a window of ${run.window}`);
          for (const { taskId, policyOfTask } of plan.tasks.values())
            ensure(taskOf(run, taskId).tryNumber <= policyOfTask.retries + 1, `${taskId} keeps to its retries`);
        });
      }),
      { runs },
    );
  });

  test('accounts for every instance of a mapped task when it has come to its end', () => {
    holds(
      fc.property(anything, (scene) => {
        const { plan, run } = play(scene);
        for (const { taskId, map: spec } of plan.maps) {
          const { map, state } = taskOf(run, taskId);
          if (map === null || map === undefined) continue;
          for (const { taskId: inside } of spec?.body ?? []) {
            const counts = Object.values(map.counts[inside] ?? {}).reduce((sum, count) => sum + count, 0);
            ensureSame(counts, map.length, `instances of ${inside} in ${taskId}, which is ${state}`);
          }
          ensureSame(map.shards, {}, 'shards in flight');
        }
      }),
      { runs },
    );
  });

  test('changes no task that has come to its end', () => {
    holds(
      fc.property(anything, (scene) => {
        let before: Run['tasks'] = {};
        play(scene, (_plan, { state: run }) => {
          for (const [taskId, task] of Object.entries(before))
            if (isTerminal(task.state)) ensureSame(run.tasks[taskId], task, taskId);
          before = run.tasks;
        });
      }),
      { runs },
    );
  });

  test('is failed if it was ended early or a last task failed, and only then', () => {
    holds(
      fc.property(anything, (scene) => {
        const { plan, run } = play(scene);
        const { tasks } = plan.spec;
        const counting = tasks.filter((task) => task.role !== 'teardown' || task.failsRun === true);
        const lastOf = (some: typeof tasks, all: typeof tasks) =>
          some.filter(({ taskId }) => !all.some((task) => task.upstream.includes(taskId)));
        const leaves = counting.length > 0 ? lastOf(counting, counting) : lastOf(tasks, tasks);
        const isBroken = leaves.some(({ taskId }) => isFailure(taskOf(run, taskId).state));
        ensureSame(run.state, run.ending !== null || isBroken ? 'failed' : 'success', 'state');
        const failures = Object.values(run.tasks).filter((task) => task.state === 'failed').length;
        const label = run.state === 'success' && failures > 0 ? `success, ${failures} failed` : run.state;
        ensureSame(runLabel(run), label, 'label');
      }),
      { runs },
    );
  });

  test('takes down what was set up, also when it was ended early', () => {
    holds(
      fc.property(anything, (scene) => {
        const { plan, run } = play(scene);
        for (const { taskId, role, upstream } of plan.spec.tasks) {
          const setUp = upstream.filter((id) => plan.tasks.get(id)?.role === 'setup' && isDone(run, id));
          if (role !== 'teardown' || setUp.length === 0) continue;
          ensure(taskOf(run, taskId).tryNumber > 0, `${taskId} takes down ${setUp}`);
        }
      }),
      { runs },
    );
  });

  test('comes to the same state when what happened is read back and done again', () => {
    holds(
      fc.property(anything, (scene) => {
        const { plan, run, log } = play(scene);
        ensureSame(replay(plan, throughJson(log)), run, 'the run done again');
      }),
      { runs },
    );
  });

  test('survives a round trip through JSON, its spec and its state, at every step', () => {
    holds(
      fc.property(anything, (scene) => {
        const back = planOf(throughJson(scene.spec));
        ensureSame(back.spec, scene.spec, 'spec');
        let previous: Run | null = null;
        play(scene, (plan, step, entry) => {
          const read = throughJson(step.state);
          ensureSame(read, step.state, 'state');
          ensureSame(taskTableMarkdown(back, read, dusk), taskTableMarkdown(plan, step.state, dusk), 'task table');
          if (entry.kind === 'advance' && previous !== null)
            ensureSame(advance(back, previous, entry.events), step, 'the step from what was read');
          previous = read;
        });
      }),
      { runs: 150 },
    );
  });
});

const dusk = '2010-12-02T20:00:00Z';

function isDone(run: Run, taskId: string): boolean {
  return taskOf(run, taskId).state === 'success';
}

test('a DAG that runs undisturbed comes to the same end whether its events arrive in batches or one by one', () => {
  const outcomesOf = (run: Run) =>
    Object.entries(run.tasks)
      .map(([taskId, { state, tryNumber, reason, output }]) => ({ taskId, state, tryNumber, reason, output }))
      .sort((a, b) => a.taskId.localeCompare(b.taskId));
  holds(
    fc.property(undisturbed, ({ spec, world }) => {
      // With room for all, when a task starts depends on its upstream alone; a time-out of the run cuts at an instant.
      const plan = planOf({ ...spec, maxActiveTasks: spec.tasks.length, dagRunTimeoutMs: null });
      const { run, log } = simulate(plan, world);
      const single = log.flatMap((entry): readonly LogEntry[] =>
        entry.kind === 'advance' ? entry.events.map((event) => ({ kind: 'advance', events: [event] })) : [entry],
      );
      const apart = replay(plan, single);
      ensureSame(outcomesOf(apart), outcomesOf(run), 'tasks');
      ensureSame(apart.attempts, run.attempts, 'attempts');
      ensureSame([apart.state, apart.reason, apart.endedAt], [run.state, run.reason, run.endedAt], 'run');
    }),
    { runs },
  );
});
