import type { AssetEvent } from '../assets/event';
import { emptyMailbox, type Mailbox } from '../assets/mailbox';
import type { DagSpec } from '../dag/spec';
import type { PastAnswer } from '../gates/past';
import type { Reason } from '../gates/reason';
import type { Json } from '../json';
import type { RunType } from '../run/run';
import type { TaskState } from '../run/task-state';
import type { DataInterval } from '../time/interval';
import type { DueRun } from '../time/timetable';
import type { RunProgress, RunSummary, Versions } from '../wire';
import { emptyLedger, type PastLedger } from './past';

/** A run that was asked for and waits to be admitted. */
export interface QueuedRun {
  readonly runId: string;
  readonly runType: RunType;
  readonly interval: DataInterval;
  readonly params: Json;
  readonly triggeredBy: string;
  readonly queuedAt: string;
  /** Of a run for assets: the events that stand for it, newest last. */
  readonly assetEvents?: readonly AssetEvent[];
  /** Of a run for one partition of its assets. */
  readonly partition?: string;
}

export interface ActiveRun extends QueuedRun {
  readonly startedAt: string;
}

export interface Deployment {
  readonly spec: DagSpec;
  readonly versions: Versions;
  readonly deployedAt: string;
  readonly deployedBy: string;
  /** The folder of DAG files that it came from: deploying that folder again without it removes it. */
  readonly folder: string;
}

export interface Pause {
  readonly by: string;
  readonly at: string;
  /** Why, where the DAG paused itself. */
  readonly reason?: string;
}

/** `paused by ada at …`, with the reason of a DAG that paused itself. */
export function pauseText({ by, at, reason }: Pause): string {
  return `paused by ${by} at ${at}${reason === undefined ? '' : `: ${reason}`}`;
}

/** A note about a run: what its numbers do not say. */
export interface RunNote {
  readonly runId: string;
  readonly text: string;
  readonly by: string;
  readonly at: string;
}

/**
 * What a DAG's control remembers: plain data, handed on whole by continue-as-new. `watermark` (the
 * end of the last interval that the schedule handed over) is what refuses a double run for ever;
 * the server's own refusal lasts only for its retention time.
 */
export interface Control {
  readonly format: 1;
  readonly dagId: string;
  readonly deployment: Deployment | null;
  readonly paused: Pause | null;
  /** Runs that failed since the last one that succeeded; what `maxConsecutiveFailedRuns` counts. */
  readonly failedInRow: number;
  readonly watermark: string | null;
  /** When this timetable was deployed, or unpaused after that. */
  readonly activeSince: string | null;
  readonly nextRunAt: string | null;
  readonly queued: readonly QueuedRun[];
  readonly active: readonly ActiveRun[];
  /** What people have noted about runs, the newest note first. */
  readonly notes: readonly RunNote[];
  /** How far active runs had come when they were last looked at, by run id; only those that the status page shows. */
  readonly progress: { readonly [runId: string]: RunProgress };
  /** Newest first. */
  readonly recent: readonly RunSummary[];
  /** Events of the assets that the DAG waits for. */
  readonly mailbox: Mailbox;
  /** For tasks that wait for the run before theirs. */
  readonly past: PastLedger;
  readonly freshUntil: string | null;
  /** Fresh until when, by published table. */
  readonly freshTables: { readonly [table: string]: string };
  /** Epoch milliseconds of the newest manual run id: ids are unique although many are made at once. */
  readonly lastManualMs: number;
  /** Newest first: what was not run and why. */
  readonly refused: readonly { readonly what: string; readonly reason: Reason; readonly at: string }[];
}

export function newControl(dagId: string): Control {
  return {
    format: 1,
    dagId,
    deployment: null,
    paused: null,
    failedInRow: 0,
    watermark: null,
    activeSince: null,
    nextRunAt: null,
    queued: [],
    active: [],
    notes: [],
    progress: {},
    recent: [],
    mailbox: emptyMailbox,
    past: emptyLedger,
    freshUntil: null,
    freshTables: {},
    lastManualMs: 0,
    refused: [],
  };
}

export interface TriggerRequest {
  readonly interval: DataInterval;
  readonly params: Json;
}

export type ControlEvent =
  | {
      readonly kind: 'deployed';
      readonly deployment: Deployment;
      /** Whether a DAG that is new here begins paused; one that is known keeps what it is. */
      readonly startsPaused: boolean;
      readonly nextRunAt: string | null;
      readonly at: string;
    }
  | { readonly kind: 'due'; readonly runs: readonly DueRun[]; readonly nextRunAt: string | null; readonly at: string }
  | {
      readonly kind: 'triggered';
      readonly requests: readonly TriggerRequest[];
      readonly by: string;
      readonly at: string;
    }
  /** A backfill is about to start these runs, in a window of its own. */
  | { readonly kind: 'backfill_admitted'; readonly runs: readonly QueuedRun[]; readonly at: string }
  | { readonly kind: 'paused'; readonly by: string; readonly at: string }
  | { readonly kind: 'unpaused'; readonly at: string }
  | { readonly kind: 'queued_run_cancelled'; readonly runId: string; readonly by: string; readonly at: string }
  /** An empty text takes the note away. */
  | ({ readonly kind: 'noted' } & RunNote)
  | { readonly kind: 'run_ended'; readonly summary: RunSummary; readonly at: string }
  /** A run asks which run was before the interval that begins at `start`. */
  | { readonly kind: 'past_asked'; readonly runId: string; readonly start: string; readonly at: string }
  | {
      readonly kind: 'tasks_settled';
      readonly runId: string;
      readonly states: { readonly [taskId: string]: TaskState };
      readonly at: string;
    }
  | { readonly kind: 'asset_updated'; readonly event: AssetEvent; readonly at: string }
  /** Active runs were looked at, and these have come further. */
  | { readonly kind: 'runs_seen'; readonly seen: readonly RunProgress[]; readonly at: string }
  /** A run that was active is gone from the server without a word (terminated by hand, say). */
  | { readonly kind: 'run_lost'; readonly runId: string; readonly how: string; readonly at: string };

export type ControlCommand =
  /** Start a run's workflow; a second start of one run id is refused by the server. */
  | { readonly kind: 'start_run'; readonly run: ActiveRun; readonly deployment: Deployment }
  /** Tell a run how the one before it stands. */
  | { readonly kind: 'tell_past'; readonly runId: string; readonly past: PastAnswer };
