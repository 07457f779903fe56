/** A process, told from a later one with the same number by its start time (where the system tells it). */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string | null;
}

export interface Ancestor extends ProcessIdentity {
  readonly command: string;
}

/**
 * Calls back once, within a second, when a process that this one was started by is gone: all those up to and
 * including npm. Watches nothing when npm is not among them. Returns what ends the watch; the watch keeps no
 * process alive.
 */
export function watchAncestors(onGone: (ancestor: Ancestor) => void): () => void;

/** The processes from the parent up to and including npm; empty when it was not started through npm. */
export function ancestorsUpToNpm(pid: number): Ancestor[];

/** What identifies a living process, to be asked about later with {@link isSame}; null when there is none. */
export function identify(pid: number): ProcessIdentity | null;

/** True while that very process lives. */
export function isSame(process: ProcessIdentity): boolean;
