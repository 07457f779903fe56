import { type DagSpec, policyOf } from '../dag/spec';
import type { PastAnswer, PastRun } from '../gates/past';
import type { TaskState } from '../run/task-state';
import { epochMs } from '../time/instant';
import type { DataInterval } from '../time/interval';

/** A run that others may wait for: by the beginning of its interval it has its place in the past. */
interface LedgerEntry extends PastRun {
  readonly start: string;
}

/** A run that waits for the one before it, and what it was told last. */
interface PastWait {
  readonly runId: string;
  readonly start: string;
  readonly told: PastAnswer | null;
}

/**
 * What a DAG's control remembers for tasks that wait for the run before theirs; empty while no task
 * does. Entries are in the order of admission: of two for one interval the later one counts, so a day
 * that was run again counts as its last run ended.
 */
export interface PastLedger {
  readonly entries: readonly LedgerEntry[];
  readonly waits: readonly PastWait[];
}

export const emptyLedger: PastLedger = { entries: [], waits: [] };

/**
 * More runs than wait for one another at once, and few enough to travel with the control's state. A run
 * that is forgotten counts as if it never ran.
 */
const keptEntries = 1_000;

/** Whether any task of a DAG waits for the run before its own. */
export function awaitsPast(spec: DagSpec): boolean {
  return spec.tasks.some((task) => (policyOf(spec, task).past ?? 'none') !== 'none');
}

export function admitted(
  ledger: PastLedger,
  run: { readonly runId: string; readonly interval: DataInterval },
): PastLedger {
  const entry = { runId: run.runId, start: run.interval.start, isOver: false, states: {} };
  return { ...ledger, entries: bounded([...ledger.entries, entry]) };
}

/** The oldest that are over go first. */
function bounded(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  if (entries.length <= keptEntries) return entries;
  const oldest = entries.findIndex((entry) => entry.isOver);
  return entries.filter((_, index) => index !== Math.max(0, oldest));
}

/** Tasks of a run came to an end, or began anew (`none`). */
export function settled(ledger: PastLedger, runId: string, states: PastRun['states']): PastLedger {
  return changed(ledger, runId, (entry) => ({ ...entry, states: { ...entry.states, ...states } }));
}

/** A run is over; what did not end well is all that has to be remembered. */
export function over(ledger: PastLedger, runId: string, unmet: PastRun['states']): PastLedger {
  const rest = { ...ledger, waits: ledger.waits.filter((one) => one.runId !== runId) };
  return changed(rest, runId, (entry) => ({ ...entry, isOver: true, states: unmet }));
}

/** A run is gone without a word: whatever it had not told counts as failed. */
export function lost(ledger: PastLedger, runId: string, spec: DagSpec): PastLedger {
  const told = ledger.entries.find((entry) => entry.runId === runId)?.states ?? {};
  const states = spec.tasks.map(({ taskId }) => [taskId, told[taskId] ?? 'failed'] as const);
  const unmet = states.filter(([, state]) => state === 'failed' || state === 'upstream_failed');
  return over(ledger, runId, Object.fromEntries(unmet) as { [taskId: string]: TaskState });
}

/** A run asks for the one before it, and is told so again whenever that changes, until all is well there. */
export function asked(ledger: PastLedger, runId: string, start: string): PastLedger {
  const others = ledger.waits.filter((one) => one.runId !== runId);
  return { ...ledger, waits: [...others, { runId, start, told: null }] };
}

/** A run was deleted: it counts as if it never ran. */
export function forgotten(ledger: PastLedger, runId: string): PastLedger {
  return {
    entries: ledger.entries.filter((entry) => entry.runId !== runId),
    waits: ledger.waits.filter((one) => one.runId !== runId),
  };
}

/** Whoever waits and has to hear news, with the news; a wait ends once all is well. */
export function tellWaiting(ledger: PastLedger): {
  readonly ledger: PastLedger;
  readonly news: readonly { readonly runId: string; readonly answer: PastAnswer }[];
} {
  const answers = ledger.waits.map((one) => ({ ...one, answer: answerFor(ledger, one) }));
  const news = answers.filter(({ told, answer }) => told === null || !isSame(told, answer));
  if (news.length === 0) return { ledger, news: [] };
  const waits = answers
    .filter(({ answer }) => !isMet(answer))
    .map(({ runId, start, answer }) => ({ runId, start, told: answer }));
  return { ledger: { ...ledger, waits }, news };
}

/** Only earlier intervals are asked for, and only of runs that were admitted, so no two runs wait for each other. */
function answerFor({ entries }: PastLedger, { start }: PastWait): PastAnswer {
  const beforeMs = epochMs(start);
  let found: LedgerEntry | null = null;
  for (const entry of entries) {
    const atMs = epochMs(entry.start);
    if (atMs < beforeMs && (found === null || atMs >= epochMs(found.start))) found = entry;
  }
  if (found === null) return { previous: null };
  const { start: _start, ...previous } = found;
  return { previous };
}

function isMet({ previous }: PastAnswer): boolean {
  return previous === null || (previous.isOver && Object.keys(previous.states).length === 0);
}

function isSame(a: PastAnswer, b: PastAnswer): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function changed(ledger: PastLedger, runId: string, change: (entry: LedgerEntry) => LedgerEntry): PastLedger {
  if (!ledger.entries.some((entry) => entry.runId === runId)) return ledger;
  return { ...ledger, entries: ledger.entries.map((entry) => (entry.runId === runId ? change(entry) : entry)) };
}
