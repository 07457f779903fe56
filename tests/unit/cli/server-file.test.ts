import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { placeOf } from '../../../cli/connect';
import {
  announceServer,
  findAnnouncedServer,
  type ServerFile,
  serverFilePath,
  withdrawServer,
} from '../../../cli/server-file';

let home: string;
let listener: Server;
let server: ServerFile;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'tidemill-cli-'));
  listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const address = listener.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  server = {
    address: `127.0.0.1:${port}`,
    uiUrl: 'http://127.0.0.1:8233',
    namespace: 'default',
    taskQueue: 'tidemill',
    home: join(home, 'demo'),
    warehouse: join(home, 'demo', 'warehouse'),
    pid: process.pid,
  };
});

afterEach(async () => {
  await new Promise((resolve) => listener.close(resolve));
  rmSync(home, { recursive: true, force: true });
});

test('a running server is found by its home, and lends its warehouse and home', async () => {
  announceServer(home, server);

  expect(await findAnnouncedServer(home)).toEqual(server);
  expect(await placeOf({ home })).toMatchObject({
    address: server.address,
    home: server.home,
    warehouse: server.warehouse,
  });
});

test('an address that is given wins over a running server', async () => {
  announceServer(home, server);

  expect(await placeOf({ home, address: 'temporal:7233' })).toMatchObject({
    address: 'temporal:7233',
    home,
    warehouse: join(home, 'warehouse'),
  });
});

test('a server whose command is gone is not found', async () => {
  announceServer(home, { ...server, pid: 2 ** 22 + 1 });

  expect(await findAnnouncedServer(home)).toBeNull();
});

test('a server that no longer listens is not found', async () => {
  announceServer(home, { ...server, address: '127.0.0.1:1' });

  expect(await findAnnouncedServer(home)).toBeNull();
});

test('a file that makes no sense is as good as none', async () => {
  writeFileSync(serverFilePath(home), '{"address": 5}');

  expect(await findAnnouncedServer(home)).toBeNull();
});

test('a server that lives is not announced over', () => {
  announceServer(home, { ...server, pid: process.ppid });

  expect(announceServer(home, server)).toBe(false);
});

test('a server takes back its own announcement and no other', async () => {
  announceServer(home, { ...server, pid: process.ppid });
  withdrawServer(home);
  expect(await findAnnouncedServer(home)).not.toBeNull();

  rmSync(serverFilePath(home));
  announceServer(home, server);
  withdrawServer(home);
  expect(await findAnnouncedServer(home)).toBeNull();
});
