import type { Json } from '../json';
import type { RunStateName } from '../run/task-state';
import type { DataInterval } from '../time/interval';

/**
 * Which dates are run that have a run already: none, those whose last run failed, or all that came to an
 * end. One whose last run is queued or running is always left alone.
 */
export const reprocessPolicies = ['none', 'failed', 'completed'] as const;

export type Reprocess = (typeof reprocessPolicies)[number];

/** What a backfill was asked for. */
export interface BackfillRequest {
  readonly dagId: string;
  /** The instant of asking, with milliseconds. */
  readonly backfillId: string;
  /** The whole range, half-open. */
  readonly range: DataInterval;
  readonly reprocess: Reprocess;
  /** The newest date first. */
  readonly backwards: boolean;
  /** Runs at once; beside the DAG's `maxActiveRuns`, not within. */
  readonly maxActive: number;
  readonly params: Json;
  readonly by: string;
  /** Plans and ends. */
  readonly isDryRun: boolean;
}

/** `pending` dates have no run yet; `cancelled` ones never get one. */
export type BackfillDateState = 'pending' | 'running' | 'success' | 'failed' | 'skipped' | 'cancelled';

/** One date of a backfill: what is done with it, why, and what came of it. */
export interface BackfillDate {
  readonly interval: DataInterval;
  readonly runId: string;
  readonly state: BackfillDateState;
  /** Why it is run, was skipped, or ended as it did. */
  readonly reason: string;
}

export type BackfillStatus = 'running' | 'paused' | 'cancelling' | 'ended';

/** The whole state of a backfill: plain data, handed on by continue-as-new. */
export interface Backfill {
  readonly format: 1;
  readonly request: BackfillRequest;
  readonly status: BackfillStatus;
  /** Who paused or cancelled it. */
  readonly by: string | null;
  readonly startedAt: string;
  readonly endedAt: string | null;
  /** Runs that may be active at once; 0 while the driver drains it. */
  readonly window: number;
  /** In the order in which they are run. */
  readonly dates: readonly BackfillDate[];
}

/** A run that a DAG had before the backfill, as far as it matters to the plan. */
export interface KnownRun {
  readonly runId: string;
  readonly start: string;
  readonly state: RunStateName;
  /** When it ended, or was asked for. Of two for one date one that is open counts, else the later one. */
  readonly at: string;
}

export type BackfillEvent =
  | { readonly kind: 'paused' | 'cancelled'; readonly by: string; readonly at: string }
  | { readonly kind: 'resumed'; readonly at: string }
  | {
      readonly kind: 'run_ended';
      readonly runId: string;
      readonly state: 'success' | 'failed';
      /** What is said of its end: the run's label, or how it was lost or refused. */
      readonly label: string;
      readonly at: string;
    }
  | { readonly kind: 'window_changed'; readonly window: number; readonly at: string };

export type BackfillCommand =
  | { readonly kind: 'start_runs'; readonly dates: readonly BackfillDate[] }
  | { readonly kind: 'stop_run'; readonly runId: string; readonly by: string };
