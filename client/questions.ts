import { WorkflowNotFoundError } from '@temporalio/client';
import {
  type AnswerRequest,
  type Json,
  type OpenQuestion,
  openQuestions,
  planOf,
  RequestError,
  type RunView,
  runMessages,
  runWorkflowId,
} from '../engine';
import type { ServerConnection } from './connection';
import type { ListedRun } from './listed-run';

/** A question of a run that waits for an answer. */
export interface AskedQuestion extends OpenQuestion {
  readonly dagId: string;
  readonly runId: string;
}

/** So many runs are looked at side by side. */
const runsAtOnce = 10;

/** The open questions of runs, those first that were asked first. A run that ended meanwhile has none. */
export async function questionsOf(
  server: ServerConnection,
  runs: readonly ListedRun[],
): Promise<readonly AskedQuestion[]> {
  const found: AskedQuestion[] = [];
  for (let from = 0; from < runs.length; from += runsAtOnce) {
    const some = runs.slice(from, from + runsAtOnce);
    found.push(...(await Promise.all(some.map((run) => questionsOfRun(server, run)))).flat());
  }
  return found.sort((a, b) => Date.parse(a.askedAt) - Date.parse(b.askedAt));
}

async function questionsOfRun(
  server: ServerConnection,
  { dagId, runId }: Pick<ListedRun, 'dagId' | 'runId'>,
): Promise<readonly AskedQuestion[]> {
  try {
    const { spec, run } = await server.look<RunView>(runWorkflowId(dagId, runId), runMessages.run);
    return openQuestions(planOf(spec), run).map((question) => ({ ...question, dagId, runId }));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return [];
    throw error;
  }
}

/** Answers a question; gives the answer as the run took it. */
export async function answerQuestion(
  server: ServerConnection,
  {
    dagId,
    runId,
    taskId,
    answer,
  }: { readonly [name in 'dagId' | 'runId' | 'taskId']: string } & { readonly answer: Json },
): Promise<Json> {
  const handle = server.temporal.workflow.getHandle(runWorkflowId(dagId, runId));
  const request: AnswerRequest = { task: taskId, answer, by: server.user };
  try {
    // What no worker would take is not sent.
    await server.look<RunView>(runWorkflowId(dagId, runId), runMessages.run);
    const taken = await server.answered(() =>
      handle.executeUpdate<{ readonly answer: Json }, [AnswerRequest]>(runMessages.answer, { args: [request] }),
    );
    return taken.answer;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    throw new RequestError({
      code: 'no_open_question',
      message: `Run ${runId} of ${dagId} is unknown or has ended, so "${taskId}" waits for no answer. Open questions: tidemill questions list`,
      details: { dag: dagId, run: runId, task: taskId },
    });
  }
}
