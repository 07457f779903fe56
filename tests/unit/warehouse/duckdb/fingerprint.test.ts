import { expect, test } from '@jest/globals';
import {
  columnsHash,
  compareFingerprints,
  type Fingerprint,
  fingerprintText,
  sumFingerprints,
} from '../../../../warehouse';

const columns = [
  { name: 'id', type: 'BIGINT' },
  { name: 'at', type: 'TIMESTAMPTZ' },
];

function aFingerprint(changes: Partial<Fingerprint> = {}): Fingerprint {
  const hash = columnsHash(columns);
  return { algorithm: 'duckdb-hash-sum/1', probe: 'p1', columns: hash, count: 2, sum: '10', mixed: '20', ...changes };
}

test('sums are exact beyond 64 bits and do not depend on the order of the parts', () => {
  const large = aFingerprint({ sum: '170141183460469231731687303715884105720', mixed: '99999999999999999999' });
  const parts = [large, aFingerprint(), aFingerprint({ sum: '-3' })];

  const total = sumFingerprints(columns, parts, 'p1');
  expect(total).toMatchObject({
    count: 6,
    sum: '170141183460469231731687303715884105727',
    mixed: '100000000000000000039',
  });
  expect(sumFingerprints(columns, [...parts].reverse(), 'p1')).toEqual(total);
});

test.each<[string, Partial<Fingerprint>, string]>([
  ['nothing', {}, 'equal'],
  ['a sum', { sum: '11' }, 'different'],
  ['only the second sum', { mixed: '21' }, 'different'],
  ['the count', { count: 3 }, 'different'],
  ['the columns', { columns: 'other' }, 'different'],
  ['the hash function', { probe: 'p2', sum: '11' }, 'unknown'],
])('fingerprints that differ in %s compare as expected', (_name, changes, verdict) => {
  expect(compareFingerprints(aFingerprint(), aFingerprint(changes))).toBe(verdict);
});

test('the text of a fingerprint is short and tells differences', () => {
  expect(fingerprintText(aFingerprint())).toMatch(/^[0-9a-f]{16}$/);
  expect(fingerprintText(aFingerprint({ sum: '11' }))).not.toBe(fingerprintText(aFingerprint()));
});

test('an empty table has one fingerprint whatever DuckDB hashes', () => {
  const empty = (probe: string) => fingerprintText(sumFingerprints(columns, [], probe));

  expect(empty('p1')).toBe(empty('p2'));
});

test('a type’s spelling does not change the hash of the columns, its order does', () => {
  const spelled = [
    { name: 'id', type: 'int8' },
    { name: 'at', type: 'timestamp with time zone' },
  ];

  expect(columnsHash(spelled)).toBe(columnsHash(columns));
  expect(columnsHash([...columns].reverse())).not.toBe(columnsHash(columns));
});
