import { expect, test } from '@jest/globals';
import { sourceFiles } from './support/source-files';

/** What would make the same events give another state on another day or machine. */
const impure: { readonly [what: string]: RegExp } = {
  'the clock': /\bDate\.now\b|\bnew Date\(\s*\)|\bDate\(\s*\)|\bperformance\.|\bTemporal\.Now\b|\bprocess\.hrtime\b/,
  chance: /\bMath\.random\b|\brandomUUID\b|\bgetRandomValues\b/,
  'a timer': /\b(setTimeout|setInterval|setImmediate|queueMicrotask)\(/,
  'the process or its console': /\bprocess\.|\bconsole\./,
  'the world outside': /\bfetch\(|\bnode:|\bglobalThis\b/,
};

test.each(Object.entries(impure))('the engine does not touch %s', (_what, pattern) => {
  const engine = sourceFiles().filter(({ path }) => path.startsWith('engine/'));
  const touched = engine.flatMap(({ path, code }) =>
    code.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );

  expect(touched).toEqual([]);
});
