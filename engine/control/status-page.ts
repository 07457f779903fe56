import { conditionText } from '../assets/condition';
import { pendingText } from '../assets/schedule-text';
import type { TaskState } from '../run/task-state';
import { tableCell } from '../run/task-table';
import { shortDuration } from '../time/duration';
import { epochMs } from '../time/instant';
import type { DataInterval } from '../time/interval';
import type { RunSummary } from '../wire';
import { waitingReason } from './advance';
import { type ActiveRun, type Control, pauseText } from './state';

const symbols: { readonly [state in TaskState]: string } = {
  none: '·',
  scheduled: '○',
  queued: '○',
  running: '▶',
  success: '■',
  restarting: '↻',
  failed: '✗',
  skipped: '–',
  upstream_failed: '⊘',
  up_for_retry: '↻',
  up_for_reschedule: '◷',
  awaiting_input: '?',
  deferred: '◷',
};

/** The symbol by which grids show a task's state. */
export function stateSymbol(state: TaskState): string {
  return symbols[state];
}

/** Of active runs, and of recent ones. */
export const shownRuns = 15;
const shownQueued = 10;
const shownRetries = 15;
const shownTables = 40;
const shownNotes = 10;

function nextText({ nextRunAt, deployment }: Control): string {
  const { timetable, assets } = deployment?.spec ?? {};
  if (nextRunAt !== null) return nextRunAt;
  if (assets !== undefined) return `when ${conditionText(assets.condition)} was updated`;
  return timetable?.kind === 'continuous' ? 'when the last has ended' : 'by trigger only';
}

/** Two lines for the memo, which can be read when no worker lives. */
export function controlSummary(control: Control): string {
  const { deployment, paused } = control;
  const state = paused === null ? 'active' : `paused by ${paused.by}`;
  const last = control.recent[0];
  return [
    `${control.dagId}: ${state}, ${control.active.length} active, ${control.queued.length} queued, next ${nextText(control)}`,
    `last ${last === undefined ? 'run: none' : `${last.runId} ${last.label}`}, fresh until ${control.freshUntil ?? '-'}, version ${deployment?.versions.spec ?? '-'}`,
  ].join('\n');
}

/**
 * The DAG's status page in Temporal's UI, in Markdown: counts first, then the grid of runs and tasks.
 * It names instants and says nothing of now: a workflow's clock stands still between its events.
 */
export function controlPage(control: Control): string {
  const { deployment, paused } = control;
  const lines = [
    `**${paused === null ? 'active' : pauseText(paused)}** · ${control.active.length} active, ${control.queued.length} queued · next run ${nextText(control)} · fresh until ${control.freshUntil ?? 'unknown'}`,
    '',
    deployment === null
      ? 'not deployed'
      : `${deployment.spec.description} Version ${deployment.versions.spec}, deployed ${deployment.deployedAt} by ${deployment.deployedBy}.`,
  ];
  lines.push(
    ...pendingLines(control),
    ...runsTable(control),
    ...retriesTable(control),
    ...queuedTable(control),
    ...notesTable(control),
    ...freshTable(control),
    ...refusedTable(control),
  );
  return lines.join('\n');
}

function pendingLines({ deployment, mailbox }: Control): readonly string[] {
  const assets = deployment?.spec.assets;
  const text = assets === undefined ? null : pendingText(assets, mailbox);
  return text === null ? [] : ['', text];
}

function runsTable(control: Control): readonly string[] {
  const taskIds = control.deployment?.spec.tasks.map((task) => task.taskId) ?? [];
  const shown = control.active.slice(0, shownRuns);
  const active = shown.map((run) => activeRow(control, run, taskIds));
  const recent = control.recent.slice(0, shownRuns).map((run) => recentRow(run, taskIds));
  if (active.length + recent.length === 0) return [];
  return [
    '',
    '| run | interval | state | duration | tasks |',
    '|---|---|---|--:|---|',
    ...active,
    ...recent,
    ...restLine(control.active.length - shown.length, 'active'),
    '',
    `Tasks in order: ${taskIds.slice(0, 50).join(', ')}`,
  ];
}

function activeRow({ progress }: Control, run: ActiveRun, taskIds: readonly string[]): string {
  const seen = progress[run.runId];
  const cells = cellsOf(seen?.tasks ?? {}, taskIds);
  return `| ${run.runId} | ${daysOf(run.interval)} | ${seen?.label ?? 'running'} | since ${run.startedAt} | ${cells} |`;
}

function recentRow(run: RunSummary, taskIds: readonly string[]): string {
  const duration = shortDuration(epochMs(run.endedAt) - epochMs(run.startedAt));
  return `| ${run.runId} | ${daysOf(run.interval)} | ${run.label} | ${duration} | ${cellsOf(run.tasks, taskIds)} |`;
}

/** A run of another version may lack tasks of today's: their place stays, or the columns would shift. */
function cellsOf(tasks: RunSummary['tasks'], taskIds: readonly string[]): string {
  if (Object.keys(tasks).length === 0) return '';
  return taskIds.map((id) => stateSymbol(tasks[id] ?? 'none')).join(' ');
}

function retriesTable(control: Control): readonly string[] {
  const seen = control.active.flatMap(({ runId }) => control.progress[runId] ?? []);
  const rows = seen.flatMap(({ runId, waits }) =>
    waits.map(({ taskId, message }) => `| ${runId} | ${taskId} | ${tableCell(message)} |`),
  );
  if (rows.length === 0) return [];
  const shown = rows.slice(0, shownRetries);
  const others = seen.reduce((sum, { moreWaits }) => sum + moreWaits, rows.length - shown.length);
  return ['', '| run | waits for a retry | which |', '|---|---|---|', ...shown, ...restLine(others, 'retries')];
}

function queuedTable(control: Control): readonly string[] {
  if (control.queued.length === 0) return [];
  const rows = control.queued.slice(0, shownQueued).map((run) => {
    const why = waitingReason(control, run)?.message ?? 'about to start';
    return `| ${run.runId} | ${daysOf(run.interval)} | ${why} |`;
  });
  return ['', '| waits | interval | for |', '|---|---|---|', ...rows, ...restLine(control.queued.length - rows.length)];
}

/** An interval as short as it can be said: midnights go without their hour. */
function daysOf({ start, end }: DataInterval): string {
  return `${start} to ${end}`.replaceAll('T00:00:00Z', '');
}

function notesTable({ notes }: Control): readonly string[] {
  if (notes.length === 0) return [];
  const rows = notes
    .slice(0, shownNotes)
    .map(({ runId, text, by, at }) => `| ${runId} | ${tableCell(text)} | ${tableCell(by)}, ${at} |`);
  return ['', '| run | note | by |', '|---|---|---|', ...rows, ...restLine(notes.length - rows.length)];
}

function freshTable({ freshTables }: Control): readonly string[] {
  const tables = Object.keys(freshTables).sort();
  if (tables.length === 0) return [];
  const rows = tables.slice(0, shownTables).map((table) => `| ${table} | ${freshTables[table]} |`);
  return ['', '| table | fresh until |', '|---|---|', ...rows, ...restLine(tables.length - rows.length)];
}

function restLine(count: number, of = ''): readonly string[] {
  return count > 0 ? ['', `and ${count} more ${of}`.trimEnd()] : [];
}

function refusedTable(control: Control): readonly string[] {
  if (control.refused.length === 0) return [];
  const rows = control.refused.map(({ what, reason, at }) => `| ${at} | ${what} | ${reason.message} |`);
  return ['', '| at | not run | why |', '|---|---|---|', ...rows];
}
