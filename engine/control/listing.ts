import type { AssetSchedule } from '../assets/condition';
import type { RunStateName } from '../run/task-state';
import type { TimetableSpec } from '../time/timetable-spec';
import type { Control } from './state';

/** How a deployed DAG stands, small enough for its workflow's memo: what a list shows, also when no worker lives. */
export interface DagListing {
  readonly dagId: string;
  readonly pausedBy: string | null;
  /** Why the DAG paused itself. */
  readonly pauseReason: string | null;
  readonly timetable: TimetableSpec | null;
  readonly assets?: AssetSchedule;
  readonly owner: string | null;
  readonly tags: readonly string[];
  readonly taskCount: number;
  readonly activeCount: number;
  readonly queuedCount: number;
  readonly nextRunAt: string | null;
  readonly lastRun: { readonly runId: string; readonly state: RunStateName; readonly label: string } | null;
  readonly freshUntil: string | null;
}

export function dagListing(control: Control): DagListing {
  const spec = control.deployment?.spec;
  const last = control.recent[0];
  return {
    dagId: control.dagId,
    pausedBy: control.paused?.by ?? null,
    pauseReason: control.paused?.reason ?? null,
    timetable: spec?.timetable ?? null,
    ...(spec?.assets === undefined ? {} : { assets: spec.assets }),
    owner: spec?.owner ?? null,
    tags: spec?.tags ?? [],
    taskCount: spec?.tasks.length ?? 0,
    activeCount: control.active.length,
    queuedCount: control.queued.length,
    nextRunAt: control.nextRunAt,
    lastRun: last === undefined ? null : { runId: last.runId, state: last.state, label: last.label },
    freshUntil: control.freshUntil,
  };
}
