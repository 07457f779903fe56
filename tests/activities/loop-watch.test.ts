import { expect, test } from '@jest/globals';
import { LoopWatch } from '../../activities/loop-watch';
import { until } from '../support/until';

function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test('an event loop that a task blocks is told of once, by the name of the task', async () => {
  const told: string[] = [];
  const watch = new LoopWatch((message) => told.push(message));
  const leave = watch.enter('shop.fit');
  block(1_300);
  await until(() => told.length > 0);
  leave();

  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(/^event loop blocked for \d+\.\d s while shop\.fit ran:/);
});

test('a task that blocks from its begin to its end is told of too, beside those that it held up', () => {
  const told: string[] = [];
  const watch = new LoopWatch((message) => told.push(message));
  const leaveOther = watch.enter('shop.wait');
  const leave = watch.enter('shop.fit');
  block(1_300);
  leave();
  leaveOther();

  expect(told).toEqual([expect.stringContaining('while one of shop.fit, shop.wait ran')]);
});
