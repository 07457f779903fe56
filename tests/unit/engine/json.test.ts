import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, isJsonObject } from '../../../engine/json';
import { holds } from '../../support/properties';

describe('canonical JSON', () => {
  test('orders the keys of every object by code unit, at any depth', () => {
    expect(canonicalJson({ b: [{ z: 1, a: 2 }], B: 1, ä: 2, a: { d: 1, c: null } })).toBe(
      '{"B":1,"a":{"c":null,"d":1},"b":[{"a":2,"z":1}],"ä":2}',
    );
  });

  test('leaves out what is undefined', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  });

  const someJson = fc.jsonValue({ maxDepth: 4 });

  test('equal values give equal text, whatever the order in which their keys were written', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (!isJsonObject(value)) return value;
      const entries = Object.entries(value).reverse();
      return Object.fromEntries(entries.map(([key, member]) => [key, reversed(member)]));
    };
    holds(
      fc.property(someJson, (value) => canonicalJson(reversed(value)) === canonicalJson(value)),
      { runs: 300 },
    );
  });

  test('reads back as the value, and writing that changes nothing', () => {
    holds(
      fc.property(someJson, (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
      { runs: 300 },
    );
  });
});

test.each([
  [{}, true],
  [{ a: 1 }, true],
  [[], false],
  [null, false],
  ['{}', false],
  [1, false],
  [undefined, false],
])('%j is a JSON object: %s', (value, expected) => {
  expect(isJsonObject(value)).toBe(expected);
});
