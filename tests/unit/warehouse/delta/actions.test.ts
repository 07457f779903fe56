import { expect, test } from '@jest/globals';
import type { ColumnStats, DataFile } from '../../../../warehouse';
import { type DeltaCommit, deltaActions, deltaLogBytes, deltaLogKey } from '../../../../warehouse/delta/actions';
import { statsJson } from '../../../../warehouse/delta/stats';

const fingerprint = {
  algorithm: 'duckdb-hash-sum/1',
  probe: 'p',
  columns: 'c',
  count: 2,
  sum: '1',
  mixed: '2',
} as const;

function bounds(min: string | null, max: string | null, nullCount = 0, hasNan = false): ColumnStats {
  return { min, max, nullCount, hasNan };
}

function aFile(name: string, stats: DataFile['stats']): DataFile {
  return { key: `tables/core/sales/${name}`, day: '2010-12-01', rowCount: 2, byteCount: 99, stats, fingerprint };
}

const columns = [
  { name: 'invoice_month', type: 'DATE' },
  { name: 'amount', type: 'DECIMAL(38,4)' },
];
const month = {
  invoice_month: bounds('2010-12-01', '2010-12-01'),
  amount: bounds('0.0010', '12345678901234567890.5000'),
};

const commit: DeltaCommit = {
  table: 'core.sales',
  release: 7,
  publishedAt: '2010-12-02T02:00:00.000Z',
  origin: { dagId: 'd', runId: 'r', taskId: 't', attempt: 'a', interval: { start: '', end: '' } },
  fingerprint: 'abcd',
  rowCount: 2,
  deltaId: '00000000-0000-0000-0000-000000000000',
  columns,
  partitionColumn: 'invoice_month',
  definition: 'new',
  removed: [],
  added: [aFile('2010-12-01-a.parquet', month)],
};

function kinds(actions: readonly object[]): readonly string[] {
  return actions.map((action) => Object.keys(action).join());
}

test('a new table begins with the lowest protocol, its schema and its transaction', () => {
  const actions = deltaActions(commit);

  expect(kinds(actions)).toEqual(['commitInfo', 'protocol', 'metaData', 'txn', 'add']);
  expect(actions[1]).toEqual({ protocol: { minReaderVersion: 1, minWriterVersion: 2 } });
  expect(actions[2]).toMatchObject({
    metaData: {
      partitionColumns: ['invoice_month'],
      schemaString:
        '{"type":"struct","fields":[{"name":"invoice_month","type":"date","nullable":true,"metadata":{}},{"name":"amount","type":"decimal(38,4)","nullable":true,"metadata":{}}]}',
    },
  });
  expect(actions[3]).toMatchObject({ txn: { appId: 'tidemill/releases', version: 7 } });
  expect(actions[0]).toMatchObject({ commitInfo: { dag_id: 'd', run_id: 'r', fingerprint: 'abcd', release: 7 } });
});

test('an overwrite removes by the very path that was added', () => {
  const actions = deltaActions({ ...commit, definition: 'kept', removed: [aFile('2010-12-01-old.parquet', month)] });

  expect(kinds(actions)).toEqual(['commitInfo', 'txn', 'remove', 'add']);
  expect(actions[2]).toMatchObject({
    remove: {
      path: '2010-12-01-old.parquet',
      partitionValues: { invoice_month: '2010-12-01' },
      size: 99,
      extendedFileMetadata: true,
    },
  });
  expect(actions[3]).toMatchObject({ add: { path: '2010-12-01-a.parquet', dataChange: true } });
});

test('a commit is the same bytes after a round trip through a release', () => {
  const actions = deltaActions(commit);

  expect(deltaLogBytes(JSON.parse(JSON.stringify(actions)))).toBe(deltaLogBytes(actions));
  expect(deltaLogKey('core.sales', 3)).toBe('tables/core/sales/_delta_log/00000000000000000003.json');
});

test('a file that mixes partition values is refused', () => {
  const mixed = aFile('x.parquet', { ...month, invoice_month: bounds('2010-12-01', '2011-01-01') });

  expect(() => deltaActions({ ...commit, added: [mixed] })).toThrow(
    expect.objectContaining({ code: 'partition_mixed' }),
  );
});

test('statistics keep every digit of a number', () => {
  expect(statsJson(columns, aFile('x', month))).toBe(
    '{"numRecords":2,"minValues":{"invoice_month":"2010-12-01","amount":0.0010},"maxValues":{"invoice_month":"2010-12-01","amount":12345678901234567890.5000},"nullCount":{"invoice_month":0,"amount":0}}',
  );
});

test.each<[string, string, ColumnStats, unknown]>([
  [
    'an instant is cut to milliseconds, the maximum upwards',
    'TIMESTAMPTZ',
    bounds('2010-12-01 08:00:00.123456+00', '2010-12-01 08:00:00.123456+00'),
    ['2010-12-01T08:00:00.123Z', '2010-12-01T08:00:00.124Z'],
  ],
  [
    'a whole instant stays',
    'TIMESTAMPTZ',
    bounds('2010-12-01 08:00:00+00', '2010-12-31 23:59:59.999+00'),
    ['2010-12-01T08:00:00.000Z', '2010-12-31T23:59:59.999Z'],
  ],
  [
    'a long text is cut at 32 code points, the maximum raised',
    'VARCHAR',
    bounds('😀'.repeat(40), 'z'.repeat(33)),
    ['😀'.repeat(32), `${'z'.repeat(32)}\u{10FFFF}`],
  ],
  ['a short text stays, quotes and all', 'VARCHAR', bounds('a"b', 'é'), ['a"b', 'é']],
  ['a column of nulls has no bounds', 'BIGINT', bounds(null, null, 2), undefined],
  ['a column with NaN has no bounds', 'DOUBLE', bounds('1.0', '2.0', 0, true), undefined],
  ['a boolean has no bounds', 'BOOLEAN', bounds('0', '1'), undefined],
  ['infinity has no bounds', 'DOUBLE', bounds('-inf', 'inf'), undefined],
])('%s', (_name, type, stats, expected) => {
  const parsed = JSON.parse(statsJson([{ name: 'x', type }], aFile('x', { x: stats })));

  expect(parsed.nullCount).toEqual({ x: stats.nullCount });
  expect(expected === undefined ? parsed.minValues : [parsed.minValues.x, parsed.maxValues.x]).toEqual(expected ?? {});
});
