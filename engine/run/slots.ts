import { reason } from '../gates/reason';
import type { RunDraft } from './draft';
import type { RunEvent } from './events';
import type { PlannedTask } from './plan';
import type { Slots } from './run';
import type { TaskState } from './task-state';

/** While in one of these, a task keeps the slots that it has or asks for. */
const keeping: readonly TaskState[] = ['scheduled', 'queued', 'running', 'restarting'];

/**
 * Whether a task that its gates let run holds the slots that it needs. If not, they are asked for, as
 * long as no more requests than the window has places are under way.
 */
export function holdsSlots(draft: RunDraft, task: PlannedTask): boolean {
  if (task.wants.length === 0) return true;
  const held = draft.head.slots ?? {};
  const own = held[task.taskId];
  if (own !== undefined) return own.isGranted;
  const asked = Object.values(held).filter((one) => !one.isGranted).length;
  if (asked >= draft.head.window) return false;
  const count = (draft.head.slotsAsked?.[task.taskId] ?? 0) + 1;
  const lease = `${task.taskId}@${count}`;
  draft.setHead({
    slotsAsked: { ...draft.head.slotsAsked, [task.taskId]: count },
    slots: { ...held, [task.taskId]: { lease, isGranted: false, text: null } },
  });
  draft.command({ kind: 'ask_slots', lease, wants: task.wants, priority: task.weight });
  return false;
}

type EventOf<Kind extends RunEvent['kind']> = Extract<RunEvent, { kind: Kind }>;

/** The broker gave what was asked for. What nobody waits for any more goes back at once. */
export function slotsGranted(draft: RunDraft, { lease }: EventOf<'slots_granted'>): void {
  if (!change(draft, lease, { isGranted: true, text: null })) draft.command({ kind: 'return_slots', lease });
}

/** The broker said why a request has to wait. */
export function slotsWait(draft: RunDraft, { lease, text }: EventOf<'slots_wait'>): void {
  change(draft, lease, { text });
}

function change(draft: RunDraft, lease: string, said: Partial<Slots>): boolean {
  const held = draft.head.slots ?? {};
  const found = Object.entries(held).find(([, one]) => one.lease === lease);
  if (found === undefined) return false;
  const [taskId, slots] = found;
  draft.setHead({ slots: { ...held, [taskId]: { ...slots, ...said } } });
  return true;
}

/** Gives back what tasks hold or ask for that neither run nor are about to. */
export function returnSlots(draft: RunDraft): void {
  const held = Object.entries(draft.head.slots ?? {});
  const done = held.filter(([taskId]) => !keeping.includes(draft.task(taskId).state));
  if (done.length === 0) return;
  for (const [, { lease }] of done) draft.command({ kind: 'return_slots', lease });
  const rest = held.filter((one) => !done.includes(one));
  draft.setHead({ slots: Object.fromEntries(rest) });
}

/** Why a task waits for slots; null when it does not. */
export function slotsReason(slots: Slots | undefined): ReturnType<typeof reason> | null {
  if (slots === undefined || slots.isGranted) return null;
  return reason('no_pool_slot', slots.text ?? 'slots were asked for');
}
