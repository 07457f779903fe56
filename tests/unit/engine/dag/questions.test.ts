import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { aCompiledDag, anyHandler, edgesOf, taskNamed } from '../../../support/authoring';
import { codeOf, thrownBy } from '../../../support/errors';

describe('questions', () => {
  test('are tasks without a function; what they show makes edges', () => {
    const dag = aCompiledDag(({ task, approve, choose, fill, group }) => {
      const counted = task('count', anyHandler, {});
      const yes = approve('yes', { subject: 'Publish?', details: { counted }, default: 'reject', timeout: '1 hour' });
      approve('strict', { subject: 'Sure?', failOnReject: true, triggerRule: 'all_done' });
      const way = choose('way', { subject: 'Which?', multiple: true, default: ['sides'], timeout: '1 day' }).after(yes);
      group('sides', () => task('left', anyHandler, {}).after(way));
      task('use', anyHandler, fill('limits', { subject: 'How many?', form: z.object({ maximum: z.number() }) }));
    });
    expect(edgesOf(dag).yes).toEqual(['count']);
    expect(taskNamed(dag, 'yes')).toMatchObject({
      kind: 'question',
      input: { details: { counted: { $ref: ['output', 'count'] } } },
      question: { ask: 'approve', subject: 'Publish?', timeoutMs: 3_600_000, default: 'reject' },
    });
    expect(taskNamed(dag, 'strict')).toMatchObject({
      policy: { triggerRule: 'all_done' },
      question: { timeoutMs: null, failOnReject: true },
    });
    expect(taskNamed(dag, 'way').question).toMatchObject({ ask: 'choose', multiple: true, default: ['sides'] });
    expect(taskNamed(dag, 'limits').question?.form).toMatchObject({ properties: { maximum: { type: 'number' } } });
    expect(dag.handlers.has('yes')).toBe(false);
  });

  test('keep a default that fits the form', () => {
    const form = z.object({ maximum: z.number() });
    const dag = aCompiledDag(({ fill }) =>
      fill('limits', { subject: 'How many?', form, default: { maximum: 3 }, timeout: '1 hour' }),
    );
    expect(taskNamed(dag, 'limits').question?.default).toEqual({ maximum: 3 });
  });

  test.each<[string, Parameters<typeof aCompiledDag>[0]]>([
    ['without a timeout', ({ approve }) => approve('yes', { subject: 'Publish?', default: 'approve' })],
    [
      'that its form refuses',
      ({ fill }) =>
        fill('limits', {
          subject: 'How many?',
          form: z.object({ maximum: z.number() }),
          default: { maximum: 'many' } as never,
          timeout: '1 hour',
        }),
    ],
    [
      'that is not downstream',
      ({ choose, task }) => {
        task('left', anyHandler, {}).after(choose('way', { subject: 'Which?', default: 'lefd', timeout: '1 hour' }));
      },
    ],
  ])('have no default %s', (_what, body) => {
    expect(codeOf(() => aCompiledDag(body))).toBe('bad_default');
  });

  test('name the nearest choice when a default is wrong', () => {
    const error = thrownBy(() =>
      aCompiledDag(({ choose, task }) => {
        task('left', anyHandler, {}).after(choose('way', { subject: 'Which?', default: 'lefd', timeout: '1 hour' }));
      }),
    );
    expect(error.message).toContain('Did you mean "left"?');
  });

  test('a choice without a default needs no check', () => {
    const dag = aCompiledDag(({ choose }) => choose('way', { subject: 'Which?' }));
    expect(taskNamed(dag, 'way').question).toEqual({ ask: 'choose', subject: 'Which?', timeoutMs: null });
  });
});
