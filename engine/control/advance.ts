import { assertNever } from '../errors';
import { type Reason, reason } from '../gates/reason';
import { canonicalJson } from '../json';
import type { Step } from '../run/events';
import { epochMs, isoInstantMs } from '../time/instant';
import type { RunSummary } from '../wire';
import { assetUpdated, startByAssets } from './assets';
import { admitted, asked, awaitsPast, lost, over, settled, tellWaiting } from './past';
import { scheduledRun } from './scheduled-run';
import { startBySelf } from './self-started';
import {
  type ActiveRun,
  type Control,
  type ControlCommand,
  type ControlEvent,
  pauseText,
  type QueuedRun,
  type RunNote,
} from './state';

/** How many finished runs and refusals the status page keeps. */
const keptRuns = 25;
const keptRefusals = 10;
/** They are in the memo, which is read with every list. */
const keptNotes = 50;

/**
 * The admission of runs, as a pure state machine: which runs a DAG starts, when, and why others wait.
 * An explicit trigger runs although the DAG is paused (Airflow leaves it queued without a word);
 * `maxActiveRuns` holds for all.
 */
export function advanceControl(control: Control, event: ControlEvent): Step<Control, ControlCommand> {
  const { at } = event;
  const { state, commands } = admit(startByAssets(startBySelf(apply(control, event), at), at), at);
  // After the admissions, so that a run which asks and one that starts are seen in one order.
  const { ledger, news } = tellWaiting(state.past);
  const told = news.map(({ runId, answer }) => ({ kind: 'tell_past', runId, past: answer }) as const);
  return { state: { ...state, past: ledger }, commands: [...commands, ...told] };
}

/** Why a queued run waits; null when it would be admitted now. */
export function waitingReason(control: Control, run: QueuedRun): Reason | null {
  const limit = control.deployment?.spec.maxActiveRuns ?? 0;
  // A backfill has a window of its own.
  const count = control.active.filter(({ runType }) => runType !== 'backfill').length;
  if (count >= limit) {
    return reason('max_active_runs', `${count} of ${limit} active runs (maxActiveRuns)`);
  }
  if (isAutomatic(run) && control.paused !== null) {
    return reason('dag_paused', pauseText(control.paused));
  }
  return null;
}

/** Whether the DAG's own schedule asked for a run, by time or by assets. */
function isAutomatic({ runType }: QueuedRun): boolean {
  return runType === 'scheduled' || runType === 'asset_triggered';
}

function apply(control: Control, event: ControlEvent): Control {
  switch (event.kind) {
    case 'deployed':
      return deployed(control, event);
    case 'due':
      return due(control, event);
    case 'triggered':
      return triggered(control, event);
    case 'backfill_admitted':
      return event.runs.reduce((state, run) => activate(state, { ...run, startedAt: event.at }), control);
    case 'paused':
      return control.paused === null ? { ...control, paused: { by: event.by, at: event.at } } : control;
    case 'unpaused':
      return { ...control, paused: null, failedInRow: 0, activeSince: activeFrom(control, event.at) };
    case 'queued_run_cancelled':
      return cancelQueued(control, event);
    case 'noted':
      return noted(control, event);
    case 'run_ended':
      return runEnded(control, event);
    case 'past_asked':
      return { ...control, past: asked(control.past, event.runId, event.start) };
    case 'tasks_settled':
      return { ...control, past: settled(control.past, event.runId, event.states) };
    case 'asset_updated':
      return assetUpdated(control, event.event, event.at);
    case 'runs_seen':
      return runsSeen(control, event);
    case 'run_lost':
      return runLost(control, event);
    default:
      return assertNever(event);
  }
}

type EventOf<Kind extends ControlEvent['kind']> = Extract<ControlEvent, { kind: Kind }>;

/** A new DAG may begin paused; a known one keeps what it is. A timetable that is another one is active from now on. */
function deployed(control: Control, { deployment, startsPaused, nextRunAt, at }: EventOf<'deployed'>): Control {
  const known = control.deployment;
  const paused = known === null && startsPaused ? { by: 'deploy', at } : control.paused;
  const isSame = known !== null && canonicalJson(known.spec.timetable) === canonicalJson(deployment.spec.timetable);
  return { ...control, deployment, paused, nextRunAt, activeSince: isSame ? control.activeSince : at };
}

/** Who unpauses what is not paused changes nothing. */
function activeFrom({ paused, activeSince }: Control, at: string): string | null {
  return paused === null ? activeSince : at;
}

/** Takes over what the timetable named. While paused nothing is taken over, and the watermark stays. */
function due(control: Control, event: EventOf<'due'>): Control {
  const { nextRunAt } = event;
  if (control.paused !== null) return { ...control, nextRunAt };
  const floorMs = control.watermark === null ? -Infinity : epochMs(control.watermark);
  const fresh = event.runs.filter((run) => epochMs(run.interval.end) > floorMs);
  const queued = fresh.map(({ interval }) => scheduledRun(control, interval, event.at));
  const watermark = fresh.at(-1)?.interval.end ?? control.watermark;
  return { ...control, queued: [...control.queued, ...queued], watermark, nextRunAt };
}

