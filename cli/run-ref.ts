import type { ListedRun, TidemillClient } from '../client';
import { didYouMean, RequestError } from '../engine/errors';
import type { DataInterval } from '../engine/time/interval';

/** As many runs are looked through for a date; older ones are named by their id. */
const searchedRuns = 1_000;

/**
 * The run id that a person means: a run id, `latest`, or a date or instant (the newest run whose
 * interval begins there). Works without a worker; throws `unknown_run`.
 */
export async function resolveRunId(client: TidemillClient, dagId: string, text: string): Promise<string> {
  if (text.includes('__')) return text;
  const runs = await client.listRuns({ dagId, limit: searchedRuns });
  const found = text === 'latest' ? runs[0] : runs.find((run) => startsWithDate(intervalOf(run)?.start ?? '', text));
  if (found !== undefined) return found.runId;
  // A DAG that does not exist is the more helpful thing to say.
  if (runs.length === 0) await client.control(dagId);
  throw new RequestError({
    code: 'unknown_run',
    message: `${dagId} has no run "${text}".${didYouMean(
      text,
      runs.map((run) => run.runId),
    )} Give a run id, a date or "latest"; list them: tidemill dags list-runs ${dagId}`,
    details: { dag: dagId, run: text },
  });
}

/** The interval of a listed run, from the two lines that it keeps for when no worker lives. */
export function intervalOf(run: ListedRun): DataInterval | null {
  const match = /^(\d{4}-\S+Z) to (\d{4}-\S+?Z)(,|$)/m.exec(run.summary);
  return match === null ? null : { start: match[1] ?? '', end: match[2] ?? '' };
}

/** The label of a listed run: `success, 1 failed` where the state alone would hide it. */
export function labelOf(run: ListedRun): string {
  const failed = run.failedTasks.length;
  return run.state === 'success' && failed > 0 ? `success, ${failed} failed` : run.state;
}

function startsWithDate(start: string, text: string): boolean {
  const given = Date.parse(text);
  return !Number.isNaN(given) && start !== '' && Date.parse(start) === given;
}
