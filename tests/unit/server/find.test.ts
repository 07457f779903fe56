import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { findTemporalServer } from '../../../server';

const answers = {
  good: 'echo "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"',
  old: 'echo "temporal version 1.1.2 (Server 1.25.2, UI 2.31.2)"',
  other: 'echo "temporal, a calendar program, version 3"',
  broken: 'echo "cannot load libc" >&2; exit 127',
};

/** Where nothing listens: what the SDK would download must not depend on the machine's network. */
const noDownloads = { HTTPS_PROXY: 'http://127.0.0.1:1' };

let folder: string;
let lines: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemill-find-'));
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a shell script in the place of a program. */
function program(path: string, script: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

function find(path: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const folders = path.map((name) => join(folder, name));
  const report = (line: string) => lines.push(line);
  return findTemporalServer({
    home: join(folder, 'home'),
    report,
    env: { PATH: folders.join(':'), ...noDownloads, ...env },
  });
}

describe('a temporal program', () => {
  test('on the PATH is taken before one in the cache', async () => {
    const path = program('bin/temporal', answers.good);
    program('home/cache/bin/temporal', answers.good);

    expect(await find(['bin'])).toEqual({ kind: 'executable', source: 'path', path, serverVersion: '1.29.1' });
  });

  test.each([['old'], ['other'], ['broken']] as const)('on the PATH that is %s is passed over', async (kind) => {
    program('first/temporal', answers[kind]);
    const path = program('second/temporal', answers.good);

    expect(await find(['first', 'second'])).toMatchObject({ source: 'path', path });
  });

  test('in the cache is taken when none on the PATH will do', async () => {
    program('bin/temporal', answers.old);
    const path = program('home/cache/bin/temporal', answers.good);

    expect(await find(['bin'])).toMatchObject({ source: 'cache', path });
  });

  test('that the SDK has downloaded before is found in the cache, and half a download is not', async () => {
    program('home/cache/bin/temporal-cli-sdk-typescript-9.9.9.downloading', answers.good);
    const path = program('home/cache/bin/temporal-cli-sdk-typescript-9.9.9', answers.good);

    expect(await find([])).toMatchObject({ source: 'cache', path });
  });
});

describe('TEMPORAL_ADDRESS', () => {
  test('is taken before any program when something answers there', async () => {
    program('bin/temporal', answers.good);
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = `127.0.0.1:${(server.address() as { port: number }).port}`;

    const found = await find(['bin'], { TEMPORAL_ADDRESS: address });
    server.close();

    expect(found).toEqual({ kind: 'running', source: 'TEMPORAL_ADDRESS', address });
  });

  test.each([
    ['127.0.0.1:1', 'ECONNREFUSED'],
    ['localhost', 'it is not of the form host:port'],
    ['http://localhost:7233', 'it is not of the form host:port'],
  ])('%s where nothing answers is an error, and no other server is started', async (address, reason) => {
    program('bin/temporal', answers.good);

    await expect(find(['bin'], { TEMPORAL_ADDRESS: address })).rejects.toMatchObject({
      code: 'temporal_unreachable',
      details: { address, reason },
    });
  });
});

describe('when nothing is there', () => {
  test('one error lists every way that was tried, why it failed and what to do', async () => {
    program('bin/temporal', answers.old);
    program('bin/go', 'echo "go: no network" >&2; exit 1');

    const error = await find(['bin']).catch((thrown) => thrown);

    expect(error.code).toBe('temporal_not_found');
    const ways = error.details.tried.map(({ way }: { way: string }) => way);
    expect(ways).toEqual([
      'TEMPORAL_ADDRESS',
      '"temporal" on the PATH',
      'one installed in the cache',
      "the SDK's download",
      'go install',
    ]);
    expect(error.message).toContain('too old: its server is 1.25.2 and 1.28 or newer is needed');
    expect(error.message).toContain('go: no network');
    expect(error.message).toContain('Do one of these: set TEMPORAL_ADDRESS');
  }, 60_000);

  test('what Go builds goes into the cache and is found there the next time', async () => {
    const good = `#!/bin/sh\\n${answers.good.replaceAll('"', '\\"')}\\n`;
    const install = `printf "${good}" > "$GOBIN/temporal" && chmod 755 "$GOBIN/temporal"`;
    program(
      'bin/go',
      `PATH=/usr/bin:/bin; test "$1 $2" = "install github.com/temporalio/cli/cmd/temporal@v1.5.1" && ${install}`,
    );

    expect(await find(['bin'])).toMatchObject({ source: 'go_install', serverVersion: '1.29.1' });
    expect(await find([])).toMatchObject({ source: 'cache', path: join(folder, 'home/cache/bin/temporal') });
    expect(lines.join('\n')).toContain('about two minutes');
  }, 60_000);
});