function triggered(control: Control, event: EventOf<'triggered'>): Control {
  let lastManualMs = control.lastManualMs;
  const queued = event.requests.map((request): QueuedRun => {
    lastManualMs = Math.max(epochMs(event.at), lastManualMs + 1);
    return {
      runId: `manual__${isoInstantMs(lastManualMs)}`,
      runType: 'manual',
      ...request,
      triggeredBy: event.by,
      queuedAt: event.at,
    };
  });
  return { ...control, queued: [...control.queued, ...queued], lastManualMs };
}

function cancelQueued(control: Control, event: EventOf<'queued_run_cancelled'>): Control {
  const run = control.queued.find((one) => one.runId === event.runId);
  if (run === undefined) return control;
  const why = reason('stopped', `stopped by ${event.by} while queued`);
  return refuse({ ...control, queued: control.queued.filter((one) => one !== run) }, event.runId, why, event.at);
}

function noted(control: Control, { runId, text, by, at }: EventOf<'noted'>): Control {
  const note: RunNote = { runId, text, by, at };
  const others = control.notes.filter((one) => one.runId !== note.runId);
  return { ...control, notes: note.text === '' ? others : [note, ...others].slice(0, keptNotes) };
}

function runEnded(control: Control, { summary, at }: EventOf<'run_ended'>): Control {
  const known = control.active.some((run) => run.runId === summary.runId);
  // A signal is repeated when its sender was lost: the second one changes nothing.
  if (!known && control.recent.some((run) => run.runId === summary.runId && run.endedAt === summary.endedAt))
    return control;
  return {
    ...control,
    ...countFailure(control, summary, at),
    ...withoutActive(control, summary.runId),
    recent: [summary, ...control.recent].slice(0, keptRuns),
    past: over(control.past, summary.runId, summary.unmet ?? {}),
    freshUntil: later(control.freshUntil, summary.freshUntil),
    freshTables: fresher(control.freshTables, summary.freshTables),
  };
}

/** A backfill has a pause and an end of its own, so its runs are not counted. */
function countFailure(
  { failedInRow, paused, deployment }: Control,
  { runType, state }: RunSummary,
  at: string,
): Pick<Control, 'failedInRow' | 'paused'> {
  if (runType === 'backfill') return { failedInRow, paused };
  const count = state === 'failed' ? failedInRow + 1 : 0;
  const limit = deployment?.spec.maxConsecutiveFailedRuns;
  if (paused !== null || limit === undefined || count < limit) return { failedInRow: count, paused };
  const why = `${count} runs in a row failed (maxConsecutiveFailedRuns)`;
  return { failedInRow: count, paused: { by: 'Tidemill', at, reason: why } };
}

function runLost(control: Control, event: EventOf<'run_lost'>): Control {
  const run = control.active.find((one) => one.runId === event.runId);
  if (run === undefined) return control;
  const why = reason('stopped', event.how);
  const past = control.deployment === null ? control.past : lost(control.past, event.runId, control.deployment.spec);
  return refuse({ ...control, ...withoutActive(control, event.runId), past }, event.runId, why, event.at);
}

function withoutActive({ active, progress }: Control, runId: string): Pick<Control, 'active' | 'progress'> {
  const { [runId]: _gone, ...others } = progress;
  return { active: active.filter((run) => run.runId !== runId), progress: others };
}

/** A look may come back after its run has ended: what it saw is then of no use. */
function runsSeen(control: Control, { seen }: EventOf<'runs_seen'>): Control {
  const active = new Set(control.active.map((run) => run.runId));
  const news = seen.filter(({ runId }) => active.has(runId)).map((one) => [one.runId, one] as const);
  return { ...control, progress: { ...control.progress, ...Object.fromEntries(news) } };
}

function refuse(control: Control, what: string, why: Reason, at: string): Control {
  return { ...control, refused: [{ what, reason: why, at }, ...control.refused].slice(0, keptRefusals) };
}

type Freshness = Control['freshTables'];

/** The later instant of each table: a run for an older day takes no freshness away. */
function fresher(known: Freshness, news: Freshness): Freshness {
  const entries = Object.entries(news).map(([table, until]) => [table, later(known[table] ?? null, until)]);
  return { ...known, ...(Object.fromEntries(entries) as Freshness) };
}

function later(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return epochMs(a) >= epochMs(b) ? a : b;
}

/** Starts what may start, in the order of asking; a run that has to wait for a pause holds up no other. */
function admit(control: Control, at: string): Step<Control, ControlCommand> {
  const { deployment } = control;
  if (deployment === null) return { state: control, commands: [] };
  let state = control;
  const commands: ControlCommand[] = [];
  for (const queued of control.queued) {
    if (waitingReason(state, queued) !== null) continue;
    const run = { ...queued, startedAt: at };
    commands.push({ kind: 'start_run', run, deployment });
    state = activate({ ...state, queued: state.queued.filter((one) => one !== queued) }, run);
  }
  return { state, commands };
}

/** A signal may come twice: a run is active once. */
function activate(control: Control, run: ActiveRun): Control {
  if (control.active.some(({ runId }) => runId === run.runId)) return control;
  const isAwaited = control.deployment !== null && awaitsPast(control.deployment.spec);
  const past = isAwaited ? admitted(control.past, run) : control.past;
  return { ...control, active: [...control.active, run], past };
}
