import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { Builders } from '../../../../engine/dag/authoring';
import { compile, versionOf } from '../../../../engine/dag/compile';
import { defineDag } from '../../../../engine/dag/define';
import { canonicalJson } from '../../../../engine/json';
import { cron } from '../../../../engine/time/timetables';
import { aCompiledDag, aDefinition, anyHandler, modelsOf, taskNamed } from '../../../support/authoring';

describe('the spec', () => {
  test('has its tasks in topological order; among equals the order of the file decides', () => {
    const { spec } = aCompiledDag(({ task }) => {
      const z = task('z', anyHandler, {});
      const m = task('m', anyHandler, {});
      task('a', anyHandler, {}).after(m);
      task('b', anyHandler, {}).after(z);
      task('c', anyHandler, {});
    });
    expect(spec.tasks.map((task) => task.taskId)).toEqual(['z', 'm', 'a', 'b', 'c']);
  });

  test('a task keeps of its policy only what differs from that of the DAG', () => {
    const dag = aCompiledDag(
      ({ task }) => task('a', anyHandler, {}, { retries: 3, retryDelay: '1 minute', executionTimeout: '2 minutes' }),
      { defaults: { retries: 3, executionTimeout: '2 minutes' } },
    );
    expect(taskNamed(dag, 'a').policy).toEqual({ retryDelayMs: 60_000 });
  });

  test('handlers are kept beside it, under the ids of their tasks', () => {
    const dag = aCompiledDag(
      ({ task, sql, sensor }) => [task('a', anyHandler, {}), sensor('s', async () => true, {}), sql('m')],
      {
        reads: { m: [] },
      },
    );
    expect([...dag.handlers.keys()]).toEqual(['a', 's']);
    expect(dag.handlers.get('a')).toBe(anyHandler);
  });

  const options = {
    schedule: cron('0 0 * * *', { delay: '2 hours' }),
    startDate: '2010-12-01',
    params: z.object({ source: z.string().default('landing') }),
    defaults: { retries: 3 },
  };
  const body = ({ task, sensor, run }: Builders<{ source: string }>) => {
    const landed = sensor('wait', async (_context: unknown, _input: { path: string }) => true, {
      path: run.params.source,
    });
    task('extract', anyHandler, { b: 1, a: [run.interval, { d: 1, c: 2 }] }).after(landed);
  };
  const compiled = () => compile(defineDag({ id: 'shop', ...options }, body), new Map());

  test('a round trip through JSON changes nothing', () => {
    const { spec, specVersion } = compiled();
    const back = JSON.parse(JSON.stringify(spec));
    expect(back).toEqual(spec);
    expect(versionOf(back)).toBe(specVersion);
  });

  test('the same file gives the same bytes, and so does one whose keys stand in another order', () => {
    const turned = defineDag(
      {
        defaults: options.defaults,
        params: options.params,
        startDate: options.startDate,
        schedule: {
          delayMs: 7_200_000,
          timezone: 'UTC',
          fires: { calendar: null, gap: 'shift', fold: null, crons: ['0 0 * * *'], kind: 'cron' },
          kind: 'interval',
        },
        id: 'shop',
      },
      ({ task, sensor, run }) => {
        const landed = sensor('wait', async (_context: unknown, _input: { path: string }) => true, {
          path: run.params.source,
        });
        task('extract', anyHandler, { a: [run.interval, { c: 2, d: 1 }], b: 1 }).after(landed);
      },
    );
    const { spec, specVersion } = compiled();
    expect(JSON.stringify(compiled().spec)).toBe(JSON.stringify(spec));
    expect(JSON.stringify(compile(turned, new Map()).spec)).toBe(JSON.stringify(spec));
    expect(canonicalJson(spec)).toBe(JSON.stringify(spec));
    expect(specVersion).toMatch(/^[0-9a-f]{16}$/);
  });

  test('another default, another input and another SQL text are each another version', () => {
    const sqlDag = (sha256: string) =>
      compile(
        aDefinition(({ sql }) => sql('m')),
        new Map([['m', { kind: 'slice' as const, reads: [], sha256 }]]),
      );
    expect(sqlDag('one').specVersion).not.toBe(sqlDag('two').specVersion);
    const versions = [{ retries: 3 }, { retries: 4 }].map(
      (defaults) => aCompiledDag(({ task }) => task('a', anyHandler, {}), { defaults }).specVersion,
    );
    expect(new Set(versions).size).toBe(2);
    expect(aCompiledDag(({ task }) => task('a', anyHandler, { n: 1 })).specVersion).not.toBe(
      aCompiledDag(({ task }) => task('a', anyHandler, { n: 2 })).specVersion,
    );
  });

  test('a thousand tasks compile in well under a second, to less than half a megabyte', () => {
    const reads = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`m${index}`, index > 0 ? [`m${index - 1}`] : []]),
    );
    const dag = aCompiledDag(
      ({ task, sql, publish, group }) => {
        const all = group('all', () => Object.keys(reads).map((name) => sql(name)));
        const wide = Array.from({ length: 498 }, (_, index) => task(`t${index}`, anyHandler, { index }));
        task('join', anyHandler, { wide });
        publish('release', all);
      },
      { reads },
    );
    expect(dag.spec.tasks).toHaveLength(1_000);
    expect(JSON.stringify(dag.spec).length).toBeLessThan(500_000);
    expect(modelsOf(reads).size).toBe(500);
  });
});
