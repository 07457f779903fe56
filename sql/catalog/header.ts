import { DefinitionError, didYouMean } from '../../engine';

export type SqlModelKind = 'slice' | 'whole' | 'check';

/** `not_null(a, b)`: what must hold of every result of a model. */
export interface ModelCheck {
  readonly check: 'not_null' | 'unique';
  readonly columns: readonly string[];
}

/** `customer_key from core.dim_customer by customer_id`: a surrogate key that publish fills in. */
export interface ModelKey {
  readonly column: string;
  readonly dimension: string;
  readonly businessKey: string;
}

export interface SqlHeader {
  readonly name: string;
  readonly kind: SqlModelKind;
  /** The columns that tell rows apart: the total order in which files are written. Empty for checks. */
  readonly grain: readonly string[];
  readonly reads: readonly string[];
  readonly checks: readonly ModelCheck[];
  readonly keys: readonly ModelKey[];
  readonly owner: string;
  readonly description: string;
}

const fields = ['model', 'grain', 'kind', 'reads', 'checks', 'keys', 'owner'];
const kinds: readonly SqlModelKind[] = ['slice', 'whole', 'check'];
const checkNames = ['not_null', 'unique'] as const;

interface HeaderLine {
  readonly text: string;
  readonly line: number;
}

/**
 * Reads the comment block at the top of a SQL file: `-- model: …`, `-- grain: one row per (…)`,
 * `-- kind: slice | whole | check`, `-- reads: …`, `-- checks: …`, `-- keys: …`, `-- owner: …`, a blank
 * comment line, and what the model is for.
 *
 * Throws `sql_header` naming file, line and the nearest valid word.
 */
export function parseHeader(file: string, text: string): SqlHeader {
  const comments = leadingComments(text);
  const values = new Map<string, HeaderLine>();
  const blank = comments.findIndex((comment) => comment.text === '');
  const declared = blank === -1 ? comments : comments.slice(0, blank);
  for (const { text: comment, line } of declared) {
    const [, name, value] = /^([a-z_]+):\s*(.*)$/.exec(comment) ?? [];
    if (name === undefined || value === undefined) {
      throw headerError(file, line, `"${comment}" is no "name: value"; put prose below a blank comment line`);
    }
    if (!fields.includes(name)) throw headerError(file, line, `unknown field "${name}".${didYouMean(name, fields)}`);
    if (values.has(name)) throw headerError(file, line, `"${name}" is there twice`);
    values.set(name, { text: value, line });
  }
  const need = (name: string): HeaderLine => {
    const found = values.get(name);
    if (found === undefined) throw headerError(file, 1, `the header lacks "-- ${name}: …"`);
    return found;
  };
  const kind = parseKind(file, need('kind'));
  return {
    name: parseName(file, need('model')),
    kind,
    grain: kind === 'check' ? [] : parseGrain(file, need('grain')),
    reads: splitList(need('reads').text),
    checks: parseChecks(file, values.get('checks')),
    keys: parseKeys(file, values.get('keys')),
    owner: need('owner').text,
    description:
      blank === -1
        ? ''
        : comments
            .slice(blank + 1)
            .map((comment) => comment.text)
            .join(' ')
            .trim(),
  };
}

function leadingComments(text: string): readonly HeaderLine[] {
  const lines = text.split('\n');
  const end = lines.findIndex((line) => !line.startsWith('--'));
  return lines
    .slice(0, end === -1 ? lines.length : end)
    .map((line, index) => ({ text: line.slice(2).trim(), line: index + 1 }));
}

function parseName(file: string, { text, line }: HeaderLine): string {
  if (/^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$/.test(text)) return text;
  throw headerError(file, line, `model "${text}" is no <schema>.<table> in snake_case`);
}

function parseKind(file: string, { text, line }: HeaderLine): SqlModelKind {
  const kind = kinds.find((one) => one === text);
  if (kind !== undefined) return kind;
  throw headerError(file, line, `kind "${text}" is none of ${kinds.join(', ')}.${didYouMean(text, kinds)}`);
}

function parseGrain(file: string, { text, line }: HeaderLine): readonly string[] {
  const [, columns] = /^one row per \(([^()]+)\)$/.exec(text) ?? [];
  if (columns !== undefined) return splitList(columns);
  throw headerError(file, line, `grain "${text}" does not read "one row per (column, …)"`);
}

function parseChecks(file: string, header: HeaderLine | undefined): readonly ModelCheck[] {
  if (header === undefined) return [];
  const calls = [...header.text.matchAll(/([a-z_]+)\(([^()]*)\)/g)];
  const rest = header.text.replace(/[a-z_]+\([^()]*\)/g, '').replace(/[,\s]/g, '');
  if (rest !== '') throw headerError(file, header.line, `checks "${header.text}" do not read "check(column, …), …"`);
  return calls.map(([, name = '', columns = '']) => {
    const check = checkNames.find((one) => one === name);
    if (check !== undefined) return { check, columns: splitList(columns) };
    throw headerError(file, header.line, `unknown check "${name}".${didYouMean(name, checkNames)}`);
  });
}

function parseKeys(file: string, header: HeaderLine | undefined): readonly ModelKey[] {
  if (header === undefined) return [];
  return splitList(header.text).map((text) => {
    const [, column, dimension, businessKey] = /^([a-z0-9_]+) from ([a-z0-9_.]+) by ([a-z0-9_]+)$/.exec(text) ?? [];
    if (column === undefined || dimension === undefined || businessKey === undefined) {
      throw headerError(file, header.line, `key "${text}" does not read "column from schema.dimension by column"`);
    }
    return { column, dimension, businessKey };
  });
}

function splitList(text: string): readonly string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

export function headerError(file: string, line: number, problem: string): DefinitionError {
  return new DefinitionError({
    code: 'sql_header',
    message: `${file}, line ${line}: ${problem}.`,
    details: { file, line },
  });
}
