import { proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import {
  type AssetEvent,
  type Control,
  type Holder,
  type Json,
  type KnownRun,
  type Notice,
  type OutputPage,
  type Plan,
  type PoolTelling,
  type Run,
  type RunProgress,
  type RunSummary,
  runRecord,
  type SlotsAnswer,
  type TimetableAnswers,
  type TimetableQuestion,
  type Versions,
} from '../engine/interpreter';

/**
 * Activities of the house itself: small, idempotent, local. They reach what a workflow cannot: the
 * warehouse, time zones, other workflows.
 */
export interface HouseActivities {
  /** Puts the run's immutable record and tells the DAG's control; repeated safely. */
  recordRun(input: {
    readonly record: { readonly [key: string]: Json };
    readonly dagId: string;
    readonly summary: RunSummary;
  }): Promise<void>;
  /** Reads a filled-in form by its schema, which a workflow cannot. */
  checkForm(input: {
    readonly form: Json;
    readonly answer: Json;
  }): Promise<{ readonly value: Json; readonly problems: readonly string[] }>;
  /** Puts the record of a shard of a mapped task, and the page of its outputs; repeated safely. */
  recordShard(input: {
    readonly record: { readonly [key: string]: Json };
    readonly outputs: OutputPage | null;
  }): Promise<void>;
  /** All runs that a DAG has had or has: those on record, and those that are queued or active. */
  knownRuns(input: { readonly dagId: string }): Promise<readonly KnownRun[]>;
  /** Asks the timetable which runs are due and hands them to the DAG's control. */
  wakeControl(input: { readonly dagId: string }): Promise<void>;
  /** Tells the hubs of assets that they were updated; told twice, an event counts once. */
  tellAssets(input: { readonly events: readonly AssetEvent[] }): Promise<void>;
  /** Puts an event into the mailbox of a DAG; one that is gone has none, which is fine. */
  handOver(input: { readonly dagId: string; readonly event: AssetEvent }): Promise<void>;
  /** Answers a question about a DAG's timetable. */
  askTimetable(input: {
    readonly dagId: string;
    readonly question: TimetableQuestion;
  }): Promise<TimetableAnswers[keyof TimetableAnswers]>;
  /**
   * Looks at a DAG's active runs: which are over, though they never said so, and how far those have
   * come that the status page shows. Only what is new is answered, so that looks do not fill a history.
   */
  lookAtRuns(input: {
    readonly dagId: string;
    readonly runIds: readonly string[];
    readonly shown: number;
    readonly known: Control['progress'];
  }): Promise<{
    readonly lost: readonly { readonly runId: string; readonly how: string }[];
    readonly seen: readonly RunProgress[];
  }>;
  /** Brings a holder's requests, and what it gives back, to the broker of slots, which is started if need be. */
  tellPools(telling: PoolTelling): Promise<void>;
  /** Brings the broker's answers to their holders; answers with those that are over. */
  answerHolders(input: { readonly answers: readonly HolderAnswer[] }): Promise<readonly Holder[]>;
  /** Which of these holders are over, or are another execution by now. */
  goneHolders(input: { readonly holders: readonly Holder[] }): Promise<readonly Holder[]>;
}

/** What the broker has to say to one holder. */
export type HolderAnswer = SlotsAnswer & { readonly holder: Holder };

/** An activity on its own, not a local one: it may take long and be repeated for half an hour. */
export interface NotifyActivities {
  /** Tells one notice; throws when it was not delivered. */
  sendNotice(notice: Notice): Promise<void>;
}

export const houseActivities = proxyLocalActivities<HouseActivities>({
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '10 seconds' },
});

/** Records a finished run. */
export async function recordRun(plan: Plan, run: Run, versions: Versions, summary: RunSummary): Promise<void> {
  const execution = workflowInfo().firstExecutionRunId;
  const record = runRecord({ plan, run, versions, execution, at: summary.endedAt });
  await houseActivities.recordRun({ record, dagId: run.identity.dagId, summary });
}
