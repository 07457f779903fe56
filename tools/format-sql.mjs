// Checks (or with --write puts right) the layout of the .sql files that no opinion is needed for: line ends, tabs,
// trailing blanks, one newline at the end, no run of empty lines, and headers whose values stand in one column.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './set-up.mjs';
import { filesBelow } from './steps.mjs';

const headerLine = /^-- ([a-z_]+):[ \t]*(.*)$/;
const headerColumn = 9;

export function formatSql(text) {
  const lines = text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => line.replaceAll('\t', '    ').trimEnd());
  const body = lines.findIndex((line) => !headerLine.test(line));
  const header = lines.slice(0, body < 0 ? lines.length : body).map(alignHeader);
  const joined = [...header, ...lines.slice(header.length)].join('\n');
  return `${joined.replaceAll(/\n{3,}/g, '\n\n').trim()}\n`;
}

function alignHeader(line) {
  const match = headerLine.exec(line);
  return match === null ? line : `-- ${`${match[1]}: `.padEnd(headerColumn)}${match[2]}`.trimEnd();
}

const write = process.argv.includes('--write');
const wrong = [];
for (const file of filesBelow(join(root, 'sql'), '.sql')) {
  const text = readFileSync(file, 'utf8');
  const formatted = formatSql(text);
  if (formatted === text) continue;
  if (write) writeFileSync(file, formatted);
  else wrong.push(relative(root, file));
}
if (wrong.length > 0) {
  process.stdout.write(`Not laid out as "npm run format" would: ${wrong.join(', ')}\n`);
  process.exit(1);
}
