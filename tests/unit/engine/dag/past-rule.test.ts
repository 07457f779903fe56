import { describe, expect, test } from '@jest/globals';
import type { TaskOptions } from '../../../../engine/dag/authoring';
import { aCompiledDag, aDefinition, anyHandler } from '../../../support/authoring';
import { thrownBy } from '../../../support/errors';

const pastOf = (options: TaskOptions) =>
  aDefinition(({ task }) => task('a', anyHandler, {}, options)).tasks[0]?.policy.past;

test.each<[TaskOptions, unknown]>([
  [{}, undefined],
  [{ dependsOnPast: true }, 'own'],
  [{ dependsOnPast: false }, 'none'],
  [{ waitForDownstream: true }, 'own_and_downstream'],
  [{ waitForDownstream: true, dependsOnPast: true }, 'own_and_downstream'],
  [{ waitForDownstream: false }, 'none'],
  [{ waitForDownstream: false, dependsOnPast: true }, 'own'],
  [{ dependsOnPrevious: ['b', 'a', 'b'] }, ['a', 'b']],
])('%j is the rule %j', (options, rule) => {
  expect(pastOf(options)).toEqual(rule);
});

describe('what is refused', () => {
  test.each<TaskOptions>([
    { dependsOnPrevious: ['a'], dependsOnPast: true },
    { dependsOnPrevious: ['a'], waitForDownstream: true },
  ])('%j: named tasks beside the other rules', (options) => {
    expect(thrownBy(() => pastOf(options))).toMatchObject({ code: 'conflicting_options' });
  });

  test('a task that the DAG does not have, with the nearest one', () => {
    const withOptions = (own: TaskOptions, defaults: TaskOptions) => () =>
      aCompiledDag(({ task }) => task('extract', anyHandler, {}, own), { defaults });
    expect(thrownBy(withOptions({ dependsOnPrevious: ['extrct'] }, {}))).toMatchObject({
      code: 'unknown_past_task',
      message: expect.stringContaining('Did you mean "extract"?'),
      details: { task: 'extract', name: 'extrct' },
    });
    expect(thrownBy(withOptions({}, { dependsOnPrevious: ['load'] }))).toMatchObject({ details: { task: 'defaults' } });
    expect(withOptions({ dependsOnPrevious: ['extract'] }, {})().spec.tasks[0]?.policy.past).toEqual(['extract']);
  });

  test('a limit of failed runs that is none', () => {
    const limited = (maxConsecutiveFailedRuns: number) => () =>
      aDefinition(({ task }) => task('a', anyHandler, {}), { maxConsecutiveFailedRuns }).header;
    expect(thrownBy(limited(0))).toMatchObject({ code: 'bad_limit' });
    expect(limited(3)().maxConsecutiveFailedRuns).toBe(3);
  });
});
