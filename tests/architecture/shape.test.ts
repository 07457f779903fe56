import { expect, test } from '@jest/globals';
import { sourceFiles } from './support/source-files';

const longestFile = 400;
const emptyNames = /(^|\/)(utils?|helpers?|common|misc)(\/|\.ts$)/;
const files = sourceFiles();

test(`no file has more than ${longestFile} lines of code`, () => {
  const lengths = files.map(({ path, code }) => [path, code.split('\n').filter((line) => line.trim() !== '').length]);

  expect(lengths.filter(([, length]) => Number(length) > longestFile)).toEqual([]);
});

test('no file or folder has a name that says nothing', () => {
  expect(files.map(({ path }) => path).filter((path) => emptyNames.test(path))).toEqual([]);
});

test('files and folders are named in kebab-case', () => {
  const kebab =
    /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|property\.test|bench|test-d|config|d))?\.ts$|^[a-z0-9]+([-_][a-z0-9]+)*$/;
  const odd = files.map(({ path }) => path).filter((path) => path.split('/').some((part) => !kebab.test(part)));

  expect(odd.filter((path) => !path.endsWith('.d.cts'))).toEqual([]);
});

test('no file names a path of the machine that it was written on', () => {
  const machinePath = /['"`](\/work|\/root|\/home|\/Users)\//;

  expect(files.filter(({ code }) => machinePath.test(code)).map(({ path }) => path)).toEqual([]);
});

test('nothing is left to do without saying where that is written down', () => {
  const open = files.flatMap(({ path, text }) =>
    text
      .split('\n')
      .flatMap((line, index) => (/\b(TODO|FIXME|XXX)\b(?!\(#\d+\))/.test(line) ? [`${path}:${index + 1}`] : [])),
  );

  expect(open.filter((place) => !place.startsWith('tests/architecture/'))).toEqual([]);
});
