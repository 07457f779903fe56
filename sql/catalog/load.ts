import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { DefinitionError, didYouMean } from '../../engine';
import { headerError, parseHeader, type SqlHeader } from './header';
import { parseSql, type SqlParse } from './parsed-sql';

/** One `.sql` file: a table's definition, or a check. */
export interface SqlModel extends SqlHeader {
  /** `$name`s in the text, sorted. */
  readonly parameters: readonly string[];
  /** The statement, header included, without a closing semicolon. */
  readonly select: string;
  /** Of the whole text: an edited file is another version. */
  readonly sha256: string;
  readonly file: string;
}

/** All SQL models that a DAG can name. */
export interface SqlCatalog {
  readonly models: ReadonlyMap<string, SqlModel>;
  /** Throws `unknown_sql_model` naming the nearest one. */
  get(name: string): SqlModel;
}

/**
 * Loads every `.sql` file below the given folders (one that does not exist counts as empty) and proves
 * each header against DuckDB's parser.
 *
 * Throws `duplicate_sql_model` for a name in two files, `sql_header` and `sql_unparsable` naming the file.
 */
export async function loadSqlCatalog(folders: readonly string[], parse: SqlParse): Promise<SqlCatalog> {
  const models = new Map<string, SqlModel>();
  for (const folder of folders) {
    for (const file of await sqlFiles(folder)) {
      const model = await loadModel(folder, file, parse);
      const other = models.get(model.name);
      if (other !== undefined) throw duplicate(model, other);
      models.set(model.name, model);
    }
  }
  return catalogOf([...models.values()]);
}

/** A catalogue of models that were proved before. */
export function catalogOf(list: readonly SqlModel[]): SqlCatalog {
  const models = new Map(list.map((model) => [model.name, model]));
  return { models, get: (name) => models.get(name) ?? unknown(name, models) };
}

async function sqlFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    },
  );
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.sql'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function loadModel(folder: string, file: string, parse: SqlParse): Promise<SqlModel> {
  const text = await readFile(file, 'utf8');
  const shown = [...folder.split(sep).slice(-1), relative(folder, file)].join('/');
  const header = parseHeader(shown, text);
  checkPlace(shown, header);
  const select = text.trim().replace(/;$/, '');
  const parsed = await parseSql(shown, select, parse);
  if (parsed.statementCount !== 1)
    throw headerError(shown, 1, `it holds ${parsed.statementCount} statements; keep one`);
  checkReads(shown, header.reads, parsed.reads);
  const parameters = parametersOf(text);
  return { ...header, reads: parsed.reads, parameters, select, sha256: sha256(text), file };
}

/** A model is found where its name says: `core/fact_sales.sql`, `checks/quality.invoices.sql`. */
function checkPlace(shown: string, { name, kind }: SqlHeader): void {
  const expected = kind === 'check' ? `checks/${name}.sql` : `${name.replace('.', '/')}.sql`;
  if (shown.endsWith(`/${expected}`)) return;
  throw headerError(shown, 1, `model ${name} belongs into ${expected}`);
}

function checkReads(shown: string, declared: readonly string[], found: readonly string[]): void {
  const missing = found.filter((name) => !declared.includes(name));
  const extra = declared.filter((name) => !found.includes(name));
  if (missing.length === 0 && extra.length === 0) return;
  const problem = [
    ...missing.map((name) => `it reads ${name}, which the header does not name`),
    ...extra.map((name) => `the header names ${name}, which it does not read`),
  ];
  throw headerError(shown, 1, problem.join('; '));
}

/** Parameters are found in the text: the parser has no list of them, and a `$` stands in no literal of ours. */
function parametersOf(text: string): readonly string[] {
  const code = text.replace(/--.*$/gm, '').replace(/'(?:[^']|'')*'/g, "''");
  return [...new Set([...code.matchAll(/\$([a-z_][a-z0-9_]*)/g)].map((match) => String(match[1])))].sort();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function duplicate(model: SqlModel, other: SqlModel): DefinitionError {
  return new DefinitionError({
    code: 'duplicate_sql_model',
    message: `SQL model ${model.name} is defined twice, in ${other.file} and in ${model.file}. Rename or remove one.`,
    details: { model: model.name, files: [other.file, model.file] },
  });
}

function unknown(name: string, models: ReadonlyMap<string, SqlModel>): never {
  throw new DefinitionError({
    code: 'unknown_sql_model',
    message: `No .sql file defines "${name}".${didYouMean(name, [...models.keys()])}`,
    details: { model: name },
  });
}
