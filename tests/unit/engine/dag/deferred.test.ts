import { expect, test } from '@jest/globals';
import { aCompiledDag, anyHandler, taskNamed } from '../../../support/authoring';

test('a deferred task has a function, and a time for its end from outside: a week, or what was said', () => {
  const dag = aCompiledDag(({ deferred, task }) => {
    deferred('export', anyHandler, {});
    task('count', anyHandler, deferred('load', anyHandler, {}, { timeout: '6 hours', retries: 2 }));
  });
  expect(taskNamed(dag, 'export')).toMatchObject({ kind: 'deferred', deferral: { timeoutMs: 604_800_000 } });
  expect(taskNamed(dag, 'load')).toMatchObject({ deferral: { timeoutMs: 21_600_000 }, policy: { retries: 2 } });
  expect(dag.handlers.has('export')).toBe(true);
});
