import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type ParamHelp, paramHelp, parseParamTexts } from '../../../../engine/dag/param-help';
import { checkParams, paramsJsonSchema } from '../../../../engine/dag/params';
import type { Json } from '../../../../engine/json';

const schema = paramsJsonSchema(
  'shop',
  z.object({
    source: z.string().min(2).default('landing').describe('Where to read.'),
    size: z.number().int().min(1).max(9).default(3),
    ratio: z.number().gt(0).lt(1).multipleOf(0.1),
    isFull: z.boolean().default(false),
    mode: z.enum(['daily', 'full']).default('daily'),
    fixed: z.literal(7).optional(),
    days: z.array(z.string()).min(1).max(3).default(['mon']),
    window: z.object({ days: z.number() }).optional(),
    either: z.union([z.number(), z.string()]).optional(),
    maybe: z.number().nullable().optional(),
    on: z.iso.date().optional(),
    code: z.string().max(4).regex(/^a/).optional(),
    any: z.any().optional(),
    list: z.array(z.any()).optional(),
  }),
);

describe('the help of parameters', () => {
  const named = (name: string): ParamHelp | undefined => paramHelp(schema).find((one) => one.name === name);

  test.each<[string, Partial<ParamHelp>]>([
    [
      'source',
      { type: 'string', default: 'landing', limits: ['at least 2 characters'], description: 'Where to read.' },
    ],
    ['size', { type: 'integer', limits: ['at least 1', 'at most 9'], isRequired: false }],
    ['ratio', { type: 'number', isRequired: true, default: null, limits: ['above 0', 'below 1', 'a multiple of 0.1'] }],
    ['isFull', { type: 'boolean', limits: [] }],
    ['mode', { type: 'one of', allowed: ['daily', 'full'] }],
    ['fixed', { type: 'one of', allowed: [7] }],
    ['days', { type: 'list of string', limits: ['at least 1 items', 'at most 3 items'], default: ['mon'] }],
    ['window', { type: 'object' }],
    ['either', { type: 'number or string' }],
    ['maybe', { type: 'number or null' }],
    ['on', { type: 'string', limits: ['date'] }],
    ['code', { limits: ['at most 4 characters', 'matches ^a'] }],
    ['any', { type: 'anything', description: '' }],
    ['list', { type: 'list of anything' }],
  ])('%s', (name, help) => {
    expect(named(name)).toMatchObject(help);
  });

  test.each<[Json]>([[null], [{}], [{ properties: { a: true }, required: 'x' }]])(
    'of the schema %j is bare',
    (bare) => {
      expect(paramHelp(bare).filter((one) => one.type !== 'anything')).toEqual([]);
    },
  );

  test('of an array without items says a list of anything', () => {
    expect(paramHelp({ properties: { a: { type: 'array' }, b: { oneOf: [{ type: 'null' }] } } })).toMatchObject([
      { type: 'list of anything' },
      { type: 'null' },
    ]);
  });
});

describe('parameters given as key=value', () => {
  const parse = (...texts: readonly string[]) => parseParamTexts('shop', schema, texts);

  test.each<[string, Json]>([
    ['source=a=b', 'a=b'],
    ['source=7', '7'],
    ['source=', ''],
    ['size=4', 4],
    ['isFull=true', true],
    ['mode=full', 'full'],
    ['fixed=7', 7],
    ['days=["mon","tue"]', ['mon', 'tue']],
    ['window={"days": 2}', { days: 2 }],
    ['either=5', 5],
    ['either=five', 'five'],
    ['maybe=null', null],
    ['any={"a":1}', { a: 1 }],
    ['any=word', 'word'],
    ['isFull=false', false],
  ])('%s is read by the schema', (text, value) => {
    expect(Object.values(parse(text))).toEqual([value]);
  });

  test('the last one of a key counts, and the whole passes the schema', () => {
    const given = parse('size=4', 'size=5', 'ratio=0.5');
    expect(checkParams('shop', schema, given)).toMatchObject({ size: 5, ratio: 0.5, mode: 'daily' });
  });

  test.each([
    ['sise=4', 'there is no parameter "sise"; it has: source, size', 'Did you mean "size"?'],
    ['size', '"size" is no key=value', ''],
    ['=4', '"=4" is no key=value', ''],
    ['size=many', '"size" is many, which is no integer', ''],
    ['isFull=yes', 'which is no boolean; write true or false', ''],
    ['mode=fall', 'allowed: daily, full.', 'Did you mean "full"?'],
    ['fixed=8', 'allowed: 7.', ''],
    ['days=mon', `write it as '[1, 2]'`, ''],
    ['window=2', `write it as '{"name": 1}'`, ''],
  ])('%s is refused, with what is wrong and the nearest name', (text, problem, hint) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'bad_params' }));
    expect(() => parse(text)).toThrow(problem);
    expect(() => parse(text)).toThrow(hint);
  });

  test('a DAG without parameters says that it has none', () => {
    expect(() => parseParamTexts('shop', {}, ['a=1'])).toThrow('there is no parameter "a"; it has none.');
  });
});
