import type { Command } from 'commander';
import type { TidemillClient } from '../../../client';
import type { DagListing, DagSpec } from '../../../engine';
import { isEngineError } from '../../../engine/errors';
import { dagListing, scheduleText } from '../../../engine/interpreter';
import type { Project } from '../../../runner';
import {
  addDagsOption,
  addServerOptions,
  connectTo,
  loadDags,
  type PlaceFlags,
  placeOf,
  shownPath,
} from '../../connect';
import { brokenLines } from '../../find-dag';
import { addExamples } from '../../help';
import { addOutputOption, instantText, type ListColumn, type ListFormat, printList, say } from '../../output';

interface ListFlags extends PlaceFlags {
  readonly output: ListFormat;
}

interface DagRow {
  readonly dagId: string;
  /** As its file has it. */
  readonly spec: DagSpec | null;
  readonly file: string | null;
  /** Null when it is not deployed, or nobody could be asked. */
  readonly listing: DagListing | null;
}

/** `tidemill dags list`: DAGs of the files and of the server, in one list. */
export function addListCommand(dags: Command): void {
  const command = dags.command('list').description('list all DAGs: those in the DAG files and those deployed');
  addOutputOption(addDagsOption(addServerOptions(command))).action((flags: ListFlags) => list(flags));
  addExamples(command, [
    ['tidemill dags list', 'schedule, pause, runs and next run of every DAG'],
    ['tidemill dags list --dags ../other/dags -o json', 'DAGs of another folder, for a program'],
  ]);
}

async function list(flags: ListFlags): Promise<void> {
  const [project, server] = await Promise.all([loadDags(flags), askServer(flags)]);
  const rows = rowsOf(project, server.listings);
  await printList(rows, columnsOf(server.isKnown), { format: flags.output, empty: 'There are no DAGs.' });
  for (const { dagId, listing } of rows) {
    if (listing?.pauseReason !== null && listing?.pauseReason !== undefined)
      say(`${dagId} paused itself: ${listing.pauseReason}`);
  }
  if (!server.isKnown) say(`What is deployed is not known: ${server.reason}`);
  else if (server.reason !== null) say(`As the server's list has it: ${server.reason}`);
  for (const line of await brokenLines(project)) say(line);
}

interface ServerAnswer {
  readonly listings: readonly DagListing[];
  readonly isKnown: boolean;
  /** Why the server or its workers could not be asked. */
  readonly reason: string | null;
}

/** Without a server the DAG files are still worth a list; without a worker the server's own list is. */
async function askServer(flags: PlaceFlags): Promise<ServerAnswer> {
  try {
    return await askWorkers(await connectTo(await placeOf(flags)));
  } catch (error) {
    if (isEngineError(error) && error.retryable) return { listings: [], isKnown: false, reason: error.message };
    throw error;
  }
}

async function askWorkers(client: TidemillClient): Promise<ServerAnswer> {
  try {
    const ids = await client.dagIds();
    const controls = await Promise.all(ids.map((id) => client.control(id)));
    return { listings: controls.map(dagListing), isKnown: true, reason: null };
  } catch (error) {
    if (!isEngineError(error) || error.code !== 'no_worker') throw error;
    return { listings: await client.listDags(), isKnown: true, reason: error.message };
  }
}

function rowsOf(project: Project, listings: readonly DagListing[]): readonly DagRow[] {
  const files = new Map(project.dags.map((dag) => [dag.dagId, dag]));
  const deployed = new Map(listings.map((listing) => [listing.dagId, listing]));
  return [...new Set([...files.keys(), ...deployed.keys()])].sort().map((dagId) => {
    const file = files.get(dagId);
    const path = file === undefined ? null : shownPath(file.file);
    return { dagId, spec: file?.spec ?? null, file: path, listing: deployed.get(dagId) ?? null };
  });
}

function columnsOf(isServerKnown: boolean): readonly ListColumn<DagRow>[] {
  const stateOf = ({ listing }: DagRow): string => {
    if (listing === null) return isServerKnown ? 'not deployed' : '?';
    return listing.pausedBy === null ? 'active' : 'paused';
  };
  const last = ({ listing }: DagRow) => listing?.lastRun ?? null;
  return [
    { name: 'dag_id', value: (row) => row.dagId },
    {
      name: 'state',
      value: stateOf,
      paint: (row, paint) =>
        stateOf(row) === 'active' ? paint.green : stateOf(row) === 'paused' ? paint.yellow : paint.dim,
    },
    {
      name: 'schedule',
      value: ({ listing, spec }) => {
        const known = listing ?? spec;
        const timetable = known?.timetable ?? null;
        return known === null || timetable === null ? null : scheduleText({ ...known, timetable });
      },
      canShrink: true,
    },
    { name: 'active', value: (row) => row.listing?.activeCount ?? null },
    { name: 'queued', value: (row) => row.listing?.queuedCount ?? null },
    {
      name: 'last_run',
      value: (row) => last(row)?.label ?? null,
      paint: (row, paint) => (text) => paint.state(last(row)?.state ?? 'none', text),
    },
    {
      name: 'next_run',
      value: (row) => row.listing?.nextRunAt ?? null,
      text: (row) => instantText(row.listing?.nextRunAt ?? null),
    },
    { name: 'pause_reason', value: (row) => row.listing?.pauseReason ?? null, isDetail: true },
    { name: 'tasks', value: (row) => row.listing?.taskCount ?? row.spec?.tasks.length ?? null, isDetail: true },
    { name: 'owner', value: (row) => row.listing?.owner ?? row.spec?.owner ?? null, isDetail: true },
    { name: 'tags', value: (row) => row.listing?.tags ?? row.spec?.tags ?? [], isDetail: true },
    { name: 'description', value: (row) => row.spec?.description ?? null, isDetail: true },
    { name: 'file', value: (row) => row.file, isDetail: true },
    { name: 'fresh_until', value: (row) => row.listing?.freshUntil ?? null, isDetail: true },
  ];
}
