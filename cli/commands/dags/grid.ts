import type { Command } from 'commander';
import { addServerOptions, type PlaceFlags, withClient } from '../../connect';
import { addExamples } from '../../help';
import { gridLines } from '../../live-grid';
import { print, terminalWidth } from '../../output';
import { lookAtRuns, unseenRun } from '../../run-watch';
import { paintFor } from '../../style';
import { positiveInteger } from './list-runs';

interface GridFlags extends PlaceFlags {
  readonly runs: number;
}

/** `tidemill dags grid DAG`: the last runs and their tasks. */
export function addGridCommand(dags: Command): void {
  const command = dags
    .command('grid')
    .description('draw the last runs of a DAG: a column per run, a row per task, a symbol per state')
    .argument('<dag>', 'id of the DAG')
    .option('-n, --runs <n>', 'how many runs at most', positiveInteger, 30);
  addServerOptions(command).action((dagId: string, flags: GridFlags) => grid(dagId, flags));
  addExamples(command, [['tidemill dags grid retail_daily', 'the last runs, active ones included']]);
}

async function grid(dagId: string, flags: GridFlags): Promise<void> {
  const { control, runs } = await withClient(flags, async (client) => {
    const found = await client.control(dagId);
    const ids = [...found.recent].reverse().map(({ runId }) => runId);
    const active = found.active.map(({ runId }) => runId).filter((runId) => !ids.includes(runId));
    const asked = [...ids, ...active].slice(-flags.runs);
    const seen = asked.map((runId) => unseenRun(dagId, runId));
    return { control: found, runs: await lookAtRuns(client, dagId, seen) };
  });
  const taskIds = control.deployment?.spec.tasks.map(({ taskId }) => taskId) ?? [];
  const sorted = [...runs].sort((a, b) => beginOf(a).localeCompare(beginOf(b)));
  const startedAtMs = Math.min(...runs.map(({ startedAt }) => Date.parse(startedAt ?? '')).filter(Number.isFinite));
  const picture = { dagId, taskIds, runs: sorted, startedAtMs, notice: null };
  const view = { width: terminalWidth(), height: Number.POSITIVE_INFINITY, nowMs: Date.now() };
  if (runs.length === 0) return print(`${dagId} has not run yet.`);
  for (const line of gridLines(picture, { ...view, paint: paintFor(process.stdout) })) print(line);
}

/** By interval, as people read days; a run that waits has none yet, and comes last. */
function beginOf({ interval, startedAt }: { interval: { start: string } | null; startedAt: string | null }): string {
  return `${interval?.start ?? '9999'} ${startedAt ?? '9999'}`;
}
