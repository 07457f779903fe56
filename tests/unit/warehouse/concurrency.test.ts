import { expect, test } from '@jest/globals';
import { coalesce, createGate, RecentlyUsed } from '../../../warehouse/concurrency';

function aPromise(): { readonly promise: Promise<void>; resolve(): void } {
  let settle: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: () => settle() };
}

test('a gate lets in as many as it may, the others in their order', async () => {
  const gate = createGate(2);
  const doors = [aPromise(), aPromise(), aPromise(), aPromise()];
  const entered: number[] = [];
  const visits = doors.map((door, index) =>
    gate.enter(async () => {
      entered.push(index);
      await door.promise;
    }),
  );
  await new Promise(setImmediate);
  expect(entered).toEqual([0, 1]);

  doors[1]?.resolve();
  await visits[1];
  await new Promise(setImmediate);
  expect(entered).toEqual([0, 1, 2]);
  for (const door of doors) door.resolve();
  await Promise.all(visits);
  expect(entered).toEqual([0, 1, 2, 3]);
});

test('who waits at a gate leaves when its signal aborts, and the others still enter', async () => {
  const gate = createGate(1);
  const door = aPromise();
  const first = gate.enter(() => door.promise);
  const controller = new AbortController();
  const leaving = gate.enter(async () => 'in', controller.signal);
  const staying = gate.enter(async () => 'in');
  controller.abort(new Error('stopped'));

  await expect(leaving).rejects.toThrow('stopped');
  door.resolve();
  await first;
  expect(await staying).toBe('in');
});

test('a failing body frees its place', async () => {
  const gate = createGate(1);
  await expect(gate.enter(() => Promise.reject(new Error('no')))).rejects.toThrow('no');

  expect(await gate.enter(async () => 'in')).toBe('in');
});

test('callers during a run share the next one, which begins after they asked', async () => {
  const runs: ReturnType<typeof aPromise>[] = [];
  const request = coalesce(() => {
    const run = aPromise();
    runs.push(run);
    return run.promise;
  });
  const first = request();
  const later = [request(), request(), request()];
  await new Promise(setImmediate);
  expect(runs).toHaveLength(1);

  runs[0]?.resolve();
  await first;
  await new Promise(setImmediate);
  expect(runs).toHaveLength(2);
  runs[1]?.resolve();
  await Promise.all(later);
  expect(runs).toHaveLength(2);
});

test('a run that fails does not fail the callers of the next one', async () => {
  let count = 0;
  const request = coalesce(async () => {
    count += 1;
    await new Promise(setImmediate);
    if (count === 1) throw new Error('first');
  });
  const first = request();
  const second = request();

  await expect(first).rejects.toThrow('first');
  await expect(second).resolves.toBeUndefined();
});

test('what was used longest ago is forgotten first', () => {
  const recent = new RecentlyUsed<number>(2);
  recent.set('a', 1);
  recent.set('b', 2);
  recent.get('a');
  recent.set('c', 3);

  expect([recent.get('a'), recent.get('b'), recent.get('c')]).toEqual([1, undefined, 3]);
});
