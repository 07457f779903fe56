import { type Command, Option } from 'commander';
import type { ListedRun, TidemillClient } from '../../../client';
import type { RunNote, RunStateName } from '../../../engine';
import { RequestError } from '../../../engine/errors';
import { shortDuration } from '../../../engine/interpreter';
import { addServerOptions, type PlaceFlags, withClient } from '../../connect';
import { addExamples } from '../../help';
import { addOutputOption, instantText, intervalText, type ListColumn, type ListFormat, printList } from '../../output';
import { intervalOf, labelOf } from '../../run-ref';

interface ListRunsFlags extends PlaceFlags {
  readonly output: ListFormat;
  readonly state?: RunStateName;
  readonly limit: number;
}

/** `tidemill dags list-runs [DAG]`: from the server's own list, so that it needs no worker. */
export function addListRunsCommand(dags: Command): void {
  const command = dags
    .command('list-runs')
    .description('list runs, newest first; needs no worker')
    .argument('[dag]', 'id of the DAG; all DAGs when left out')
    .addOption(
      new Option('--state <state>', 'only runs in this state').choices(['queued', 'running', 'success', 'failed']),
    )
    .option('--limit <n>', 'at most so many', positiveInteger, 100);
  addOutputOption(addServerOptions(command)).action((dagId: string | undefined, flags: ListRunsFlags) =>
    listRuns(dagId, flags),
  );
  addExamples(command, [
    ['tidemill dags list-runs retail_daily', 'the last 100 runs of a DAG'],
    ['tidemill dags list-runs --state failed', 'what failed lately, in any DAG'],
  ]);
}

async function listRuns(dagId: string | undefined, flags: ListRunsFlags): Promise<void> {
  const { state, limit } = flags;
  const { runs, notes } = await withClient(flags, async (client) => {
    const listed =
      state === 'queued'
        ? []
        : await client.listRuns({
            limit,
            ...(dagId === undefined ? {} : { dagId }),
            ...(state === undefined ? {} : { state }),
          });
    const notes = await client.notes();
    if (state === 'queued') return { runs: await queuedRuns(client, dagId), notes };
    // An empty list of a DAG that does not exist would be a wrong answer.
    if (listed.length === 0 && dagId !== undefined) await client.control(dagId);
    return { runs: listed, notes };
  });
  await printList(runs, runColumns(Date.now(), dagId === undefined, notes), {
    format: flags.output,
    empty: 'No runs.',
  });
}

/** Runs that wait have no workflow yet: only their DAG's control knows them. */
async function queuedRuns(client: TidemillClient, dagId: string | undefined): Promise<readonly ListedRun[]> {
  const ids = dagId === undefined ? await client.dagIds() : [dagId];
  const controls = await Promise.all(ids.map((id) => client.control(id)));
  return controls.flatMap((control) =>
    control.queued.map((run) => ({
      dagId: control.dagId,
      runId: run.runId,
      runType: run.runType,
      state: 'queued' as const,
      retries: 0,
      failedTasks: [],
      startedAt: run.queuedAt,
      endedAt: null,
      summary: `\n${run.interval.start} to ${run.interval.end}`,
    })),
  );
}

function runColumns(
  nowMs: number,
  hasManyDags: boolean,
  notes: ReadonlyMap<string, readonly RunNote[]>,
): readonly ListColumn<ListedRun>[] {
  const noteOf = ({ dagId, runId }: ListedRun): RunNote | undefined =>
    notes.get(dagId)?.find((note) => note.runId === runId);
  const hasNotes = [...notes.values()].some((some) => some.length > 0);
  const durationMs = (run: ListedRun): number =>
    (run.endedAt === null ? nowMs : Date.parse(run.endedAt)) - Date.parse(run.startedAt);
  const interval = (run: ListedRun) => intervalOf(run);
  return [
    { name: 'dag_id', value: (run) => run.dagId, isDetail: !hasManyDags },
    { name: 'run_id', value: (run) => run.runId },
    { name: 'state', value: labelOf, paint: (run, paint) => (text) => paint.state(run.state, text) },
    {
      name: 'interval',
      value: (run) => {
        const found = interval(run);
        return found === null ? null : `${found.start}/${found.end}`;
      },
      text: (run) => {
        const found = interval(run);
        return found === null ? '' : intervalText(found);
      },
    },
    { name: 'started_at', value: (run) => run.startedAt, text: (run) => instantText(run.startedAt) },
    { name: 'ended_at', value: (run) => run.endedAt, isDetail: true },
    {
      name: 'duration_ms',
      heading: 'duration',
      value: durationMs,
      text: (run) => (run.state === 'queued' ? '' : shortDuration(durationMs(run))),
    },
    { name: 'retries', value: (run) => run.retries, text: (run) => (run.retries === 0 ? '' : String(run.retries)) },
    { name: 'failed_tasks', value: (run) => run.failedTasks, canShrink: true },
    { name: 'note', value: (run) => noteOf(run)?.text ?? null, canShrink: true, isDetail: !hasNotes },
    { name: 'run_type', value: (run) => run.runType, isDetail: true },
  ];
}

export function positiveInteger(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new RequestError({
    code: 'bad_number',
    message: `"${text}" is no number of things. Give a whole number above 0.`,
  });
}
