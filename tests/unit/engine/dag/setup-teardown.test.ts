import { describe, expect, test } from '@jest/globals';
import { aCompiledDag, anyHandler, edgesOf, taskNamed } from '../../../support/authoring';
import { codeOf, thrownBy } from '../../../support/errors';

describe('setup and teardown', () => {
  test('are tasks with a role; the teardown comes after its setups and has the rule of all teardowns', () => {
    const dag = aCompiledDag(({ setup, task, teardown }) => {
      const made = setup('make', anyHandler, {});
      const worked = task('work', anyHandler, {}).after(made);
      teardown('remove', anyHandler, {}, { setups: made, failsRun: true, retries: 2 }).after(worked);
    });
    expect(taskNamed(dag, 'make').role).toBe('setup');
    expect(taskNamed(dag, 'remove')).toMatchObject({
      role: 'teardown',
      failsRun: true,
      policy: { triggerRule: 'all_done_setup_success', retries: 2 },
    });
    expect(edgesOf(dag).remove).toEqual(['make', 'work']);
    expect([...dag.handlers.keys()]).toEqual(['make', 'work', 'remove']);
  });

  test('meet by data too: a setup whose output a teardown is given is one of its setups', () => {
    const dag = aCompiledDag(({ setup, teardown }) => {
      const one = setup('one', anyHandler, {});
      const two = setup('two', anyHandler, {});
      teardown('remove', anyHandler, { one }, { setups: [two] });
      teardown('sweep', anyHandler, {});
    });
    expect(edgesOf(dag).remove).toEqual(['one', 'two']);
    expect(taskNamed(dag, 'sweep')).not.toHaveProperty('failsRun');
  });

  test('a teardown that names no setup as its setup is an error with the nearest setup', () => {
    const error = thrownBy(() =>
      aCompiledDag(({ setup, task, teardown }) => {
        setup('make_table', anyHandler, {});
        const wrong = task('make_tables', anyHandler, {});
        teardown('remove', anyHandler, {}, { setups: wrong });
      }),
    );
    expect(error.code).toBe('not_a_setup');
    expect(error.message).toContain('Did you mean "make_table"?');
  });

  test('fits into a DAG that is failFast', () => {
    const dag = aCompiledDag(({ teardown }) => teardown('remove', anyHandler, {}), { failFast: true });
    expect(dag.spec.failFast).toBe(true);
  });

  test('a teardown has no trigger rule of its own', () => {
    const options = { triggerRule: 'all_done' } as object;
    expect(codeOf(() => aCompiledDag(({ teardown }) => teardown('remove', anyHandler, {}, options)))).toBe(
      'unknown_option',
    );
  });
});

describe('what comes after a group', () => {
  test('does not wait for its teardowns, nor for a setup that only they come after', () => {
    const dag = aCompiledDag(({ group, setup, task, teardown }) => {
      const part = group('part', () => {
        const made = setup('make', anyHandler, {});
        const idle = setup('idle', anyHandler, {});
        const worked = task('work', anyHandler, {}).after(made);
        teardown('remove', anyHandler, {}, { setups: [made, idle] }).after(worked);
      });
      task('next', anyHandler, {}).after(part);
    });
    expect(edgesOf(dag).next).toEqual(['work']);
  });

  test('waits for a setup with nothing after it, and for what there is when there is no work', () => {
    const dag = aCompiledDag(({ group, setup, task, teardown }) => {
      const open = group('open', () => [setup('make', anyHandler, {}), task('work', anyHandler, {})]);
      const bare = group('bare', () =>
        teardown('remove_it', anyHandler, {}, { setups: setup('make_it', anyHandler, {}) }),
      );
      const only = group('only', () => teardown('sweep', anyHandler, {}));
      task('next', anyHandler, {}).after(open, bare, only);
    });
    expect(edgesOf(dag).next).toEqual(['make', 'make_it', 'sweep', 'work']);
  });
});
