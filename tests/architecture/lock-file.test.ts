import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { root } from './support/source-files';

test('the lock file names the packages of every system, or "npm ci" would refuse it', () => {
  const { stdout } = spawnSync(process.execPath, [join(root, 'tools/complete-lock.mjs'), '--check'], {
    encoding: 'utf8',
  });

  expect(stdout.split('\n').filter((line) => line !== '')).toEqual([]);
});
