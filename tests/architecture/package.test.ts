import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { packageOf, root, sourceFiles } from './support/source-files';

interface PackageJson {
  readonly files: readonly string[];
  readonly dependencies: { readonly [name: string]: string };
}

const { files, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageJson;
const isShipped = (path: string): boolean => files.some((one) => path === one || path.startsWith(`${one}/`));
const shipped = sourceFiles().filter(({ path }) => isShipped(path));

describe('the package', () => {
  test('brings along every file that its files import: add the room to "files" in package.json', () => {
    const missing = shipped.flatMap(({ path, imports }) =>
      imports.flatMap(({ file, typeOnly }) =>
        file === null || typeOnly || isShipped(file) ? [] : [`${path} imports ${file}`],
      ),
    );

    expect(missing).toEqual([]);
  });

  test('names every package that its files import among its dependencies', () => {
    const missing = shipped.flatMap(({ path, imports }) =>
      imports.flatMap(({ specifier, file, typeOnly }) => {
        const isOurs = file !== null || specifier.startsWith('.') || specifier.startsWith('node:');
        const isNamed = specifier.startsWith('tidemill') || packageOf(specifier) in dependencies;
        return isOurs || typeOnly || isNamed ? [] : [`${path} imports ${specifier}`];
      }),
    );

    expect(missing).toEqual([]);
  });
});
