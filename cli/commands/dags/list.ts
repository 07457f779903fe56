import type { Command } from 'commander';
import type { Control, DagSpec } from '../../../engine';
import { isEngineError } from '../../../engine/errors';
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
import { scheduleText } from '../../schedule-text';

interface ListFlags extends PlaceFlags {
  readonly output: ListFormat;
}

interface DagRow {
  readonly dagId: string;
  readonly spec: DagSpec | null;
  readonly file: string | null;
  /** Null when it is not deployed, or nobody could be asked. */
  readonly control: Control | null;
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
  const rows = rowsOf(project, server.controls);
  await printList(rows, columnsOf(server.reason === null), { format: flags.output, empty: 'There are no DAGs.' });
  if (server.reason !== null) say(`What is deployed is not known: ${server.reason}`);
  for (const line of await brokenLines(project)) say(line);
}

interface ServerAnswer {
  readonly controls: ReadonlyMap<string, Control>;
  /** Why the server could not be asked. */
  readonly reason: string | null;
}

/** Without a server the DAG files are still worth a list. */
async function askServer(flags: PlaceFlags): Promise<ServerAnswer> {
  try {
    const client = await connectTo(await placeOf(flags));
    const ids = await client.dagIds();
    const controls = await Promise.all(ids.map(async (id) => [id, await client.control(id)] as const));
    return { controls: new Map(controls), reason: null };
  } catch (error) {
    if (isEngineError(error) && error.retryable) return { controls: new Map(), reason: error.message };
    throw error;
  }
}

function rowsOf(project: Project, controls: ReadonlyMap<string, Control>): readonly DagRow[] {
  const files = new Map(project.dags.map((dag) => [dag.dagId, dag]));
  return [...new Set([...files.keys(), ...controls.keys()])].sort().map((dagId) => {
    const control = controls.get(dagId) ?? null;
    const file = files.get(dagId);
    const spec = control?.deployment?.spec ?? file?.spec ?? null;
    return { dagId, spec, file: file === undefined ? null : shownPath(file.file), control };
  });
}

function columnsOf(isServerKnown: boolean): readonly ListColumn<DagRow>[] {
  const stateOf = ({ control }: DagRow): string => {
    if (control === null) return isServerKnown ? 'not deployed' : '?';
    return control.paused === null ? 'active' : 'paused';
  };
  const last = ({ control }: DagRow) => control?.recent[0] ?? null;
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
      value: (row) => (row.spec === null ? null : scheduleText(row.spec.timetable)),
      canShrink: true,
    },
    { name: 'active', value: (row) => row.control?.active.length ?? null },
    { name: 'queued', value: (row) => row.control?.queued.length ?? null },
    {
      name: 'last_run',
      value: (row) => last(row)?.label ?? null,
      paint: (row, paint) => (text) => paint.state(last(row)?.state ?? 'none', text),
    },
    {
      name: 'next_run',
      value: (row) => row.control?.nextRunAt ?? null,
      text: (row) => instantText(row.control?.nextRunAt ?? null),
    },
    { name: 'tasks', value: (row) => row.spec?.tasks.length ?? null, isDetail: true },
    { name: 'owner', value: (row) => row.spec?.owner ?? null, isDetail: true },
    { name: 'tags', value: (row) => row.spec?.tags ?? [], isDetail: true },
    { name: 'description', value: (row) => row.spec?.description ?? null, isDetail: true },
    { name: 'file', value: (row) => row.file, isDetail: true },
    { name: 'fresh_until', value: (row) => row.control?.freshUntil ?? null, isDetail: true },
  ];
}
