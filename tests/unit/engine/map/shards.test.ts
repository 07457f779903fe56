import { describe, expect, test } from '@jest/globals';
import type { TaskSpec } from '../../../../engine/dag/spec';
import { instanceRows } from '../../../../engine/map/instance-rows';
import { listJson, listRefOf } from '../../../../engine/map/list-ref';
import { instanceOf, instanceOrder, lostShardReport, shardPlan, shardSpec } from '../../../../engine/map/shard';
import { shardResults } from '../../../../engine/map/shard-record';
import { addCounts, finishedCount, type MapState, shardBounds, statesOf } from '../../../../engine/map/state';
import { advance, startRun } from '../../../../engine/run/advance';
import type { RunCommand, RunEvent, Step } from '../../../../engine/run/events';
import { inputOf } from '../../../../engine/run/input';
import { type Run, taskOf } from '../../../../engine/run/run';
import { taskTableMarkdown } from '../../../../engine/run/task-table';
import { retryCount } from '../../../../engine/run/verdict';
import { aDag, anIdentity, aPlan, aRun, dayBreak } from '../../../support/builders';
import { simulate } from '../../../support/simulate';

const inside = (taskId: string, upstream: readonly string[] = []): TaskSpec => ({
  taskId,
  kind: 'task',
  group: null,
  upstream,
  input: null,
  policy: { retries: 1, retryDelayMs: 0 },
});

const one = { kind: 'map', map: { body: [inside('load')], output: 'load', maxActive: null } } as const;
const two = {
  kind: 'map',
  map: { body: [inside('read'), inside('load', ['read'])], output: null, maxActive: 4 },
} as const;

const ofThree = { taskId: 'load', shard: 1, from: 500, count: 3, window: 2 };
const versions = { spec: 's', code: 'c' };

describe('a shard of a mapped task', () => {
  const spec = aDag({ before: [], load: one });

  test('is a plan of its own, with a task per instance', () => {
    const plan = shardPlan(spec, ofThree);

    expect(plan.spec.tasks.map((task) => task.taskId)).toEqual(['load[500]', 'load[501]', 'load[502]']);
    expect(plan.spec.maxActiveTasks).toBe(2);
    expect(instanceOf(plan, 'load[501]')).toEqual({ taskId: 'load', index: 501 });
  });

  test('of a group has the edges inside each instance', () => {
    const plan = shardPlan(aDag({ each: two }), { ...ofThree, taskId: 'each', count: 1 });

    expect(plan.spec.tasks.map((task) => [task.taskId, task.upstream])).toEqual([
      ['read[500]', []],
      ['load[500]', ['read[500]']],
    ]);
    const order = instanceOrder(plan, aRun({ 'read[500]': { state: 'success', output: 7 } }), 'load[500]', 'maps/x');
    expect(order).toEqual({
      taskId: 'load',
      input: null,
      instance: { index: 500, folder: 'maps/x', inner: { read: 7 } },
    });
  });

  test('leaves a record, a page of outputs and a report', () => {
    const plan = shardPlan(spec, ofThree);
    const { run } = simulate(plan, {
      outcome: ({ taskId, tryNumber }) => {
        if (taskId === 'load[501]') return { kind: 'fail' };
        return tryNumber === 1 && taskId === 'load[500]' ? { kind: 'fail' } : { kind: 'succeed', output: taskId };
      },
    });
    const parts = { plan, run, versions, shard: ofThree, folder: 'maps/f', parentExecution: 'e0', at: dayBreak };
    const { record, outputs, report } = shardResults({ ...parts, output: 'load', execution: 'e1' });

    expect(report).toEqual({
      counts: { load: { success: 2, failed: 1 } },
      failed: [{ taskId: 'load', index: 501, label: null, message: 'user_code_failed: load[501] broke' }],
      page: ['000001.e1.json', 2],
      retries: 2,
    });
    expect(outputs).toEqual({ key: 'maps/f/outputs/000001.e1.json', items: ['load[500]', 'load[502]'] });
    expect(record).toMatchObject({ run_type: 'map', execution: 'e1', parent_execution: 'e0' });
    expect((record.attempts as readonly object[])[0]).toMatchObject({ task_id: 'load', map_index: 500, try_number: 1 });
    expect(shardResults({ ...parts, output: null, execution: 'e1' })).toMatchObject({
      outputs: null,
      report: { page: null },
    });
    const rows = instanceRows(plan, run, { states: [], limit: 2, at: dayBreak });
    expect(rows.map((row) => [row.taskId, row.mapIndex, row.state, row.label])).toEqual([
      ['load', 500, 'success', null],
      ['load', 501, 'failed', null],
    ]);
    expect(instanceRows(plan, run, { states: ['failed'], limit: 9, at: dayBreak })).toHaveLength(1);
  });

  test('that is gone from the server has failed with every instance', () => {
    expect(lostShardReport(spec, ofThree, 'terminated')).toEqual({
      counts: { load: { failed: 3 } },
      failed: [{ taskId: 'load', index: 500, label: null, message: 'terminated' }],
      page: null,
      retries: 0,
    });
  });

  test('keeps of a long list of failures the first few', () => {
    const plan = shardPlan(spec, { ...ofThree, count: 30, window: 30 });
    const { run } = simulate(plan, { outcome: () => ({ kind: 'fail', retryable: false }) });
    const parts = { plan, run, versions, shard: ofThree, folder: 'f', parentExecution: 'e0', at: dayBreak };

    expect(shardResults({ ...parts, output: null, execution: 'e' }).report.failed).toHaveLength(20);
  });

  test('is started with nothing of the DAG but its own task', () => {
    expect(shardSpec({ ...spec, description: 'long' }, 'load')).toMatchObject({
      description: '',
      tasks: [{ taskId: 'load', input: null }],
    });
  });

  test('of a task that is not mapped is a bug', () => {
    expect(() => shardPlan(spec, { ...ofThree, taskId: 'before' })).toThrow('has no mapped task before');
    expect(() => instanceOf(aPlan({ a: [] }), 'a')).toThrow('a is no instance');
  });

  test.each([
    [1, 40, { shards: 1, window: 40 }],
    [501, 40, { shards: 2, window: 20 }],
    [10_000, 40, { shards: 4, window: 10 }],
    [10_000, 3, { shards: 3, window: 1 }],
  ])('%i instances, %i in flight: %j', (length, maxActive, bounds) => {
    expect(shardBounds(length, maxActive)).toEqual(bounds);
  });
});

