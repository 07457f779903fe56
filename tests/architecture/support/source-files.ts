import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';

export const root = resolve(__dirname, '../../..');

const leftOut = new Set(['node_modules', 'coverage', 'dist']);

/** One import or re-export of a source file. */
export interface Import {
  /** As written, such as `../engine/errors` or `node:fs`. */
  readonly specifier: string;
  /** True when nothing of it is left when the program runs. */
  readonly typeOnly: boolean;
  /** The file it leads to, relative to the repository, when that is a file of ours; else null. */
  readonly file: string | null;
}

export interface SourceFile {
  /** Relative to the repository, with `/`. */
  readonly path: string;
  readonly text: string;
  /** The text with comments blanked out, same lines. */
  readonly code: string;
  readonly imports: readonly Import[];
}

/** Programs at the root that keep parts of themselves in a folder beside them: one room with it. */
const programs = ['client', 'house-activities', 'worker'];

/** The top folder of a file of ours, or its own name when it lies at the root. */
export function roomOf(path: string): string {
  const top = path.split('/')[0] ?? path;
  return programs.includes(top) ? `${top}.ts` : top;
}

/** Every file of the repository with one of the endings, sorted. */
export function filesOf(...endings: readonly string[]): readonly string[] {
  const found: string[] = [];
  const walk = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.name.startsWith('.') || leftOut.has(entry.name)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else if (endings.some((ending) => entry.name.endsWith(ending))) found.push(relative(root, path));
    }
  };
  walk(root);
  return found.sort();
}

/** Every TypeScript file with what it imports, read once per test file. */
export function sourceFiles(): readonly SourceFile[] {
  const paths = filesOf('.ts');
  const known = new Set([...paths, ...filesOf('.cjs', '.mjs', '.json')]);
  return paths.map((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    const code = withoutComments(text);
    return { path, text, code, imports: importsOf(path, code, known) };
  });
}

/** `fs` and `node:fs` alike. */
export function isNodeBuiltin(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(specifier.split('/')[0] ?? '');
}

/** `@scope/name` or `name` of `@scope/name/deep/file`. */
export function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}

const fromStatement = /^[ \t]*(import|export)\s+(type\s+)?([^;'"]*?)\s*from\s*['"]([^'"]+)['"]/gm;
const bareStatement = /^[ \t]*import\s+['"]([^'"]+)['"]/gm;
const callExpression = /\b(?:import|require)\(\s*['"]([^'"]+)['"]\s*\)/g;

function importsOf(path: string, code: string, known: ReadonlySet<string>): readonly Import[] {
  const found: { specifier: string; typeOnly: boolean }[] = [];
  for (const [, , type, names = '', specifier = ''] of code.matchAll(fromStatement)) {
    found.push({ specifier, typeOnly: type !== undefined || onlyTypes(names) });
  }
  for (const [, specifier = ''] of code.matchAll(bareStatement)) found.push({ specifier, typeOnly: false });
  for (const [whole, specifier = ''] of code.matchAll(callExpression)) {
    found.push({ specifier, typeOnly: whole.startsWith('import') && isTypePosition(code, whole) });
  }
  return found.map((one) => ({ ...one, file: fileOf(path, one.specifier, known) }));
}

/** `{ type A, type B }` leaves nothing either. */
function onlyTypes(names: string): boolean {
  const match = /^\{([^}]*)\}$/.exec(names.trim());
  const parts = (match?.[1] ?? '').split(',').filter((part) => part.trim() !== '');
  return parts.length > 0 && parts.every((part) => part.trim().startsWith('type '));
}

/** `import('x').Name` after `typeof` or a colon is a type; `await import('x')` is not. */
function isTypePosition(code: string, call: string): boolean {
  const at = code.indexOf(call);
  return /(typeof|[:<|&=])\s*$/.test(code.slice(Math.max(0, at - 20), at)) && code[at + call.length] === '.';
}

function fileOf(path: string, specifier: string, known: ReadonlySet<string>): string | null {
  if (specifier === 'tidemill') return 'index.ts';
  if (specifier === 'tidemill/testing') return 'testing.ts';
  if (!specifier.startsWith('.')) return null;
  const base = join(dirname(path), specifier);
  return ['', '.ts', '/index.ts'].map((ending) => base + ending).find((file) => known.has(file)) ?? base;
}

/** Blanks comments, so that what they speak of is not taken for code. Strings and templates are kept. */
function withoutComments(text: string): string {
  const token =
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/(?![*/\s])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*(?=[\s.,;)\]])/g;
  return text.replaceAll(token, (match) =>
    match.startsWith('//') || match.startsWith('/*') ? match.replaceAll(/[^\n]/g, ' ') : match,
  );
}
