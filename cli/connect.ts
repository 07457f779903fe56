import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import type { TidemillClient } from '../client';
import { OutsideUnavailable, RequestError } from '../engine/errors';
import type { Project } from '../runner';
import type { Warehouse } from '../warehouse';
import { load } from './load';
import { findAnnouncedServer } from './server-file';

/** Where a command looks: what was given on the command line or in the environment. */
export interface PlaceFlags {
  readonly address?: string;
  readonly namespace?: string;
  readonly taskQueue?: string;
  readonly warehouse?: string;
  readonly dags?: readonly string[];
  readonly home?: string;
}

/** Where a command looks, with every default filled in. */
export interface Place {
  readonly address: string;
  readonly uiUrl: string | null;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly warehouse: string;
  readonly home: string;
}

const usualAddress = '127.0.0.1:7233';

/** Adds what is needed to find Temporal: `--address`, `--namespace`, `--task-queue`, `--home`. */
export function addServerOptions(command: Command): Command {
  addHomeOption(command);
  command.addOption(
    new Option(
      '--address <host:port>',
      `Temporal's address (default: that of a running standalone or demo, else ${usualAddress})`,
    ).env('TEMPORAL_ADDRESS'),
  );
  command.addOption(
    new Option('--namespace <name>', 'Temporal namespace (default: default)').env('TEMPORAL_NAMESPACE'),
  );
  return command.addOption(
    new Option('--task-queue <name>', 'queue of the workers (default: tidemill)').env('TIDEMILL_TASK_QUEUE'),
  );
}

/** Adds `--warehouse` and, when it is not there yet, `--home`. */
export function addWarehouseOption(command: Command): Command {
  addHomeOption(command);
  return command.addOption(
    new Option(
      '--warehouse <dir>',
      'folder of the warehouse (default: that of a running standalone or demo, else HOME/warehouse)',
    ).env('TIDEMILL_WAREHOUSE'),
  );
}

/** Adds `--dags`, which may be given several times. */
export function addDagsOption(command: Command): Command {
  return command.option(
    '--dags <dir>',
    'folder of DAG files, may be given several times (default: ./dags when there is one, else the DAGs that come with Tidemill)',
    (folder: string, before: readonly string[] | undefined) => [...(before ?? []), folder],
  );
}

export function addHomeOption(command: Command): Command {
  if (command.options.some((option) => option.long === '--home')) return command;
  return command.addOption(
    new Option('--home <dir>', 'folder of logs, cache and state (default: .tidemill)').env('TIDEMILL_HOME'),
  );
}

/**
 * Fills in what was not given. A running `standalone` or `demo` of the same home lends its address,
 * warehouse and home, so that commands in another terminal need no options.
 */
export async function placeOf(flags: PlaceFlags): Promise<Place> {
  const { tidemillHome } = load.server();
  const home = flags.home === undefined ? tidemillHome() : resolve(flags.home);
  const announced = flags.address === undefined ? await findAnnouncedServer(home) : null;
  const realHome = announced?.home ?? home;
  return {
    address: flags.address ?? announced?.address ?? usualAddress,
    uiUrl: announced?.uiUrl ?? null,
    namespace: flags.namespace ?? announced?.namespace ?? 'default',
    taskQueue: flags.taskQueue ?? announced?.taskQueue ?? 'tidemill',
    warehouse: flags.warehouse ?? announced?.warehouse ?? join(realHome, 'warehouse'),
    home: realHome,
  };
}

/** Runs a body with a client. Its connection is left to the end of the process, which waits for nothing. */
export async function withClient<Result>(
  flags: PlaceFlags,
  body: (client: TidemillClient, place: Place) => Promise<Result>,
): Promise<Result> {
  const place = await placeOf(flags);
  return await body(await connectTo(place), place);
}

export async function connectTo(place: Place): Promise<TidemillClient> {
  const { TidemillClient } = load.client();
  const { address, namespace, taskQueue } = place;
  if (await refusesConnections(address)) throw nobodyThere(address);
  return await TidemillClient.connect({ address, namespace, taskQueue });
}

/** The client's own attempt goes on for five seconds; a port where nobody listens says so at once. */
function refusesConnections(address: string): Promise<boolean> {
  const at = address.lastIndexOf(':');
  const port = Number(address.slice(at + 1));
  if (at < 0 || !Number.isInteger(port) || port > 65_535) return Promise.resolve(true);
  return new Promise((resolve) => {
    const socket = connect({ host: address.slice(0, at), port });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => finish(false));
    socket.once('connect', () => finish(false));
    socket.once('error', (error: NodeJS.ErrnoException) => finish(error.code === 'ECONNREFUSED'));
  });
}

function nobodyThere(address: string): OutsideUnavailable {
  return new OutsideUnavailable({
    code: 'temporal_unreachable',
    message: `No Temporal server listens at ${address} (host:port). Start one with "tidemill standalone", or name another with --address or TEMPORAL_ADDRESS.`,
    details: { address },
  });
}

/** Runs a body with a warehouse that must be there already: a command that reads never makes one. */
export async function withWarehouse<Result>(
  uri: string,
  body: (warehouse: Warehouse) => Promise<Result>,
): Promise<Result> {
  if (!hasWarehouse(uri)) throw warehouseMissing(folderOf(uri));
  const { openWarehouse } = load.warehouse();
  const warehouse = await openWarehouse({ uri });
  try {
    return await body(warehouse);
  } finally {
    await warehouse.close();
  }
}

/** False when the folder holds no warehouse; what lies elsewhere tells by itself. */
export function hasWarehouse(uri: string): boolean {
  const isFolder = !/^[a-z][a-z0-9+.-]+:\/\//i.test(uri) || uri.startsWith('file:');
  return !isFolder || existsSync(join(folderOf(uri), 'warehouse.json'));
}

function warehouseMissing(folder: string): RequestError {
  const demo = join('.tidemill', 'demo', 'warehouse');
  const hint = existsSync(join(demo, 'warehouse.json')) ? ` The demo's is at ${demo}.` : '';
  return new RequestError({
    code: 'warehouse_missing',
    message: `There is no warehouse at ${shownPath(folder)}. Name one with --warehouse DIR or TIDEMILL_WAREHOUSE.${hint}`,
    details: { warehouse: folder },
  });
}

/** The local folder of a warehouse's URI. */
export function folderOf(uri: string): string {
  return uri.startsWith('file:') ? fileURLToPath(uri) : resolve(uri);
}

/** The folders of DAG files that a command works on. */
export async function dagFoldersOf(flags: PlaceFlags): Promise<readonly string[]> {
  if (flags.dags !== undefined) return flags.dags;
  if (existsSync('dags')) return ['dags'];
  const { installationFolder } = load.runner();
  return [join(installationFolder, 'dags')];
}

/** Loads the DAG files that a command works on. */
export async function loadDags(flags: PlaceFlags): Promise<Project> {
  const { loadProject } = load.runner();
  return await loadProject(await dagFoldersOf(flags));
}

/** A path as people read it: from the current folder when it lies below. */
export function shownPath(path: string): string {
  const way = relative(process.cwd(), path);
  return way === '' ? '.' : way.startsWith('..') ? path : way;
}