describe('counts', () => {
  const map: MapState = {
    length: 10,
    folder: 'f',
    next: 1,
    shards: { 0: { a: { success: 2, running: 1 } } },
    counts: { a: { success: 3 } },
    failed: [],
    pages: {},
    retries: 0,
  };

  test('of ended shards and of those in flight add up, and the rest has not begun', () => {
    expect(statesOf(map, 'a')).toEqual({ success: 5, running: 1, none: 4 });
    expect(statesOf(map, 'b')).toEqual({ none: 10 });
    expect(statesOf({ ...map, length: 6 }, 'a')).toEqual({ success: 5, running: 1 });
    expect(addCounts({ a: { failed: 1 } }, { a: { failed: 2 }, b: { success: 1 } })).toEqual({
      a: { failed: 3 },
      b: { success: 1 },
    });
    expect(finishedCount({ a: { success: 2, running: 5, failed: 1 } })).toBe(3);
  });
});

test.each<[unknown, boolean]>([
  [listJson({ length: 0, folder: 'f', pages: [] }), true],
  [{ $list: 'text' }, false],
  [{ $list: null }, false],
  [{ $list: { folder: 'f' } }, false],
  [{ other: 1 }, false],
  [null, false],
  ['text', false],
])('%j stands for a list: %s', (value, isList) => {
  expect(listRefOf(value) !== null).toBe(isList);
});

