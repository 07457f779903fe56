import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { loadSqlCatalog, type ParsedSql, parseSql, type SqlCatalog, type SqlParse } from '../../sql/catalog';

const folder = resolve(__dirname, '../../sql');
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.sql'));

let parse: SqlParse;
let catalog: SqlCatalog;

beforeAll(async () => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  parse = async (sql) => {
    const select = 'select json_serialize_sql($sql::varchar, skip_null := true, skip_empty := true)::varchar';
    const [row] = (await connection.runAndReadAll(select, { sql })).getRows();
    return String(row?.[0]);
  };
  catalog = await loadSqlCatalog([folder], parse);
});

describe.each(files)('sql/%s', (file) => {
  const text = readFileSync(join(folder, file), 'utf8');
  const name =
    file.endsWith('.sql') && file.startsWith('checks/') ? file.slice(7, -4) : file.slice(0, -4).replace('/', '.');
  const parsed = (): Promise<ParsedSql> => parseSql(file, text, parse);

  test('its header says what DuckDB reads', async () => {
    const declared = /^-- reads:\s+(.*)$/m.exec(text)?.[1]?.split(', ').sort();
    const { reads } = await parsed();
    expect(reads.length).toBeGreaterThan(0);
    expect(declared).toEqual([...reads]);
  });

  test('it is one SELECT that reads no file by itself', async () => {
    const { statementCount, tableFunctions } = await parsed();
    expect(statementCount).toBe(1);
    expect(tableFunctions).toEqual([]);
    const code = text.replace(/^--.*$/gm, '');
    expect(code).not.toMatch(/\bread_\w+\s*\(|\bquery(_table)?\s*\(|\bpivot\b|\.(parquet|csv|json)\b|[a-z0-9]+:\/\//i);
  });

  test('it asks no clock and no chance', () => {
    const code = text.replace(/^--.*$/gm, '');
    expect(code).not.toMatch(
      /\b(now|current_\w+|today|random|uuid|any_value|first|last|mode)\s*\(|\bcurrent_(date|timestamp)\b/i,
    );
  });

  test('it says whose it is and what it is for', () => {
    const model = catalog.get(name);
    expect(model.owner).not.toBe('');
    expect(model.description.length).toBeGreaterThan(40);
    if (model.kind !== 'check') expect(model.grain.length).toBeGreaterThan(0);
    if (model.kind !== 'check') expect(model.checks).toContainEqual({ check: 'unique', columns: model.grain });
  });

  test('what it reads of ours exists', () => {
    const reads = catalog.get(name).reads.filter((read) => read !== 'raw');
    expect(reads.filter((read) => !catalog.models.has(read))).toEqual([]);
  });

  test('a slice reads no whole, and only a slice is bound to days', () => {
    const model = catalog.get(name);
    const kinds = model.reads.map((read) => catalog.models.get(read)?.kind ?? 'slice');
    if (model.kind === 'slice') expect(kinds.every((kind) => kind === 'slice')).toBe(true);
    else expect(model.parameters.filter((parameter) => ['start', 'end'].includes(parameter))).toEqual([]);
  });
});
