import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { filesOf, roomOf, root, sourceFiles } from './support/source-files';

const adrSections = ['Context', 'Decision', 'Consequences', 'A change violates this when it', 'Evidence'];
const longestAdr = 60;
const adrs = filesOf('.md').filter((path) => /(^|\/)adr\/[^/]+\.md$/.test(path));

describe('decision records', () => {
  test('are there, and each has its title and its sections and is short', () => {
    expect(adrs).not.toEqual([]);
    expect(adrs.flatMap(adrProblems)).toEqual([]);
  });

  test('have a number of their own', () => {
    const numbers = adrs.map((path) => /\/adr\/(\d{4})-/.exec(path)?.[1]);

    expect(numbers.filter((number, index) => numbers.indexOf(number) !== index)).toEqual([]);
  });
});

describe('docs/errors.md', () => {
  const raised = codesRaised();
  const documented = [...readFileSync(join(root, 'docs/errors.md'), 'utf8').matchAll(/^\| `([a-z0-9_]+)` \|/gm)];
  const codes = documented.map(([, code = '']) => code);

  test('documents every error code that is raised', () => {
    const missing = [...raised].filter(([code]) => !codes.includes(code));

    expect(missing.map(([code, path]) => `${code} (${path})`)).toEqual([]);
  });

  test('documents no code that is not raised, and each once, in alphabetical order', () => {
    expect(codes.filter((code) => !raised.has(code))).toEqual([]);
    expect(codes).toEqual([...new Set(codes)].sort());
  });
});

function adrProblems(path: string): readonly string[] {
  const text = readFileSync(join(root, path), 'utf8');
  const headings = [...text.matchAll(/^##+ (.+)$/gm)].map(([, heading = '']) => heading.toLowerCase());
  const missing = adrSections.filter((section) => !headings.some((one) => one.startsWith(section.toLowerCase())));
  const length = text.trimEnd().split('\n').length;
  return [
    ...(/\/adr\/\d{4}-[a-z0-9-]+\.md$/.test(path) ? [] : [`${path}: the name is not 0001-some-words.md`]),
    ...(/^# \S+ \S+/.test(text) ? [] : [`${path}: the first line is no title`]),
    ...missing.map((section) => `${path}: no section "## ${section}"`),
    ...(length > longestAdr ? [`${path}: ${length} lines, and ${longestAdr} are the limit`] : []),
  ];
}

/** Every error code in the source with the first file that raises it: the text of a property `code`. */
function codesRaised(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { path, code } of sourceFiles()) {
    if (['tests', 'bench'].includes(roomOf(path))) continue;
    // A union of texts is a type and raises nothing; so is what stands behind `readonly`.
    const values = [...code.matchAll(/(?<!readonly )\bcode: ([^,}\n;]*'[a-z0-9_]+'[^,}\n;]*)(?=[,}])/g)];
    const raised = values.filter(([, value = '']) => !/'\s*\|\s*'/.test(value));
    const texts = raised.flatMap(([, value = '']) => [...value.matchAll(/'([a-z][a-z0-9]*(?:_[a-z0-9]+)+)'/g)]);
    for (const [, text = ''] of texts) if (!found.has(text)) found.set(text, path);
  }
  return found;
}
