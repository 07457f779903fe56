import { describe, expect, test } from '@jest/globals';
import { customTimetable } from '../../../../engine/time/timetables';
import { aCompiledDag, anyHandler, taskNamed } from '../../../support/authoring';
import { thrownBy } from '../../../support/errors';

const yes = () => true;
const no = async () => false;

/** What a task with these conditions does: its output, or the reason for which it was skipped. */
async function performed(conditions: object): Promise<unknown> {
  const { handlers } = aCompiledDag(({ task }) => {
    task('load', async () => 'loaded', {}, conditions);
  });
  const handler = handlers.get('load') as unknown as (context: object, input: object) => Promise<unknown>;
  return await handler({}, { rows: 3 }).catch((error: { code: string; message: string }) => [
    error.code,
    error.message,
  ]);
}

describe('runIf and skipIf', () => {
  test.each([
    ['none', {}, 'loaded'],
    ['runIf says yes', { runIf: yes }, 'loaded'],
    ['runIf says no', { runIf: no }, ['task_skipped', 'its runIf said no']],
    ['skipIf says no', { skipIf: no }, 'loaded'],
    ['skipIf says yes', { skipIf: yes }, ['task_skipped', 'its skipIf said yes']],
    ['both let it run', { runIf: yes, skipIf: no }, 'loaded'],
  ])('%s', async (_name, conditions, outcome) => {
    expect(await performed(conditions)).toEqual(outcome);
  });

  test('see what the handler is given', async () => {
    expect(await performed({ runIf: (_context: object, input: { rows: number }) => input.rows > 3 })).toEqual([
      'task_skipped',
      'its runIf said no',
    ]);
  });

  test('are no part of the spec, and hold for every task with a function', () => {
    const dag = aCompiledDag(({ task, setup, teardown, sensor, branch, shortCircuit }) => {
      task('plain', anyHandler, {}, { runIf: yes });
      teardown('down', anyHandler, setup('up', anyHandler, {}, { skipIf: no }), { runIf: yes });
      sensor('there', async () => true, {}, { runIf: yes });
      branch('fork', async () => [], {}, { runIf: yes });
      shortCircuit('gate', async () => true, {}, { skipIf: no });
    });
    expect(JSON.stringify(dag.spec)).not.toMatch(/runIf|skipIf/);
    expect(dag.handlers.size).toBe(6);
  });
});

describe('the rhythm of a sensor', () => {
  const aSensor = (options: object) => aCompiledDag(({ sensor }) => sensor('wait', async () => true, {}, options));

  test('is its interval and its whole time, and what else was said', () => {
    expect(taskNamed(aSensor({}), 'wait').sensor).toEqual({ pokeIntervalMs: 60_000, timeoutMs: 604_800_000 });
    const said = { pokeInterval: '2 seconds', timeout: '1 hour', pokeBackoff: 2, maxPokeInterval: '5 minutes' };
    expect(taskNamed(aSensor({ ...said, softFail: true }), 'wait').sensor).toEqual({
      pokeIntervalMs: 2_000,
      timeoutMs: 3_600_000,
      pokeBackoff: 2,
      maxPokeIntervalMs: 300_000,
      softFail: true,
    });
  });

  test.each([0.5, Number.NaN])('cannot have the factor %s', (pokeBackoff) => {
    expect(thrownBy(() => aSensor({ pokeBackoff }))).toMatchObject({ code: 'bad_limit' });
  });
});

test('latestOnly is given the timetable of its DAG and the kind of its run', () => {
  const dag = aCompiledDag(({ latestOnly }) => latestOnly('latest'), { endDate: '2030-01-01' });
  expect(taskNamed(dag, 'latest')).toMatchObject({
    kind: 'latest_only',
    input: { run_type: { $ref: ['run', 'run_type'] }, timetable: { kind: 'none' }, end_date: '2030-01-01T00:00:00Z' },
  });
});

test("latestOnly cannot ask an author's own timetable", () => {
  const schedule = customTimetable({ name: 'lunar', settings: {}, next: () => null, last: () => null });
  expect(thrownBy(() => aCompiledDag(({ latestOnly }) => latestOnly('latest'), { schedule }))).toMatchObject({
    code: 'bad_schedule',
  });
});
