import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { isJsonObject, type Json } from '../engine/json';

/** What a running `standalone` or `demo` tells the commands in other terminals. */
export interface ServerFile {
  /** host:port. */
  readonly address: string;
  readonly uiUrl: string | null;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly home: string;
  readonly warehouse: string;
  readonly pid: number;
}

const connectWithinMs = 500;

/** The file by which commands with this home find a running server. */
export function serverFilePath(home: string): string {
  return join(home, 'server.json');
}

/** Announces a server in a home. One that lives and was announced there before is left alone; answers whether it was written. */
export function announceServer(home: string, server: ServerFile): boolean {
  const present = readServerFile(home);
  if (present !== null && present.pid !== server.pid && isRunning(present.pid)) return false;
  mkdirSync(home, { recursive: true });
  const path = serverFilePath(home);
  const { address, uiUrl, namespace, taskQueue, warehouse, pid } = server;
  const content = { address, ui_url: uiUrl, namespace, task_queue: taskQueue, home: server.home, warehouse, pid };
  writeFileSync(`${path}.${process.pid}`, `${JSON.stringify(content, null, 2)}\n`);
  renameSync(`${path}.${process.pid}`, path);
  return true;
}

/** Takes back what this process has announced. */
export function withdrawServer(home: string): void {
  if (readServerFile(home)?.pid === process.pid) rmSync(serverFilePath(home), { force: true });
}

/** The server announced in a home, when its command lives and something listens at its address; else null. */
export async function findAnnouncedServer(home: string): Promise<ServerFile | null> {
  const server = readServerFile(home);
  if (server === null || !isRunning(server.pid)) return null;
  return (await listens(server.address)) ? server : null;
}

function readServerFile(home: string): ServerFile | null {
  try {
    return parse(JSON.parse(readFileSync(serverFilePath(home), 'utf8')) as Json);
  } catch {
    // Missing, or being written by an older version: nobody is announced then.
    return null;
  }
}

function parse(value: Json): ServerFile | null {
  if (!isJsonObject(value)) return null;
  const { address, ui_url: uiUrl, namespace, task_queue: taskQueue, home, warehouse, pid } = value;
  if (typeof address !== 'string' || typeof namespace !== 'string' || typeof taskQueue !== 'string') return null;
  if (typeof home !== 'string' || typeof warehouse !== 'string' || typeof pid !== 'number') return null;
  return { address, uiUrl: typeof uiUrl === 'string' ? uiUrl : null, namespace, taskQueue, home, warehouse, pid };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function listens(address: string): Promise<boolean> {
  const at = address.lastIndexOf(':');
  return new Promise((resolve) => {
    const socket = connect({ host: address.slice(0, at), port: Number(address.slice(at + 1)) });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(connectWithinMs, () => finish(false));
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}
