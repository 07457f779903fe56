import { expect, test } from '@jest/globals';
import { progressOf } from '../../../../engine/control/progress';
import { reason } from '../../../../engine/gates/reason';
import { aDay, aPlan, aRun } from '../../../support/builders';
import { aControl, deployed, ended, seen, triggered } from '../../../support/control';

const waiting = { state: 'up_for_retry', tryNumber: 1, reason: reason('retry_delay', 'try 2 of 4 at noon') } as const;

test('a run tells how far it is, and what it tries again', () => {
  const plan = aPlan({ a: [], b: ['a'], c: ['b'] });
  const run = aRun({ a: { state: 'success', tryNumber: 2 }, b: waiting });

  expect(progressOf(plan, run)).toEqual({
    runId: run.identity.runId,
    label: 'running',
    retries: 1,
    tasks: { a: 'success', b: 'up_for_retry', c: 'none' },
    waits: [{ taskId: 'b', message: 'try 2 of 4 at noon' }],
    moreWaits: 0,
  });
});

test('a run with many retries names five and counts the others', () => {
  const ids = Array.from({ length: 60 }, (_, index) => `t${index}`);
  const plan = aPlan(Object.fromEntries(ids.map((id) => [id, []])));
  const { tasks, waits, moreWaits } = progressOf(plan, aRun(Object.fromEntries(ids.map((id) => [id, waiting]))));

  expect([tasks, waits.length, moreWaits]).toEqual([{}, 5, 55]);
});

test('a retry whose reason is not known is named all the same', () => {
  const run = aRun({ a: { ...waiting, reason: null } });
  expect(progressOf(aPlan({ a: [] }), run).waits).toEqual([{ taskId: 'a', message: '' }]);
});

test('what was seen of a run is forgotten with its end, and a look that comes too late sees nothing', () => {
  const machine = aControl(deployed(), triggered([aDay]));
  const runId = machine.control.active[0]?.runId as string;
  const looked = machine.send(seen({ runId, retries: 1 }));

  expect(Object.keys(looked.control.progress)).toEqual([runId]);
  expect(looked.send(ended(runId)).control.progress).toEqual({});
  expect(looked.send(ended(runId)).send(seen({ runId })).control.progress).toEqual({});
  expect(looked.send({ kind: 'run_lost', runId, how: 'gone', at: aDay.end }).control.progress).toEqual({});
});
