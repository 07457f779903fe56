import { connect } from 'node:net';
import type { Command } from 'commander';
import type { Json } from '../../engine';
import { isEngineError, OutsideUnavailable, RequestError } from '../../engine/errors';
import type { Connection, Listed, Vault } from '../../vault';
import { addHomeOption, type PlaceFlags, placeOf } from '../connect';
import { addExamples } from '../help';
import { load } from '../load';
import { addOutputOption, type ListColumn, type ListFormat, print, printList } from '../output';

interface VaultFlags extends PlaceFlags {
  readonly output: ListFormat;
}

/** `tidemill connections …`: how to reach what is outside. Secrets are never shown. */
export function addConnectionsCommands(program: Command): void {
  const connections = program.command('connections').description('look at connections, and try them');
  const list = connections.command('list').description('list the connections of the environment and the file');
  addOutputOption(addHomeOption(list)).action((flags: VaultFlags) => listConnections(flags));
  const get = connections
    .command('get')
    .description('show one, from any source, without its secrets')
    .argument('<id>', 'id of the connection');
  addOutputOption(addHomeOption(get)).action((id: string, flags: VaultFlags) => getConnection(id, flags));
  const test = connections
    .command('test')
    .description('read one and open a connection to its host and port')
    .argument('<id>', 'id of the connection');
  addHomeOption(test).action((id: string, flags: VaultFlags) => testConnection(id, flags));
  addExamples(connections, [
    ['TIDEMILL_CONN_SHOP=postgres://ada:pass@db/shop tidemill connections get shop', 'what a task would get'],
    ['tidemill connections test shop', 'whether somebody listens there'],
  ]);
}

export async function vaultAt(flags: PlaceFlags): Promise<Vault> {
  const { home } = await placeOf(flags);
  return load.vault().vaultOf({ home });
}

type Shown = Listed & { readonly connection: Connection | null; readonly error: string | null };

const columns: readonly ListColumn<Shown>[] = [
  { name: 'id', value: (row) => row.id },
  { name: 'type', value: (row) => row.connection?.type ?? null },
  { name: 'host', value: (row) => row.connection?.host ?? null },
  { name: 'port', value: (row) => row.connection?.port ?? null },
  { name: 'login', value: (row) => row.connection?.login ?? null },
  { name: 'password', value: (row) => row.connection?.password ?? null },
  { name: 'path', value: (row) => row.connection?.path ?? null },
  { name: 'extra', value: (row) => (row.connection?.extra ?? {}) as Json, isDetail: true },
  { name: 'source', value: (row) => row.source },
  { name: 'error', value: (row) => row.error, canShrink: true, isDetail: true },
];

async function listConnections(flags: VaultFlags): Promise<void> {
  const vault = await vaultAt(flags);
  const rows = await Promise.all(vault.list('connection').map((one) => shown(vault, one)));
  const withErrors = columns.map((column) =>
    column.name === 'error' ? { ...column, isDetail: rows.every((row) => row.error === null) } : column,
  );
  await printList(rows, withErrors, { format: flags.output, empty: 'There are no connections.' });
}

/** One that is broken is still worth its line. */
async function shown(vault: Vault, one: Listed): Promise<Shown> {
  try {
    return { ...one, connection: load.vault().masked(await vault.connection(one.id)), error: null };
  } catch (error) {
    if (!isEngineError(error)) throw error;
    return { ...one, connection: null, error: error.message };
  }
}

async function getConnection(id: string, flags: VaultFlags): Promise<void> {
  const vault = await vaultAt(flags);
  const connection = load.vault().masked(await vault.connection(id));
  const row = { id, source: await vault.sourceOf('connection', id), connection, error: null };
  const whole = columns.map((column) => ({ ...column, isDetail: column.name === 'error' }));
  await printList([row], whole, { format: flags.output, empty: '' });
}

/** Ports of types that people write without one. */
const usualPorts: { readonly [type: string]: number } = {
  ...{ http: 80, https: 443, webhook: 443, postgres: 5432, postgresql: 5432, mysql: 3306, smtp: 25, smtps: 465 },
  ...{ ftp: 21, sftp: 22, ssh: 22, redis: 6379, mongodb: 27_017, s3: 443 },
};
const answerWithinMs = 5_000;

async function testConnection(id: string, flags: VaultFlags): Promise<void> {
  const { type, host, port } = await (await vaultAt(flags)).connection(id);
  const at = port ?? usualPorts[type];
  if (host === null || at === undefined) {
    throw new RequestError({
      code: 'connection_untestable',
      message: `Connection ${id} (${type}) can be read, but it has no ${host === null ? 'host' : 'port'} to knock at.`,
      details: { connection: id, type },
    });
  }
  await knock(id, host, at);
  print(`${id}: ${host}:${at} answers (${type}); login and password were not tried`);
}

function knock(id: string, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const finish = (why: string | null): void => {
      socket.destroy();
      if (why === null) resolve();
      else reject(unreachable(id, host, port, why));
    };
    socket.setTimeout(answerWithinMs, () => finish(`no answer within ${answerWithinMs / 1_000} s`));
    socket.once('connect', () => finish(null));
    socket.once('error', (error) => finish(error.message));
  });
}

function unreachable(id: string, host: string, port: number, why: string): OutsideUnavailable {
  return new OutsideUnavailable({
    code: 'connection_unreachable',
    message: `Connection ${id}: nobody answers at ${host}:${port} (${why}).`,
    details: { connection: id, host, port },
  });
}
