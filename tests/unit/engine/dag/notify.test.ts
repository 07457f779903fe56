import { describe, expect, test } from '@jest/globals';
import { email, logLine, type NotifyOptions, webhook } from '../../../../engine/dag/notify';
import { aCompiledDag, aDefinition, anyHandler, taskNamed } from '../../../support/authoring';

describe('what is to be told', () => {
  test('of a run and of a task is in the spec, with connections by their ids', () => {
    const dag = aCompiledDag(
      ({ task }) =>
        task('a', anyHandler, {}, { notify: [{ on: 'retry', by: email('mail', { to: 'ada@example.com' }) }] }),
      {
        notify: [
          { on: ['failure', 'deadline'], by: webhook('pager') },
          { on: 'success', by: logLine() },
        ],
        deadline: { after: '2 hours' },
      },
    );
    expect(dag.spec.notify).toEqual([
      { on: ['failure', 'deadline'], by: { kind: 'webhook', connection: 'pager' } },
      { on: ['success'], by: { kind: 'log' } },
    ]);
    expect(dag.spec.deadline).toEqual({ reference: 'queued_at', afterMs: 7_200_000 });
    expect(taskNamed(dag, 'a').notify).toEqual([
      { on: ['retry'], by: { kind: 'email', connection: 'mail', to: ['ada@example.com'] } },
    ]);
    expect(
      aCompiledDag(({ task }) => task('a', anyHandler, {}), { deadline: { after: '1 hour', from: 'interval end' } })
        .spec.deadline,
    ).toEqual({
      reference: 'interval_end',
      afterMs: 3_600_000,
    });
  });

  test('of a mapped task and group is said of the whole, not of each instance', () => {
    const notify = [{ on: 'failure', by: logLine() }] as const;
    const dag = aCompiledDag(({ mapped, mapGroup, task }) => {
      mapped('load', anyHandler, { notify, docs: 'Loads.' }).expand({ file: ['a', 'b'] });
      mapGroup('each', { file: ['a'] }, ({ file }) => void task('one', anyHandler, { file }), { notify });
    });
    for (const id of ['load', 'each']) {
      const { notify: rules, map } = taskNamed(dag, id);
      expect(rules).toEqual([{ on: ['failure'], by: { kind: 'log' } }]);
      expect(map?.body.map((task) => task.notify)).toEqual([undefined]);
    }
    expect(taskNamed(dag, 'load').docs).toBe('Loads.');
  });

  test('of a task inside a mapped group is refused: it runs once for each item', () => {
    const define = () =>
      aDefinition(({ mapGroup, task }) =>
        mapGroup('each', { file: ['a'] }, ({ file }) =>
          task('one', anyHandler, { file }, { notify: [{ on: 'failure', by: logLine() }] }),
        ),
      );
    expect(define).toThrow(
      expect.objectContaining({ code: 'bad_notify', message: expect.stringContaining('inside the mapped group each') }),
    );
  });

  test.each<[string, unknown]>([
    ['no event "failed"', { on: 'failed', by: logLine() }],
    ['Did you mean "failure"?', { on: 'failur', by: logLine() }],
    ['no event "retry"', { on: 'retry', by: logLine() }],
    ['on names no event', { on: [], by: logLine() }],
    ['names no connection', { on: 'failure', by: webhook('') }],
    ['names no connection', { on: 'failure', by: { kind: 'email', to: ['a@b'] } }],
    ['give addresses', { on: 'failure', by: email('mail', { to: 'ada' }) }],
    ['give addresses', { on: 'failure', by: email('mail', { to: [] }) }],
    ["write webhook('connection')", { on: 'failure', by: { kind: 'pager' } }],
    ["write webhook('connection')", { on: 'failure' }],
  ])('%s', (why, rule) => {
    const define = () =>
      aDefinition(({ task }) => task('a', anyHandler, {}), { notify: [rule as NotifyOptions<'failure'>] });
    expect(define).toThrow(expect.objectContaining({ code: 'bad_notify', message: expect.stringContaining(why) }));
  });
});
