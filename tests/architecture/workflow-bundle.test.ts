import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { bundleWorkflowCode } from '@temporalio/worker';
import { isNodeBuiltin, root } from './support/source-files';

/** A bundle is compiled anew in every worker; past this size somebody has drawn in a package by accident. */
const largestBundleBytes = 4_000_000;

describe('the bundle of the workflows', () => {
  test('is built without complaint, is small, and holds no module of Node', async () => {
    const said: string[] = [];
    const hear = (message: string) => void said.push(message);
    const logger = { log() {}, trace() {}, debug() {}, info() {}, warn: hear, error: hear };

    const { code } = await bundleWorkflowCode({ workflowsPath: join(root, 'workflows/index.ts'), logger });
    const externals = [...code.matchAll(/module\.exports = require\(\\?["']([^"'\\]+)\\?["']\)/g)];

    expect(said).toEqual([]);
    expect(externals.map(([, name = '']) => name).filter(isNodeBuiltin)).toEqual([]);
    expect(Buffer.byteLength(code)).toBeLessThan(largestBundleBytes);
  });
});