describe('a run with a mapped task', () => {
  const plan = aPlan({ load: one, after: ['load'] });
  const at = '2010-12-02T02:00:05Z';
  const facts = { attempt: 1, startedAt: dayBreak, endedAt: at, worker: null };
  const start = (own = plan): Step<Run, RunCommand> => startRun(own, anIdentity(), dayBreak);
  const over = (length: number): RunEvent => ({
    kind: 'task_succeeded',
    taskId: 'load',
    at,
    output: { length, folder: 'maps/f' },
    rowCount: null,
    facts,
  });
  const step = (run: Run, event: RunEvent, own = plan): Step<Run, RunCommand> => advance(own, run, [event]);
  const ended = (shard: number, report: object = {}): RunEvent => ({
    kind: 'shard_ended',
    taskId: 'load',
    shard,
    report: { counts: { load: { success: 500 } }, failed: [], page: ['p.json', 500], retries: 2, ...report },
    at,
  });

  test('starts four shards of five hundred, and the next when one has ended', () => {
    const first = step(start().state, over(2_600));
    expect(first.commands.map((command) => command.kind)).toEqual(Array.from({ length: 4 }, () => 'start_shard'));
    expect(first.commands[3]).toMatchObject({ shard: 3, from: 1_500, count: 500, window: 10 });

    const next = step(first.state, ended(1));
    expect(next.commands).toMatchObject([{ kind: 'start_shard', shard: 4, from: 2_000, count: 500 }]);
    expect(retryCount(next.state)).toBe(2);
    expect(taskTableMarkdown(plan, next.state, at)).toContain('500 success of 2600');
  });

  test('hands on a list of all pages in the order of the shards', () => {
    let run = step(start().state, over(1_001)).state;
    for (const [shard, name] of [
      [2, 'c'],
      [0, 'a'],
      [1, 'b'],
    ] as const) {
      run = step(run, ended(shard, { page: [name, 1] })).state;
    }
    expect(taskOf(run, 'load')).toMatchObject({
      state: 'success',
      output: {
        $list: {
          length: 3,
          folder: 'maps/f/outputs',
          pages: [
            ['a', 1],
            ['b', 1],
            ['c', 1],
          ],
        },
      },
    });
  });

  test('forgets what a shard says that it does not know, and what comes too late', () => {
    const { state } = step(start().state, over(3));
    const late: RunEvent = { kind: 'shard_progressed', taskId: 'load', shard: 7, counts: {}, at };
    expect(step(state, late).state.tasks).toEqual(state.tasks);
    expect(step(state, ended(7)).state.tasks).toEqual(state.tasks);
  });

  test('begins again from its expansion when it is restarted, without using up a try', () => {
    const { state } = step(start().state, over(3));
    const restarting = step(state, { kind: 'restart_requested', taskId: 'load', by: 'ada', at });
    expect(restarting.commands).toMatchObject([{ kind: 'stop_shard', shard: 0, by: 'ada' }]);

    const again = step(restarting.state, ended(0));
    expect(taskOf(again.state, 'load')).toMatchObject({ state: 'queued', tryNumber: 1, map: null });
    expect(again.commands).toMatchObject([{ kind: 'start_task', taskId: 'load', tryNumber: 1 }]);
  });

  test('ends a DAG that fails fast with the first shard that had a failure', () => {
    const fast = aPlan({ load: one, other: [] }, { failFast: true });
    const { state } = step(start(fast).state, over(1_000), fast);
    const failed = [{ taskId: 'load', index: 3, label: 'x', message: 'broke' }];
    const { state: ending, commands } = step(state, ended(0, { failed }), fast);

    expect(ending.ending?.reason.code).toBe('failed_fast');
    expect(commands).toMatchObject([
      { kind: 'stop_shard', taskId: 'load', shard: 1 },
      { kind: 'cancel_task', taskId: 'other' },
    ]);
  });

  test('names the instances that failed by their template', () => {
    const { state } = step(start().state, over(2));
    const failed = [{ taskId: 'load', index: 1, label: 'b.csv', message: 'broke' }];
    const { state: end } = step(state, ended(0, { counts: { load: { success: 1, failed: 1 } }, failed, page: null }));

    expect(taskOf(end, 'load').reason?.message).toBe('1 of 2 instances failed: load[1] b.csv');
    expect(taskOf(end, 'after').reason?.message).toBe('1 upstream failed: load');
  });

  test('keeps what an instance is called', () => {
    const own = shardPlan(aDag({ load: one }), ofThree);
    const { state } = start(own);
    const event: RunEvent = {
      kind: 'task_succeeded',
      taskId: 'load[500]',
      at,
      output: 1,
      rowCount: null,
      facts: { ...facts, label: 'a.csv' },
    };
    const { state: next } = advance(own, state, [event]);

    expect(taskOf(next, 'load[500]').label).toBe('a.csv');
    expect(next.attempts[0]).not.toHaveProperty('label');
  });

  test('leaves to the instances what differs between them', () => {
    const input = { file: { $ref: ['item', 'file'] }, read: { $ref: ['inner', 'read', 'x'] } };
    const own = aPlan({ load: { ...one, input } });
    expect(inputOf(own, aRun(), 'load')).toEqual(input);
  });
});
