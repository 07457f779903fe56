import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { compile } from '../../../../engine/dag/compile';
import { defineDag } from '../../../../engine/dag/define';
import { checkParams, checkScheduledParams, paramsJsonSchema } from '../../../../engine/dag/params';
import type { Json } from '../../../../engine/json';
import { cron } from '../../../../engine/time/timetables';
import { codeOf, thrownBy } from '../../../support/errors';

const schema = paramsJsonSchema(
  'shop',
  z.object({
    source: z.string().default('landing/online_retail'),
    limit: z.int().min(1).optional(),
    mode: z.enum(['full', 'daily']).default('daily'),
    window: z.object({ days: z.number() }).default({ days: 7 }),
  }),
);

const check = (given: Json): Json => checkParams('shop', schema, given);

describe('the schema of parameters', () => {
  test('is JSON Schema, which outlives the DAG file', () => {
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
    expect(schema).toMatchObject({
      type: 'object',
      properties: { source: { type: 'string', default: 'landing/online_retail' } },
    });
  });

  test('a DAG without parameters takes none', () => {
    const none = paramsJsonSchema('shop', null);
    expect(checkParams('shop', none, {})).toEqual({});
    expect(thrownBy(() => checkParams('shop', none, { source: 'x' }))).toMatchObject({
      code: 'bad_params',
      details: { problems: ['"source" is unknown.'] },
    });
  });

  test('what JSON Schema cannot say is bad_params_schema', () => {
    const error = thrownBy(() => paramsJsonSchema('shop', z.object({ since: z.date() })));
    expect(error).toMatchObject({ name: 'DefinitionError', code: 'bad_params_schema', details: { dag: 'shop' } });
  });
});

describe('checking parameters', () => {
  test('fills in defaults and keeps what was given', () => {
    expect(check({})).toEqual({ source: 'landing/online_retail', mode: 'daily', window: { days: 7 } });
    expect(check({ source: 'x', limit: 5 })).toEqual({ source: 'x', limit: 5, mode: 'daily', window: { days: 7 } });
  });

  test('an unknown name is an error that names the nearest known one', () => {
    const error = thrownBy(() => check({ sorce: 'x', zzzzzzzzz: 1 }));
    expect(error).toMatchObject({
      code: 'bad_params',
      details: { dag: 'shop', problems: ['"sorce" is unknown. Did you mean "source"?', '"zzzzzzzzz" is unknown.'] },
    });
  });

  test('every wrong one is named, with its path', () => {
    const { details, message } = thrownBy(() => check({ source: 5, limit: 0, mode: 'hourly', window: { days: 'x' } }));
    const problems = details.problems as string[];
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      '"source"',
      '"limit"',
      '"mode"',
      '"window.days"',
    ]);
    expect(message).toContain('Parameters of shop: "source": ');
  });

  test.each([[null], [[]], ['source=x'], [7]])('%j is no set of parameters', (given) => {
    expect(codeOf(() => check(given))).toBe('bad_params');
  });

  test('a schema that is no object knows no names', () => {
    expect(codeOf(() => checkParams('shop', { type: 'string' }, { a: 1 }))).toBe('bad_params');
    expect(codeOf(() => checkParams('shop', true, { a: 1 }))).toBe('bad_params');
  });
});

test('a DAG with a schedule needs a default for every parameter', () => {
  const define = (schedule: { schedule?: ReturnType<typeof cron> }) =>
    compile(
      defineDag({ id: 'shop', params: z.object({ source: z.string() }), ...schedule }, ({ task }) =>
        task('a', async () => null, {}),
      ),
      new Map(),
    );
  expect(thrownBy(() => define({ schedule: cron('@daily') }))).toMatchObject({
    code: 'param_without_default',
    details: { params: ['source'] },
  });
  expect(define({}).spec.dagId).toBe('shop');
  expect(() => checkScheduledParams('shop', true)).not.toThrow();
});
