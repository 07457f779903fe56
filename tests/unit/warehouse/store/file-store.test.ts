import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { ObjectStore } from '../../../../warehouse';
import { openFileStore } from '../../../../warehouse/store/file-store';

async function withStore(body: (store: ObjectStore, folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemill-store-'));
  await body(await openFileStore(folder), folder);
  await rm(folder, { recursive: true, force: true });
}

async function keysOf(store: ObjectStore, prefix: string, startAfter?: string): Promise<readonly string[]> {
  const keys: string[] = [];
  const options = startAfter === undefined ? {} : { startAfter };
  for await (const { key } of store.list(prefix, options)) keys.push(key);
  return keys;
}

test('of many racers for one key exactly one wins, and all read its bytes', async () => {
  await withStore(async (store, folder) => {
    for (let round = 0; round < 10; round += 1) {
      const key = `releases/${round}.json`;
      const wins = await Promise.all([1, 2, 3, 4].map((racer) => store.putIfAbsent(key, `racer ${racer}`)));

      expect(wins.filter(Boolean)).toHaveLength(1);
      expect((await store.get(key)).toString()).toBe(`racer ${wins.indexOf(true) + 1}`);
    }
    expect(await readdir(join(folder, '.temp'))).toEqual([]);
  });
});

test('put replaces and putIfAbsent does not', async () => {
  await withStore(async (store) => {
    await store.put('hint.json', 'one');
    await store.put('hint.json', 'two');

    expect(await store.putIfAbsent('hint.json', 'three')).toBe(false);
    expect((await store.get('hint.json')).toString()).toBe('two');
  });
});

test('keys are listed in code-unit order, by prefix and strictly after a key', async () => {
  await withStore(async (store) => {
    const keys = ['a', 'b-1', 'b/1', 'b/2/x', 'b/2.json', 'b0', 'c/d'];
    for (const key of keys) await store.putIfAbsent(key, '');
    const sorted = [...keys].sort();

    expect(await keysOf(store, '')).toEqual(sorted);
    expect(await keysOf(store, 'b')).toEqual(sorted.filter((key) => key.startsWith('b')));
    expect(await keysOf(store, 'b/2')).toEqual(['b/2.json', 'b/2/x']);
    for (const after of [...keys, 'b/', 'b/2/']) {
      expect(await keysOf(store, '', after)).toEqual(sorted.filter((key) => key > after));
    }
    expect(await keysOf(store, 'nothing/')).toEqual([]);
  });
});

test('a missing object is null to find and an error with its key to get', async () => {
  await withStore(async (store) => {
    expect(await store.find('a/b')).toBeNull();
    await expect(store.get('a/b')).rejects.toMatchObject({ code: 'object_missing', details: { key: 'a/b' } });
    await store.delete('a/b');
  });
});

test.each(['', '/etc/passwd', 'a//b', '../up', 'a/../../up', 'a/./b', 'a\\b', '.temp/x', 'a/'])(
  'the key %j is refused',
  async (key) => {
    await withStore(async (store) => {
      await expect(store.find(key)).rejects.toMatchObject({ code: 'bad_key' });
      await expect(store.putIfAbsent(key, '')).rejects.toMatchObject({ code: 'bad_key' });
    });
  },
);
